import type { DeviceId } from '../../contract/model/device.ts'
import { slotOf } from '../../contract/model/time.ts'
import { readIsolationsSince } from '../store/isolations.ts'
import type { ReadHandle } from '../store/handles.ts'
import { isEnded, type KeptIsolation } from './kept-isolation.ts'

/** Isolations that still mean something: those that have not ended, and the last one of each device just released. */
export type Isolations = Map<DeviceId, KeptIsolation>

/** How long after its release a device's return is watched for. */
export const returnWatchMs = 3_600_000

/** Slots after the release in which what it does is not judged: it connects, and catches up. */
const catchUpSlots = 2

export function loadIsolations(read: ReadHandle, now: number): Isolations {
  const kept = readIsolationsSince(read, now - returnWatchMs)
  // Those that ended were ended before the one that has not began.
  const byEnd = kept.map(keptOf).sort((a, b) => (a.endedAt ?? Infinity) - (b.endedAt ?? Infinity))
  return new Map(byEnd.map((isolation) => [isolation.deviceId, isolation]))
}

export function keptOf(body: string): KeptIsolation {
  return JSON.parse(body) as KeptIsolation
}

/** The isolation that keeps a device off the network, or is about to, or has not wholly ended. */
export function activeIsolation(isolations: Isolations, deviceId: DeviceId): KeptIsolation | null {
  const kept = isolations.get(deviceId)
  return kept && !isEnded(kept) ? kept : null
}

/**
 * True where the device was kept off the network in some part of the slot: what its broker saw of it then was
 * Picket's doing.
 */
export function isInQuarantine(isolations: Isolations, deviceId: DeviceId, slot: number): boolean {
  return isWithin(isolations.get(deviceId), slot, 0)
}

/** The same, until it has caught up: it raises and clears no alarm. */
export function isNotJudged(isolations: Isolations, deviceId: DeviceId, slot: number): boolean {
  return isWithin(isolations.get(deviceId), slot, catchUpSlots)
}

function isWithin(kept: KeptIsolation | undefined, slot: number, slotsAfter: number): boolean {
  if (!kept || slot < slotOf(kept.startedAt)) return false
  return kept.endedAt === null || slot <= slotOf(kept.endedAt) + slotsAfter
}
