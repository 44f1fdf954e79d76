import { slotMs, slotOf } from '../contract/model/time.ts'
import type { RejectionReason } from '../contract/model/status.ts'
import type { Measure } from './datapoint.ts'

/** Slots still taking samples. Changed in place: it sees every sample of the site. */
export interface OpenSlots {
  /** Slots up to this one take nothing more. */
  closedThrough: number
  /** slot -> series -> what was measured so far. */
  open: Map<number, Map<number, OpenMeasure>>
  /** Measures that the store does not have as they stand. */
  dirty: Set<OpenMeasure>
}

export interface OpenMeasure {
  slot: number
  seriesId: number
  sourceId: string
  /** Never changed, only replaced. */
  measure: Measure
  /** A sample said so; the source's gaps may make it partial besides. */
  isPartial: boolean
}

/** What a fold replaced, so that it can be taken back. Null: there was nothing before. */
export interface Change {
  entry: OpenMeasure
  before: Former | null
}

type Former = Pick<OpenMeasure, 'measure' | 'sourceId' | 'isPartial'> & { isDirty: boolean }

/** A device's clock may be ahead of the station's by this much, milliseconds. */
const skewAllowedMs = 60_000

export function createSlots(closedThrough: number): OpenSlots {
  return { closedThrough, open: new Map(), dirty: new Set() }
}

/** Why a sample of this time cannot be filed, or null when it can. */
export function slotRefusal(
  slots: OpenSlots,
  { at, now }: { at: number; now: number },
): RejectionReason | null {
  if (slotOf(at) <= slots.closedThrough) return 'too-late'
  return at > now + skewAllowedMs ? 'ahead-of-clock' : null
}

/**
 * Adds a measure to its slot. Counters sum, gauges keep the last, sizes keep all five figures. A measure of
 * count 0 says only that the device was watched, which makes a counter 0 rather than absent.
 */
export function fold(slots: OpenSlots, added: OpenMeasure): Change | null {
  const series = seriesOf(slots, added.slot)
  const known = series.get(added.seriesId)
  if (!known) {
    series.set(added.seriesId, added)
    slots.dirty.add(added)
    return { entry: added, before: null }
  }
  const isNews = added.measure.count > 0 || (added.isPartial && !known.isPartial)
  if (!isNews) return null
  const { measure, sourceId, isPartial } = known
  const before = { measure, sourceId, isPartial, isDirty: slots.dirty.has(known) }
  known.measure = merge(measure, added.measure)
  known.sourceId = added.sourceId
  known.isPartial ||= added.isPartial
  slots.dirty.add(known)
  return { entry: known, before }
}

/** Takes folds back, newest first; also where they were saved meanwhile, in a transaction that failed. */
export function unfold(slots: OpenSlots, changes: readonly Change[]): void {
  for (const { entry, before } of changes.toReversed()) {
    if (before) putBack(slots, entry, before)
    else remove(slots, entry)
  }
}

function putBack(slots: OpenSlots, entry: OpenMeasure, { isDirty, ...former }: Former): void {
  Object.assign(entry, former)
  if (isDirty) slots.dirty.add(entry)
  else slots.dirty.delete(entry)
}

function remove(slots: OpenSlots, entry: OpenMeasure): void {
  const series = slots.open.get(entry.slot)
  series?.delete(entry.seriesId)
  if (series?.size === 0) slots.open.delete(entry.slot)
  slots.dirty.delete(entry)
}

/** Puts back a measure that the store already has. */
export function restore(slots: OpenSlots, entry: OpenMeasure): void {
  seriesOf(slots, entry.slot).set(entry.seriesId, entry)
}

/** Slots whose end and grace have passed, oldest first. */
export function dueSlots(slots: OpenSlots, time: { now: number; graceMs: number }): number[] {
  const lastDue = lastDueSlot(time)
  return [...slots.open.keys()].filter((slot) => slot <= lastDue).sort((a, b) => a - b)
}

/** The newest slot that takes nothing more at this time. */
export function lastDueSlot({ now, graceMs }: { now: number; graceMs: number }): number {
  return Math.floor((now - graceMs) / slotMs) - 1
}

function seriesOf(slots: OpenSlots, slot: number): Map<number, OpenMeasure> {
  const known = slots.open.get(slot)
  if (known) return known
  const series = new Map<number, OpenMeasure>()
  slots.open.set(slot, series)
  return series
}

function merge(known: Measure, added: Measure): Measure {
  if (known.count === 0) return added
  if (added.count === 0) return known
  return {
    count: known.count + added.count,
    sum: known.sum + added.sum,
    min: Math.min(known.min, added.min),
    max: Math.max(known.max, added.max),
    last: added.last,
  }
}
