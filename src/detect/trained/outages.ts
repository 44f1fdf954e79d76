import { bucketCount, slotsPerDay } from './calendar.ts'
import type { DeviceCells } from './device-cells.ts'
import type { GatheredHistory } from './gathered-history.ts'
import { quantileOf } from './order.ts'
import { parameters } from './parameters.ts'
import type { Group } from './places.ts'
import { seatOf } from './seat.ts'

/** When so many devices were silent at once that it was no doing of theirs. By metric index, by slot of the history. */
export type Outages = readonly Uint8Array[]

/** Where the silent devices are, and when. */
interface Scene {
  group: Group
  history: Pick<GatheredHistory, 'fromSlot' | 'toSlot' | 'slotMs' | 'buckets'>
}

export function findOutages(group: Group, history: GatheredHistory): Outages {
  const silences = history.kept.map((device) => silencesOf(device, { group, history }))
  return group.metrics.map((_, metric) => {
    const counts = new Float64Array(history.toSlot + 1 - history.fromSlot)
    for (const each of silences) {
      for (const slot of each[metric] ?? []) counts[slot] = (counts[slot] ?? 0) + 1
    }
    const least = leastOf(counts)
    return Uint8Array.from(counts, (count) => Number(count >= least))
  })
}

/** Takes a device's part in outages out of its history: what comes once at a time of day is no habit. */
export function forgetOutages(device: DeviceCells, outages: Outages, scene: Scene): void {
  const { fromSlot } = scene.history
  silencesOf(device, scene).forEach((silent, metric) => {
    const isOutage = outages[metric]
    if (!silent.some((slot) => isOutage?.[slot] === 1)) return
    const isOnce = onceADay(silent, slotsPerDay(scene.history.slotMs))
    for (const slot of silent) {
      if (isOutage?.[slot] !== 1 || !isOnce(slot)) continue
      device.cells[(slot + fromSlot - device.fromSlot) * device.metrics + metric] = NaN
    }
  })
}

/** More than chance makes of what is usual most of the time. */
function leastOf(counts: Float64Array): number {
  const { usual, deviations, fewest } = parameters.outage
  const typical = quantileOf(counts.slice(), usual)
  return typical + Math.max(fewest, deviations * Math.sqrt(typical + 1))
}

/** By metric index, slots of the history at which a device is silent and should not be, for all that is known of it. */
function silencesOf({ deviceId, ...device }: DeviceCells, { group, history }: Scene): number[][] {
  const { fromSlot, toSlot, slotMs, buckets } = history
  const seat = seatOf(group.metrics, deviceId, slotMs)
  const first = Math.max(fromSlot, device.fromSlot)
  const last = Math.min(toSlot, device.fromSlot + device.slots - 1)
  return group.metrics.map((metric, index) => {
    const silent: number[] = []
    const lows = group.corridors[index]?.lows
    if (!metric || !lows || seat.isNew[index] === 1) return silent
    const row = (seat.rows[index] ?? 0) * bucketCount
    for (let slot = first; slot <= last; slot++) {
      if (device.cells[(slot - device.fromSlot) * device.metrics + index] !== 0) continue
      const low = lows[row + (buckets[slot - fromSlot] ?? 0)] ?? 0
      if (low > 0) silent.push(slot - fromSlot)
    }
    return silent
  })
}

/** Whether a slot has none about the same time on another day. */
function onceADay(slots: readonly number[], perDay: number): (slot: number) => boolean {
  const { hours } = parameters.outage
  const near = Math.round((hours * perDay) / 24)
  const days = new Map<number, Set<number>>()
  for (const slot of slots) {
    const time = slot % perDay
    const known = days.get(time) ?? new Set()
    days.set(time, known.add(Math.floor(slot / perDay)))
  }
  return (slot) => {
    for (let other = slot - near; other <= slot + near; other++) {
      const day = Math.floor(other / perDay)
      for (const each of days.get(((other % perDay) + perDay) % perDay) ?? [])
        if (each !== day) return false
    }
    return true
  }
}
