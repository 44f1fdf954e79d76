import type { DeviceId } from '../../contract/model/device.ts'
import type { Core } from '../core.ts'
import type { RememberedSession } from '../ingest/sessions.ts'
import type { WatchedSource } from '../source-desk.ts'
import type { QuarantineTarget } from './controller.ts'
import type { Controllers } from './controllers.ts'

/** A device at one broker. */
export interface SeenAtBroker {
  brokerId: string
  /** Sources that watch this broker and saw the device. */
  sources: readonly WatchedSource[]
  target: QuarantineTarget
  /** No connection of the device was seen, so its user name is taken to be its own name. */
  isGuessed: boolean
  /** Sessions of other devices that use one of its user names. */
  sharing: readonly RememberedSession[]
}

/** Names of one device that are acted on. More than that is an attack on the page, not a device. */
const mostNames = 50

/** Every broker whose sources saw the device, now or in an earlier run. */
export function whereSeen(
  { sources, sightings }: Pick<Core, 'sources' | 'sightings'>,
  controllers: Controllers,
  deviceId: DeviceId,
): SeenAtBroker[] {
  const sighted = sightings.byDevice.get(deviceId)
  const seen = sources.filter((watched) => {
    return sighted?.has(watched.source.id) || sessionsOf(watched, deviceId).length > 0
  })
  const byBroker = Map.groupBy(seen, ({ source }) => controllers.brokerOf(source.id))
  return [...byBroker].map(([brokerId, own]) => seenAt(brokerId, own, deviceId))
}

function seenAt(
  brokerId: string,
  sources: readonly WatchedSource[],
  deviceId: DeviceId,
): SeenAtBroker {
  const sessions = sources.flatMap((watched) => sessionsOf(watched, deviceId))
  const logins = namesOf(sessions.map(({ username }) => username))
  const isGuessed = sessions.length === 0
  const usernames = isGuessed ? [deviceId] : logins
  return {
    brokerId,
    sources,
    isGuessed,
    target: {
      deviceId,
      usernames,
      clientIds: namesOf(sessions.map(({ clientId }) => clientId)),
      addresses: namesOf(sessions.map(({ address }) => address)),
    },
    sharing: sources.flatMap((watched) => sharingOf(watched, deviceId, logins)),
  }
}

function sessionsOf({ observations }: WatchedSource, deviceId: DeviceId): RememberedSession[] {
  const all = [...observations.sessions.byClient.values()]
  return all.filter((session) => session.deviceId === deviceId)
}

function sharingOf(
  { observations }: WatchedSource,
  deviceId: DeviceId,
  logins: readonly string[],
): RememberedSession[] {
  return [...observations.sessions.byClient.values()]
    .filter((one) => one.deviceId !== deviceId && logins.some((login) => login === one.username))
    .slice(0, mostNames)
}

function namesOf(names: readonly (string | null)[]): string[] {
  return [...new Set(names.filter((name) => name !== null))].slice(0, mostNames)
}
