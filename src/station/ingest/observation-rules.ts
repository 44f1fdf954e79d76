import type { DeviceId } from '../../contract/model/device.ts'
import type { RefusedInput } from '../rejections.ts'
import type { IdentityRule } from './identity.ts'
import type { Presence } from './presence.ts'

/** What the station gives a source's observations, and what it keeps of them. */
export interface ObservationRules extends IdentityRule {
  /** False where connections cannot be seen: every device is then taken to be there. */
  seesConnections: boolean
  /** Client ids of Picket itself: never counted. Shared by all sources. */
  ownClients: ReadonlySet<string>
  /** A device that is known already: refused attempts in its name are its own. Others make no device. */
  isKnown(deviceId: DeviceId): boolean
  refused(input: Omit<RefusedInput, 'sourceId' | 'at'>): void
  presence(deviceId: DeviceId, presence: Presence): void
  /** Client ids, addresses, names remembered at most. */
  most: number
}
