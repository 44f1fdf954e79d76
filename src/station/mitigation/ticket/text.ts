import type { QuarantineTarget } from '../controller.ts'
import { markdownCommands, markdownName } from './quoting.ts'
import type { Recipe } from './recipes.ts'

interface Ticket {
  target: QuarantineTarget
  /** Of the broker. */
  address: string
  recipes: readonly Recipe[]
  /** Epoch ms. */
  writtenAt: number
}

/** What a person must do to isolate a device, in Markdown. */
export function isolationTicket(ticket: Ticket): string {
  return textOf(ticket, {
    title: 'Take a device off the network',
    task: 'Picket cannot do this by itself at this broker. Once it is done, Picket sees the traffic of the device stop and says so.',
    callsOf: (recipe) => recipe.isolate,
  })
}

/** What a person must do to bring it back. */
export function releaseTicket(ticket: Ticket): string {
  return textOf(ticket, {
    title: 'Put a device back on the network',
    task: 'Undo what was done to take it off. Once it is done, Picket sees the traffic of the device come back and says so.',
    callsOf: (recipe) => recipe.undo,
  })
}

interface Kind {
  title: string
  task: string
  callsOf(recipe: Recipe): Recipe['isolate']
}

function textOf(ticket: Ticket, { title, task, callsOf }: Kind): string {
  const { target, address, recipes, writtenAt } = ticket
  const lines = [
    `# ${title}`,
    '',
    task,
    '',
    `- Device: ${markdownName(target.deviceId)}`,
    `- Broker: ${markdownName(address)}`,
    `- User names and certificates: ${namesOf(target.usernames)}`,
    `- Client ids: ${namesOf(target.clientIds)}`,
    `- Last seen at: ${namesOf(target.addresses)}`,
    `- Written: ${new Date(writtenAt).toISOString()}. Why and by whom: see the device in Picket, or \`picket quarantine list\`.`,
    '',
    'The commands are from the documentation of the broker and were not tried on this one. Words in capitals are yours to fill in.',
    ...recipes.flatMap((recipe) => sectionOf(recipe.title, callsOf(recipe))),
    '',
  ]
  return lines.join('\n')
}

function sectionOf(title: string, calls: Recipe['isolate']): string[] {
  const steps = calls.flatMap(({ sentence, exact }, index) => [
    '',
    `${index + 1}. ${sentence}`,
    '',
    ...markdownCommands([exact]),
  ])
  return ['', `## ${title}`, ...steps]
}

function namesOf(names: readonly string[]): string {
  return names.length === 0 ? 'none was seen' : names.map(markdownName).join(', ')
}
