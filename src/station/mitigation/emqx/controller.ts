import { StationError } from '../../../contract/errors.ts'
import type { DataLoser, Guarantee } from '../../../contract/model/quarantine.ts'
import type { ControllerContext } from '../controller-context.ts'
import type { QuarantineController, QuarantineTarget } from '../controller.ts'
import { oneAtATime } from '../one-at-a-time.ts'
import { createEmqxApi, type EmqxApi, type EmqxControllerSettings } from './api.ts'
import { emqxRecord, type Ban, type EmqxRecord } from './bans.ts'
import { inspected } from './inspection.ts'
import { isAddressable, prepared } from './preparation.ts'
import { kick, stepsToIsolate, stepsToRelease, type Step } from './steps.ts'

/** Takes devices off an EMQX 5 by bans, through its REST API: first the ban, then the end of its connections. */
export function createEmqxController(
  settings: EmqxControllerSettings,
  context: ControllerContext,
): QuarantineController {
  const api = createEmqxApi(settings, context.hostClock)
  // What one isolation reads must not be changed by another before it has written.
  const inTurn = oneAtATime()
  return {
    sourceId: settings.source,
    kind: 'emqx',
    address: settings.url,
    guarantees: guaranteesOf(new URL(settings.url)),
    prepare: (target) =>
      inTurn(async () => {
        const { plan, record } = prepared(await api.bans(), target, context)
        return { plan: { ...plan, losers: await losersOf(api, context, target) }, record }
      }),
    isolate(kept) {
      const record = emqxRecord.parse(kept)
      return inTurn(async () => {
        await carryOut(api, (bans) => stepsToIsolate(bans, record))
        for (const clientId of await connectedOf(api, record)) await send(api, kick(clientId))
      })
    },
    inspect(kept) {
      const record = emqxRecord.parse(kept)
      return inTurn(async () => {
        const connected = await connectedOf(api, record)
        return inspected(record, await api.bans(), { connected, at: context.now() })
      })
    },
    release(kept, manner) {
      const record = emqxRecord.parse(kept)
      const release = () => ({ record, manner, at: context.now() })
      return inTurn(() => carryOut(api, (bans) => stepsToRelease(bans, release())))
    },
    stop: () => inTurn(() => Promise.resolve()),
  }
}

/** Topics that are asked about; the newest of a device that uses more. */
const mostTopics = 64

/** Null: on which topics the device publishes was not seen. */
async function losersOf(
  api: EmqxApi,
  { topicsOf, ownClients }: Pick<ControllerContext, 'topicsOf' | 'ownClients'>,
  target: QuarantineTarget,
): Promise<DataLoser[] | null> {
  const topics = [...new Set(topicsOf(target))].slice(-mostTopics)
  if (topics.length === 0) return null
  const losers = new Map<string, DataLoser>()
  for (const topic of topics) {
    for (const loser of await api.subscribers(topic)) losers.set(JSON.stringify(loser), loser)
  }
  return [...losers.values()].filter(({ client }) => !ownClients.has(client))
}

/** Does what is left, and looks whether that was enough. */
async function carryOut(api: EmqxApi, stepsLeft: (bans: Ban[]) => Step[]): Promise<void> {
  const steps = stepsLeft(await api.bans())
  if (steps.length === 0) return
  for (const step of steps) await send(api, step)
  const [left] = stepsLeft(await api.bans())
  if (!left) return
  const sentence = `EMQX took all requests, and yet this is left: ${left.sentence} Asking again is safe, and finishes what was begun.`
  throw new StationError('BROKER_REFUSED', sentence)
}

/** What is not there does not have to be taken away. */
async function send(api: EmqxApi, { sentence, call }: Step): Promise<void> {
  const isThere = await api.send(call)
  if (isThere || call.method === 'DELETE') return
  throw new StationError('BROKER_REFUSED', `EMQX does not know what it was asked: ${sentence}`)
}

async function connectedOf(api: EmqxApi, { blocks }: EmqxRecord): Promise<string[]> {
  const found = await Promise.all(blocks.map(({ as, who }) => api.connected(as, who)))
  return [...new Set(found.flat())].filter(isAddressable)
}

function guaranteesOf({ protocol, hostname }: URL): Guarantee[] {
  const isClear = protocol === 'http:' && !['127.0.0.1', '[::1]', 'localhost'].includes(hostname)
  return [
    {
      holds: true,
      sentence:
        'Its connections end at once and new ones are refused, after a restart of EMQX too.',
    },
    {
      holds: false,
      sentence:
        'Whoever logs in with the same user name goes with it; a device without a user name comes back by taking another client id.',
    },
    {
      holds: false,
      sentence:
        'Some versions of EMQX publish its last will when the connection ends; others do not, for it is banned by then.',
    },
    ...(isClear
      ? [
          {
            holds: false,
            sentence: `The API key goes to ${hostname} in the clear, for the address begins with http. Use https.`,
          },
        ]
      : []),
  ]
}
