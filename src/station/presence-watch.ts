import { deviceId as deviceIdSchema, type DeviceId } from '../contract/model/device.ts'
import type { Presence } from './ingest/presence.ts'
import type { ReadHandle } from './store/handles.ts'
import { readStates } from './store/state.ts'

/** What brokers last said of each device's connection. The store has the same, but for what changed since. */
export interface PresenceWatch {
  byDevice: Map<DeviceId, Presence>
  /** Not in the store yet. */
  changed: Set<DeviceId>
  most: number
}

/** Where the store keeps them: `presence/pump-1`. */
export const presencePrefix = 'presence'

export function loadPresence(read: ReadHandle, most: number): PresenceWatch {
  const watch: PresenceWatch = { byDevice: new Map(), changed: new Set(), most }
  for (const [name, value] of readStates(read, presencePrefix)) {
    const presence = JSON.parse(value) as Presence
    // Nobody watched meanwhile: who was connected may have gone.
    const isConnected = presence.isConnected === false ? false : null
    watch.byDevice.set(deviceIdSchema.parse(name), { ...presence, isConnected })
  }
  return watch
}

/** Takes note of a change. Names beyond the most devices there may be are not kept. */
export function notePresence(watch: PresenceWatch, deviceId: DeviceId, presence: Presence): void {
  const known = watch.byDevice.get(deviceId)
  if (!known && watch.byDevice.size >= watch.most) return
  if (presence.isConnected === null && !known) return
  const address = presence.address ?? known?.address ?? null
  // A second connection of a device that is connected is no change of it.
  const isSame = known?.isConnected === true && presence.isConnected !== false
  const since = isSame ? known.since : presence.since
  watch.byDevice.set(deviceId, { ...presence, address, since })
  watch.changed.add(deviceId)
}
