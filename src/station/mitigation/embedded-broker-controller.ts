import { z } from 'zod'
import type { BrokerPlan } from '../../contract/model/quarantine.ts'
import type { DeviceView } from '../ingest/embedded-broker-protocol.ts'
import type { EmbeddedBroker } from '../ingest/embedded-broker.ts'
import type { Preparation, QuarantineController } from './controller.ts'

/** The station's name of a device is the broker's: both come from the same rule, so nothing else is kept. */
const record = z.strictObject({ version: z.literal(1), deviceName: z.string() })

/** Takes devices off the embedded broker, by the names that its own rule gives them. */
export function createEmbeddedBrokerController(broker: EmbeddedBroker): QuarantineController {
  return {
    sourceId: broker.id,
    kind: 'embedded-broker',
    get address() {
      return broker.facts().address
    },
    guarantees: guaranteesOf(broker),
    prepare: ({ deviceId }) => prepare(broker, deviceId),
    async isolate(kept) {
      const { deviceName } = record.parse(kept)
      broker.block(deviceName)
      await broker.look(deviceName)
    },
    async inspect(kept) {
      const { deviceName } = record.parse(kept)
      const { isBlocked, sessions } = await broker.look(deviceName)
      return {
        isInForce: isBlocked && sessions.length === 0,
        isAsBefore: !isBlocked,
        differences: [],
        sentence: sentenceOf(deviceName, isBlocked, sessions),
      }
    },
    // Nobody but Picket changes this broker: there is nothing else to bring back, so both manners are the same.
    async release(kept) {
      const { deviceName } = record.parse(kept)
      broker.unblock(deviceName)
      await broker.look(deviceName)
    },
    stop: () => Promise.resolve(),
  }
}

async function prepare(broker: EmbeddedBroker, deviceName: string): Promise<Preparation> {
  const view = await broker.look(deviceName)
  return {
    plan: {
      identity: `every login, certificate and client id that means ${shown(deviceName)}`,
      calls: [
        {
          sentence:
            'The broker closes its connections, does not publish its last will, and refuses it with "not authorized".',
          exact: `block ${shown(deviceName)}`,
        },
      ],
      undo: [{ sentence: 'The broker lets it in again.', exact: `unblock ${shown(deviceName)}` }],
      recorded: [
        'That it was not blocked. A block adds a name to a list and changes nothing else.',
      ],
      shares: sharesOf(view, deviceName),
      losers: view.audience?.filter(({ client }) => !broker.isOwnClient(client)) ?? null,
      losses: lossesOf(view),
      forbidden: forbiddenOf(broker, view),
    },
    record: { version: 1, deviceName } satisfies z.infer<typeof record>,
  }
}

function guaranteesOf(broker: EmbeddedBroker): BrokerPlan['guarantees'] {
  const proof = broker.isProved
    ? {
        holds: true,
        sentence:
          'Devices prove who they are here: one that is blocked cannot come back by another name.',
      }
    : {
        holds: false,
        sentence:
          'Nobody has to prove who he is here: a device that takes another name comes back. Logins or certificates prevent that.',
      }
  return [
    {
      holds: true,
      sentence:
        'Connections end at once, and are refused from the first one on after a restart too.',
    },
    proof,
    {
      holds: false,
      sentence: 'Retained messages that it published before stay on the broker.',
    },
  ]
}

/** Nothing here depends on whether the device itself is connected just now: the plan must hold until it is done. */
function sharesOf({ sessions, gateways }: DeviceView, deviceName: string): string[] {
  const others = sessions.filter((session) => session.deviceName !== deviceName)
  return [
    ...others.map(
      ({ clientId, deviceName: other }) =>
        `The client ${shown(clientId)}, known as ${shown(other ?? clientId)}, uses one of its names and goes with it.`,
    ),
    ...gateways.map(
      (gateway) =>
        `The gateway ${shown(gateway)} stays connected; what it publishes in this device's name reaches nobody.`,
    ),
  ]
}

function lossesOf({ gateways }: DeviceView): string[] {
  return [
    'What it would have published meanwhile. Whether it sends that later is its own business.',
    'Messages for it meanwhile, but for those with QoS 1 and 2 where it asked the broker to keep its session: they wait in memory, so a restart of the broker loses them.',
    ...(gateways.length > 0 ? ['What gateways publish on its topics meanwhile.'] : []),
  ]
}

function forbiddenOf(broker: EmbeddedBroker, { sessions }: DeviceView): string[] {
  const own = sessions.filter(({ clientId }) => broker.isOwnClient(clientId))
  return own.map(({ clientId }) => `${shown(clientId)} is a connection of Picket itself.`)
}

function sentenceOf(deviceName: string, isBlocked: boolean, sessions: DeviceView['sessions']) {
  const clients = sessions.map(({ clientId }) => shown(clientId)).join(', ')
  const connections = sessions.length === 0 ? 'is not connected' : `is connected as ${clients}`
  return `The broker says: ${shown(deviceName)} is ${isBlocked ? '' : 'not '}blocked and ${connections}.`
}

/** Names are hostile text: quoted, and with their escapes. */
function shown(name: string): string {
  return JSON.stringify(name)
}
