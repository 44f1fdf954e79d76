import { bucketCount, slotsPerDay } from './calendar.ts'
import type { DeviceCells } from './device-cells.ts'
import type { GatheredHistory } from './gathered-history.ts'
import { medianOf, quantileOf } from './order.ts'
import { parameters } from './parameters.ts'
import type { Group } from './places.ts'
import { seatOf } from './seat.ts'

/** Slots of the history, the last one not included. */
interface Span {
  from: number
  to: number
}

/** When so many devices fell silent at once that it was no doing of theirs. By metric index. */
export type Outages = readonly (readonly Span[])[]

/** What the silent devices are known by. */
interface Scene {
  group: Group
  history: Pick<GatheredHistory, 'fromSlot' | 'toSlot' | 'slotMs' | 'buckets'>
}

interface Silence extends Span {
  /** From where the device should not be silent, for all that is known of it; -1 where it may be all along. */
  strangeFrom: number
}

export function findOutages(group: Group, history: GatheredHistory): Outages {
  const silences = history.kept.map((device) => silencesOf(device, { group, history }))
  const slots = history.toSlot + 1 - history.fromSlot
  return group.metrics.map((_, metric) => {
    const own = silences.flatMap((each) => each[metric] ?? [])
    return outagesAmong(
      own.filter(({ strangeFrom }) => strangeFrom >= 0),
      slots,
    )
  })
}

/**
 * Takes a device's part in outages out of its history. What it does alike about the same time of another day is a
 * habit, and what a person found normal is learned.
 */
export function forgetOutages(device: DeviceCells, outages: Outages, scene: Scene): void {
  const { fromSlot, slotMs } = scene.history
  const perDay = slotsPerDay(slotMs)
  silencesOf(device, scene).forEach((silences, metric) => {
    for (const silence of silences) {
      const from = forgottenFrom(silence, outages[metric] ?? [])
      if (from === null || silences.some((other) => isAlike(silence, other, perDay))) continue
      const cells = Array.from(
        { length: silence.to - from },
        (_, index) => (from + index + fromSlot - device.fromSlot) * device.metrics + metric,
      )
      if (cells.some((cell) => device.normal.has(cell))) continue
      for (const cell of cells) device.cells[cell] = NaN
    }
  })
}

/** From where many begin until half of those speak again. */
function outagesAmong(silences: readonly Silence[], slots: number): Span[] {
  const begun = new Float64Array(slots)
  for (const { from, strangeFrom } of silences) {
    // Of those that the history begins with nobody knows when they did.
    if (from > 0) begun[strangeFrom] = (begun[strangeFrom] ?? 0) + 1
  }
  // Of what begins between two slots some show in the first.
  const counts = begun.map((count, slot) => count + (begun[slot - 1] ?? 0))
  const least = leastOf(counts)
  return Array.from(counts.keys()).flatMap((slot) => {
    const isPeak = (counts[slot] ?? 0) >= least && (counts[slot] ?? 0) > (counts[slot + 1] ?? 0)
    if (!isPeak) return []
    const ends = silences.filter(({ strangeFrom: at }) => at === slot || at === slot - 1)
    return [{ from: slot - 1, to: medianOf(Float64Array.from(ends, ({ to }) => to)) }]
  })
}

/** More than chance makes of what is usual most of the time. */
function leastOf(counts: Float64Array): number {
  const { usual, deviations, fewest } = parameters.outage
  const typical = quantileOf(counts.slice(), usual)
  return typical + Math.max(fewest, deviations * Math.sqrt(typical + 1))
}

/** Of a silence that became strange with an outage what was strange, of one that is mostly within one all; else null. */
function forgottenFrom(
  { from, to, strangeFrom }: Silence,
  outages: readonly Span[],
): number | null {
  const isWith = (outage: Span) => strangeFrom === outage.from || strangeFrom === outage.from + 1
  if (outages.some(isWith)) return strangeFrom
  const within = (outage: Span) => Math.min(to, outage.to) - Math.max(from, outage.from)
  return outages.some((outage) => 2 * within(outage) >= to - from) ? from : null
}

/** By metric index: when a device is silent until it speaks again. */
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
    const least = parameters.outage.scales * (seat.scales[index] ?? 0)
    let current: Silence | null = null
    for (let slot = first; slot <= last; slot++) {
      const value = device.cells[(slot - device.fromSlot) * device.metrics + index] ?? NaN
      if (value !== 0) {
        if (value === value) current = null
        continue
      }
      const at = slot - fromSlot
      if (!current) found.push((current = { from: at, to: at, strangeFrom: -1 }))
      current.to = at + 1
      const isStrange = (lows[row + (buckets[at] ?? 0)] ?? 0) >= least
      if (isStrange && current.strangeFrom < 0) current.strangeFrom = at
    }
    return found
  })
}

/** At least half as long, on another day, from about the same time on. */
function isAlike(silence: Silence, other: Silence, perDay: number): boolean {
  const days = Math.round((other.from - silence.from) / perDay)
  const apart = Math.abs(other.from - silence.from - days * perDay)
  const isNear = apart <= Math.round((parameters.outage.hours * perDay) / 24)
  return days !== 0 && isNear && 2 * (other.to - other.from) >= silence.to - silence.from
}
