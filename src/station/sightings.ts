import { deviceId as deviceIdShape, type DeviceId } from '../contract/model/device.ts'
import type { ReadHandle } from './store/handles.ts'
import { readStates } from './store/state.ts'

/** Which sources ever measured something of each device of the fleet. */
export interface Sightings {
  byDevice: Map<DeviceId, Set<string>>
  /** Not in the store yet. */
  changed: Set<DeviceId>
}

/** Where the store keeps them: `sightings/pump-1`. */
export const sightingsPrefix = 'sightings'

export function loadSightings(read: ReadHandle): Sightings {
  const byDevice = new Map<DeviceId, Set<string>>()
  for (const [name, value] of readStates(read, sightingsPrefix)) {
    byDevice.set(deviceIdShape.parse(name), new Set(JSON.parse(value) as string[]))
  }
  return { byDevice, changed: new Set() }
}

export function noteSighting(sightings: Sightings, deviceId: DeviceId, sourceId: string): void {
  const known = sightings.byDevice.get(deviceId) ?? new Set()
  if (known.has(sourceId)) return
  sightings.byDevice.set(deviceId, known.add(sourceId))
  sightings.changed.add(deviceId)
}
