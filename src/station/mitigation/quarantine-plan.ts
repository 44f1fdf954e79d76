import { createHash } from 'node:crypto'
import { StationError } from '../../contract/errors.ts'
import type { DeviceId } from '../../contract/model/device.ts'
import type { BrokerPlan, QuarantinePlan } from '../../contract/model/quarantine.ts'
import type { Core } from '../core.ts'
import { canonicalJson } from '../journal/chain.ts'
import { isListenOnly } from '../preferences.ts'
import type { WatchedSource } from '../source-desk.ts'
import type { QuarantineController } from './controller.ts'
import { entryOf, type Controllers } from './controllers.ts'
import { activeIsolation } from './isolations.ts'
import type { KeptBroker } from './kept-isolation.ts'
import { protectionOf } from './protections.ts'
import { shownName } from './shown-name.ts'
import { whereSeen, type SeenAtBroker } from './where-seen.ts'

/** What the parts of quarantine work on. */
export interface QuarantineParts {
  core: Core
  controllers: Controllers
}

/** A dry run, and what it wrote down so that it can be done and undone. */
export interface PreparedQuarantine {
  plan: QuarantinePlan
  brokers: KeptBroker[]
  /** No connection of the device was ever seen, or others use its login. */
  isUncertain: boolean
}

/** Throws LISTEN_ONLY: even to look takes commands to the brokers. */
export function assertMayAct(core: Core): void {
  if (isListenOnly(core)) throw new StationError('LISTEN_ONLY')
}

/** Finds out what isolating a device would mean. Changes nothing. Throws what a broker's control throws. */
export async function prepareQuarantine(
  parts: QuarantineParts,
  deviceId: DeviceId,
): Promise<PreparedQuarantine> {
  const { core, controllers } = parts
  assertMayAct(core)
  if (!core.fleet.devices.has(deviceId)) throw new StationError('DEVICE_UNKNOWN')
  const seen = whereSeen(core, controllers, deviceId)
  if (seen.length === 0) throw new StationError('QUARANTINE_FORBIDDEN', nowhere)
  const prepared = await Promise.all(seen.map((at) => prepareAt(parts, at)))
  const plan = {
    deviceId,
    brokers: prepared.map(({ plan }) => plan),
    forbidden: forbiddenOf(core, deviceId),
    needsApproval: protectionOf(core, deviceId) === 'safety-critical',
  }
  return {
    plan: { ...plan, digest: digestOf(plan), plannedAt: core.clock.now() },
    brokers: prepared.map(({ kept }) => kept),
    isUncertain: seen.some(({ isGuessed, sharing }) => isGuessed || sharing.length > 0),
  }
}

const nowhere =
  'No source of this station has seen this device, so there is no broker to take it off. Nothing was changed.'

async function prepareAt({ controllers }: QuarantineParts, at: SeenAtBroker) {
  const controller = controllers.of(at.brokerId)
  const { plan, record } = await controller.prepare(at.target)
  const shares = at.sharing.map(({ deviceId, clientId }) => {
    return `${shownName(deviceId)} uses the same login, with the client id ${shownName(clientId)}, and goes with it.`
  })
  const losers = plan.losers ?? (await audienceOf(at))
  const isItself = (client: string) => at.target.clientIds.includes(client)
  const guess = at.isGuessed ? `${plan.identity} (${guessed})` : plan.identity
  const full: BrokerPlan = {
    ...entryOf(controller),
    ...plan,
    identity: guess,
    shares: [...new Set([...plan.shares, ...shares])],
    losers: losers?.filter(({ client }) => !isItself(client)) ?? null,
  }
  return { plan: full, kept: keptBroker(controller, record) }
}

const guessed =
  'its connection was never seen, so its user name is taken to be its own name: make sure that it is'

function keptBroker(
  { sourceId, kind, address }: QuarantineController,
  record: KeptBroker['record'],
): KeptBroker {
  return { sourceId, kind, address, record, readBack: null }
}

/** Null where no source of this broker can tell. */
async function audienceOf({ sources, target }: SeenAtBroker): Promise<BrokerPlan['losers']> {
  const told = await Promise.all(
    sources.map(async ({ source }: WatchedSource) => {
      return (await source.audience?.(target)) ?? null
    }),
  )
  const known = told.filter((losers) => losers !== null)
  return known.length === 0 ? null : known.flat()
}

function forbiddenOf(core: Core, deviceId: DeviceId): string[] {
  const isActive = activeIsolation(core.isolations, deviceId) !== null
  return [
    ...(isActive ? ['It is isolated already, or about to be.'] : []),
    ...(protectionOf(core, deviceId) === 'do-not-isolate'
      ? ['It is on the list of devices that must never be isolated.']
      : []),
  ]
}

/** Of all that matters. Who listens, and how much is queued, moves by itself. */
function digestOf(plan: Omit<QuarantinePlan, 'digest' | 'plannedAt'>): string {
  const brokers = plan.brokers.map((broker) => ({ ...broker, losers: null, losses: null }))
  return createHash('sha256')
    .update(canonicalJson({ ...plan, brokers }))
    .digest('hex')
}

/** Every reason why a plan must not be carried out. */
export function reasonsAgainst({ forbidden, brokers }: QuarantinePlan): string[] {
  return [...forbidden, ...brokers.flatMap((broker) => broker.forbidden)]
}
