import type { ActionParameters, NotificationTarget } from '../../contract/model/mitigation.ts'
import type {
  BrokerPlan,
  ControllerKind,
  Isolation,
  IsolationState,
  Protection,
  QuarantinePlan,
  QuarantineProof,
} from '../../contract/model/quarantine.ts'
import { formatSpan } from './age.ts'
import { inert } from './inert.ts'

export const controllerKindWords: Readonly<Record<ControllerKind, string>> = {
  'embedded-broker': 'Picket’s own broker',
  'mosquitto-dynamic-security': 'Mosquitto, dynamic security',
  'mosquitto-files': 'Mosquitto, its files',
  emqx: 'EMQX, its REST API',
  ticket: 'By hand: Picket writes a ticket',
}

export const isolationStateWords: Readonly<Record<IsolationState, string>> = {
  isolating: 'Being isolated',
  isolated: 'Isolated',
  releasing: 'Being released',
  changed: 'Needs a decision',
  released: 'Released',
  failed: 'Not done',
}

export const proofWords: Readonly<Record<QuarantineProof['state'], string>> = {
  watching: 'Watching its traffic',
  isolated: 'Proved',
  'not-isolated': 'NOT isolated',
  back: 'Back',
  'not-back': 'Not back yet',
  unproven: 'Cannot be proved',
}

export const protectionWords: Readonly<Record<Protection, string>> = {
  none: 'Not protected',
  'do-not-isolate': 'Never isolate',
  'safety-critical': 'Only with a second person',
}

/** True while the isolation is in force or being worked on. */
export function isCurrent({ state }: Pick<Isolation, 'state'>): boolean {
  return state !== 'released' && state !== 'failed'
}

/** True where a person must look: it is said loudly. */
export function isTrouble({ state, proof }: Pick<Isolation, 'state' | 'proof'>): boolean {
  return state === 'changed' || (isCurrent({ state }) && proof.state === 'not-isolated')
}

const hourMinutes = 60
const dayMinutes = 24 * hourMinutes

/** After how long a device is released by itself; `hand`: never. */
export const timerOptions = [
  { value: '60', words: '1 h' },
  { value: '480', words: '8 h' },
  { value: String(dayMinutes), words: '24 h' },
  { value: String(7 * dayMinutes), words: '7 days' },
  { value: 'custom', words: 'Other' },
  { value: 'hand', words: 'By hand only' },
] as const
export type TimerChoice = (typeof timerOptions)[number]['value']

/** Minutes until the release; null: by hand; undefined: what was written is no such number. */
export function minutesOf(choice: TimerChoice, customHours: string): number | null | undefined {
  if (choice === 'hand') return null
  if (choice !== 'custom') return Number(choice)
  const minutes = Math.round(Number(customHours.replace(',', '.')) * hourMinutes)
  return minutes >= 1 && minutes <= 365 * dayMinutes ? minutes : undefined
}

/** Everything that forbids it, at whatever broker. */
export function obstaclesOf({ forbidden, brokers }: QuarantinePlan): string[] {
  return [...forbidden, ...brokers.flatMap((broker) => broker.forbidden)]
}

/** What must be typed to act on these devices: the name of one, a count of several. */
export function confirmationOf(deviceIds: readonly string[]): string {
  const [only] = deviceIds
  return deviceIds.length === 1 && only !== undefined ? only : `${deviceIds.length} devices`
}

/** Who loses data, in a sentence. */
export function loserWords({ losers }: Pick<BrokerPlan, 'losers'>): string {
  if (losers === null) return 'This broker does not tell who listens to it.'
  if (losers.length === 0) return 'Nobody was seen to listen to what it publishes.'
  return losers.map(({ client, filter }) => `${inert(client)} (${inert(filter)})`).join(', ')
}

/** What a new dry run says that the one before did not, in sentences. */
export function planChanges(before: QuarantinePlan, now: QuarantinePlan): string[] {
  const was = new Set(linesOf(before))
  const is = new Set(linesOf(now))
  return [
    ...[...is].filter((line) => !was.has(line)).map((line) => `New: ${line}`),
    ...[...was].filter((line) => !is.has(line)).map((line) => `Not any more: ${line}`),
  ]
}

function linesOf(plan: QuarantinePlan): string[] {
  return [
    ...obstaclesOf(plan),
    ...(plan.needsApproval ? ['A second person must agree.'] : []),
    ...plan.brokers.flatMap((broker) => [
      `${broker.sourceId}: ${broker.identity}`,
      ...broker.guarantees.map(({ holds, sentence }) => `${holds ? '' : 'Not sure: '}${sentence}`),
      ...broker.calls.map(({ sentence, exact }) => `${sentence} ${exact}`),
      ...broker.undo.map(({ sentence, exact }) => `To undo it: ${sentence} ${exact}`),
      ...broker.recorded,
      ...broker.shares.map((name) => `${name} goes with it.`),
      ...broker.losses,
      ...(broker.losers ?? []).map(({ client, filter }) => `${client} listens to ${filter}.`),
    ]),
  ]
}

export const taskStatusWords = {
  IN_PROGRESS: 'Under way',
  SUCCESSFUL: 'Done',
  FAILED: 'Failed',
  CANCELED: 'Stopped',
} as const

export const executionWords = {
  IN_PROGRESS: 'Under way',
  SUCCESSFUL: 'Done',
  FAILED: 'Failed',
  SKIPPED: 'Skipped',
} as const

/** What an action does, in a sentence. */
export function actionWords(parameters: ActionParameters): string {
  if (parameters.type === 'release') return 'brings the device back'
  if (parameters.type === 'ticket') return 'writes down what a person is to do; changes nothing'
  if (parameters.type === 'notify') return `tells ${targetWords(parameters.target)}`
  const minutes = parameters.releaseAfterMinutes
  const until =
    minutes === null ? 'until a person releases it' : `for ${formatSpan(minutes * 60_000)}`
  return `takes the device off the network, ${until}`
}

function targetWords(target: NotificationTarget): string {
  if (target.kind === 'webhook') return target.url
  if (target.kind === 'mqtt') return `${target.url}, topic ${target.topic}`
  return `syslog at ${target.host}:${target.port}`
}
