import { bucketCount, slotsPerDay } from './calendar.ts'
import type { DeviceCells } from './device-cells.ts'
import type { GatheredHistory } from './gathered-history.ts'
import { quantileOf } from './order.ts'
import { parameters } from './parameters.ts'
import type { Group } from './places.ts'
import { seatOf } from './seat.ts'

/** When so many devices fell silent at once that it was no doing of theirs. By metric index, by slot of the history. */
export type Outages = readonly Uint8Array[]

/** What the silent devices are known by. */
interface Scene {
  group: Group
  history: Pick<GatheredHistory, 'fromSlot' | 'toSlot' | 'slotMs' | 'buckets'>
}

/** Slots of the history, the last one not included. */
interface Silence {
  from: number
  to: number
}

export function findOutages(group: Group, history: GatheredHistory): Outages {
  const silences = history.kept.map((device) => silencesOf(device, { group, history }))
  return group.metrics.map((_, metric) => {
    const counts = new Float64Array(history.toSlot + 1 - history.fromSlot)
    for (const { from } of silences.flatMap((each) => each[metric] ?? [])) {
      // Of what begins between two slots some show in the first.
      counts[from] = (counts[from] ?? 0) + 1
      counts[from + 1] = (counts[from + 1] ?? 0) + 1
    }
    const least = leastOf(counts)
    return Uint8Array.from(counts, (count, slot) =>
      Number(Math.max(count, counts[slot + 1] ?? 0) >= least),
    )
  })
}

/**
 * Takes a device's part in outages out of its history. What it does again about the same time of day is a habit, and
 * what a person found normal is learned.
 */
export function forgetOutages(device: DeviceCells, outages: Outages, scene: Scene): void {
  const { fromSlot, slotMs } = scene.history
  const perDay = slotsPerDay(slotMs)
  silencesOf(device, scene).forEach((silences, metric) => {
    for (const silence of silences) {
      const isOutage = outages[metric]?.[silence.from] === 1
      if (!isOutage || silences.some((other) => isAlike(silence, other, perDay))) continue
      const cells = Array.from(
        { length: silence.to - silence.from },
        (_, index) => (silence.from + index + fromSlot - device.fromSlot) * device.metrics + metric,
      )
      if (cells.some((cell) => device.normal.has(cell))) continue
      for (const cell of cells) device.cells[cell] = NaN
    }
  })
}

/** More than chance makes of what is usual most of the time. */
function leastOf(counts: Float64Array): number {
  const { usual, deviations, fewest } = parameters.outage
  const typical = quantileOf(counts.slice(), usual)
  return typical + Math.max(fewest, deviations * Math.sqrt(typical + 1))
}

/** By metric index: from where a device should not be silent, for all that is known of it, until it speaks again. */
function silencesOf(device: DeviceCells, { group, history }: Scene): Silence[][] {
  const { fromSlot, toSlot, slotMs, buckets } = history
  const seat = seatOf(group.metrics, device.deviceId, slotMs)
  const first = Math.max(fromSlot, device.fromSlot)
  const last = Math.min(toSlot, device.fromSlot + device.slots - 1)
  return group.metrics.map((metric, index) => {
    const found: Silence[] = []
    const lows = group.corridors[index]?.lows
    if (!metric || !lows || seat.isNew[index] === 1) return found
    const row = (seat.rows[index] ?? 0) * bucketCount
    let current: Silence | null = null
    for (let slot = first; slot <= last; slot++) {
      const value = device.cells[(slot - device.fromSlot) * device.metrics + index] ?? NaN
      if (value === 0) {
        const isStrange = (lows[row + (buckets[slot - fromSlot] ?? 0)] ?? 0) > 0
        if (!current && isStrange) found.push((current = { from: slot - fromSlot, to: 0 }))
        if (current) current.to = slot - fromSlot + 1
      } else if (value === value) current = null
    }
    return found
  })
}

/** On another day, from about the same time on. */
function isAlike(silence: Silence, other: Silence, perDay: number): boolean {
  const days = Math.round((other.from - silence.from) / perDay)
  const apart = Math.abs(other.from - silence.from - days * perDay)
  return days !== 0 && apart <= Math.round((parameters.outage.hours * perDay) / 24)
}
