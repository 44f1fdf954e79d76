import type { DeviceId } from '../contract/model/device.ts'
import type { Rejection, RejectionReason } from '../contract/model/status.ts'

/** Refused inputs that the store has not counted yet. Bounded, whatever names are thrown at it. */
export interface RejectionCounts {
  pending: Map<string, Rejection>
  /** How many each source brought since the start. */
  bySource: Map<string, number>
  /** Names that were refused but are no device of the fleet. */
  strangers: Set<string>
  isOfFleet(deviceId: DeviceId): boolean
}

export interface RefusedInput {
  sourceId: string
  deviceId: DeviceId | null
  reason: RejectionReason
  detail: string
  at: number
}

/** Strange names that are counted one by one; anybody may invent more, and those are counted together. */
const strangersLimit = 1000
const detailLimit = 200

export function createRejectionCounts(
  known: Omit<RejectionCounts, 'pending' | 'bySource'>,
): RejectionCounts {
  return { ...known, pending: new Map(), bySource: new Map() }
}

export function countRejection(counts: RejectionCounts, input: RefusedInput): void {
  const { sourceId, reason, at } = input
  const deviceId = input.deviceId && isCountedByName(counts, input.deviceId) ? input.deviceId : null
  const key = JSON.stringify([sourceId, deviceId, reason])
  counts.bySource.set(sourceId, (counts.bySource.get(sourceId) ?? 0) + 1)
  const known = counts.pending.get(key)
  counts.pending.set(key, {
    sourceId,
    deviceId,
    reason,
    count: (known?.count ?? 0) + 1,
    firstAt: known?.firstAt ?? at,
    lastAt: at,
    lastDetail: input.detail.slice(0, detailLimit),
  })
}

function isCountedByName({ strangers, isOfFleet }: RejectionCounts, deviceId: DeviceId): boolean {
  if (isOfFleet(deviceId) || strangers.has(deviceId)) return true
  if (strangers.size >= strangersLimit) return false
  strangers.add(deviceId)
  return true
}
