import { randomBytes } from 'node:crypto'
import { mkdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { StationError } from '../../../contract/errors.ts'
import type { Guarantee } from '../../../contract/model/quarantine.ts'
import type { ControllerContext } from '../controller-context.ts'
import type { Preparation, QuarantineController, QuarantineTarget } from '../controller.ts'
import { shownName, shownNames } from '../shown-name.ts'
import { recipesFor, type Recipe } from './recipes.ts'
import { isolationTicket, releaseTicket } from './text.ts'

/** Both tickets as they are written: what the device and the broker were is not looked up again. */
const ticketRecord = z.strictObject({
  version: z.literal(1),
  /** Of the file, without its ending. */
  name: z.string().regex(/^[0-9a-z-]+$/),
  isolation: z.string(),
  release: z.string(),
})

/** For a broker that Picket cannot control: writes down what a person must do, in `tickets` of the data folder. */
export function createTicketController(context: ControllerContext): QuarantineController {
  const folder = join(context.dataFolder, 'tickets')
  const isolationFile = (name: string) => join(folder, `${name}.md`)
  const releaseFile = (name: string) => join(folder, `${name}-release.md`)
  return {
    sourceId: context.sourceId,
    kind: 'ticket',
    get address() {
      return context.source()?.address ?? context.sourceId
    },
    guarantees,
    prepare: (target) => Promise.resolve(prepared(context, target)),
    async isolate(kept) {
      const { name, isolation } = ticketRecord.parse(kept)
      await write(folder, isolationFile(name), isolation)
    },
    async inspect(kept) {
      const { name } = ticketRecord.parse(kept)
      const isToUndo = await isThere(releaseFile(name))
      const file = isToUndo ? releaseFile(name) : isolationFile(name)
      const sentence = isToUndo ? 'A person has to undo it' : 'A person has to do it'
      const where = `${sentence}, as ${file} says. Picket cannot read this broker's state back.`
      return { isInForce: false, isAsBefore: false, differences: [], sentence: where }
    },
    async release(kept) {
      const { name, release } = ticketRecord.parse(kept)
      await write(folder, releaseFile(name), release)
    },
    stop: () => Promise.resolve(),
  }
}

const guarantees: Guarantee[] = [
  { holds: false, sentence: 'A person has to do it, and to undo it: Picket writes down how.' },
  {
    holds: false,
    sentence:
      "The broker's state cannot be read back. Only the device's traffic shows whether it was done.",
  },
  { holds: false, sentence: 'A timer does not release the device; it asks a person to.' },
]

function prepared(context: ControllerContext, target: QuarantineTarget): Preparation {
  const { deviceId, usernames, clientIds } = target
  const source = context.source()
  const recipes = recipesFor(source?.kind ?? null, target)
  const address = source?.address ?? context.sourceId
  const writtenAt = context.now()
  const ticket = { target, address, recipes, writtenAt }
  const record = {
    version: 1,
    name: nameOf(writtenAt),
    isolation: isolationTicket(ticket),
    release: releaseTicket(ticket),
  } satisfies z.infer<typeof ticketRecord>
  const names = [...usernames, ...clientIds]
  return {
    plan: {
      identity: names.length === 0 ? `the device ${shownName(deviceId)}` : shownNames(names),
      calls: recipes.flatMap((recipe) => callsOf(recipe, recipe.isolate)),
      undo: recipes.flatMap((recipe) => callsOf(recipe, recipe.undo)),
      recorded: ['Both texts, for taking it off and for putting it back.'],
      shares: [],
      losers: null,
      losses: ['What is lost depends on the broker and on what is done there.'],
      forbidden: forbiddenOf(context, target),
    },
    record,
  }
}

function callsOf({ title }: Recipe, calls: Recipe['isolate']): Recipe['isolate'] {
  return calls.map(({ sentence, exact }) => ({ sentence: `${title}: ${sentence}`, exact }))
}

function forbiddenOf(
  { ownLogins, ownClients }: ControllerContext,
  { usernames, clientIds }: QuarantineTarget,
): string[] {
  const logins = usernames.filter((name) => ownLogins().includes(name))
  const own = [...logins, ...clientIds.filter((clientId) => ownClients.has(clientId))]
  return own.map((name) => `${shownName(name)} is a login of Picket itself.`)
}

/** No text of a device's: names make bad names of files. */
function nameOf(at: number): string {
  const time = new Date(at).toISOString().slice(0, 19).replace(/\D/g, '')
  return `${time}-${randomBytes(4).toString('hex')}`
}

/** The same text again does no harm. */
async function write(folder: string, file: string, text: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await writeFile(file, text, { mode: 0o600 })
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    const sentence = `The ticket ${file} could not be written (${code}), so nobody knows what to do. Make room, or correct the permissions of the data folder.`
    throw new StationError('BROKER_REFUSED', sentence)
  }
}

function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  )
}
