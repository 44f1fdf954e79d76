import type { MetricKind } from '../../contract/model/metric.ts'
import { valueOf } from '../datapoint-value.ts'
import type { Measure } from '../datapoint.ts'

/** Datapoints of one series. The arrays share one index, ascending by slot. */
export interface SeriesData {
  slots: Int32Array
  /** The datapoints' values, in the metric's unit. */
  values: Float64Array
  /** 1 where the source was blind for part of the slot. */
  isPartial: Uint8Array
  /** -log10 p in steps of 0.05; 0 where it is below 2 or not known. */
  scores: Float64Array
  /** What a size metric keeps beside its mean; null for other kinds. */
  sizes: SizeColumns | null
}

export interface SizeColumns {
  count: Float64Array
  min: Float64Array
  max: Float64Array
  sum: Float64Array
}

/** One datapoint with all that is known of it. */
export interface ScoredMeasure extends Measure {
  slot: number
  /** 0 or 1. */
  isPartial: number
  score: number
}

const lowestScore = 2
const scoreSteps = 20
const highestScore = 400

/** A score as the store keeps it, the same before and after compaction. */
export function storedScore(score: number): number {
  if (!(score >= lowestScore)) return 0
  return Math.round(Math.min(score, highestScore) * scoreSteps) / scoreSteps
}

/** Columns of rows that ascend by slot. */
export function seriesDataOf(kind: MetricKind, rows: readonly ScoredMeasure[]): SeriesData {
  return {
    slots: Int32Array.from(rows, (row) => row.slot),
    values: Float64Array.from(rows, (row) => valueOf(kind, row)),
    isPartial: Uint8Array.from(rows, (row) => row.isPartial),
    scores: Float64Array.from(rows, (row) => row.score),
    sizes: kind === 'size' ? sizesOf(rows) : null,
  }
}

/** Both together, of the same kind; where they hold the same slot, the newer one's datapoint. */
export function mergeSeries(older: SeriesData, newer: SeriesData): SeriesData {
  if (newer.slots.length === 0) return older
  if (older.slots.length === 0) return newer
  const isLater = (older.slots.at(-1) ?? 0) < (newer.slots[0] ?? 0)
  if (isLater) return joinSeries([older, newer])
  return pickSeries(joinSeries([older, newer]), picksOf(older.slots, newer.slots))
}

/** Parts of the same kind that follow each other in time, as one. At least one part. */
export function joinSeries(parts: readonly SeriesData[]): SeriesData {
  const sizes = parts.map((part) => part.sizes).filter((part) => part !== null)
  return {
    slots: Int32Array.from(joined(parts.map((part) => part.slots))),
    values: joined(parts.map((part) => part.values)),
    isPartial: Uint8Array.from(joined(parts.map((part) => part.isPartial))),
    scores: joined(parts.map((part) => part.scores)),
    sizes: sizes.length > 0 ? mapSizes((name) => joined(sizes.map((part) => part[name]))) : null,
  }
}

/** The datapoints of slots `from` to `to`, both included. */
export function sliceSeries(data: SeriesData, from: number, to: number): SeriesData {
  if ((data.slots[0] ?? 0) >= from && (data.slots.at(-1) ?? 0) <= to) return data
  const start = data.slots.findIndex((slot) => slot >= from)
  if (start < 0) return sliced(data, 0, 0)
  const end = data.slots.findLastIndex((slot) => slot <= to) + 1
  return sliced(data, start, Math.max(start, end))
}

/** Which datapoints of both, one after the other, to keep, ascending by slot. */
function picksOf(older: Int32Array, newer: Int32Array): number[] {
  const picks: number[] = []
  let old = 0
  for (const [at, slot] of newer.entries()) {
    for (; (older[old] ?? Infinity) < slot; old += 1) picks.push(old)
    if (older[old] === slot) old += 1
    picks.push(older.length + at)
  }
  for (; old < older.length; old += 1) picks.push(old)
  return picks
}

/** The datapoints at these places, in this order. */
export function pickSeries(data: SeriesData, picks: ArrayLike<number>): SeriesData {
  const from = (column: ArrayLike<number>) => Float64Array.from(picks, (at) => column[at] ?? 0)
  const { sizes } = data
  return {
    slots: Int32Array.from(from(data.slots)),
    values: Float64Array.from(from(data.values)),
    isPartial: Uint8Array.from(from(data.isPartial)),
    scores: Float64Array.from(from(data.scores)),
    sizes: sizes && mapSizes((name) => Float64Array.from(from(sizes[name]))),
  }
}

function joined(columns: readonly (Float64Array | Int32Array | Uint8Array)[]): Float64Array {
  const out = new Float64Array(columns.reduce((length, column) => length + column.length, 0))
  let at = 0
  for (const column of columns) {
    out.set(column, at)
    at += column.length
  }
  return out
}

function sliced(data: SeriesData, start: number, end: number): SeriesData {
  const { sizes } = data
  return {
    slots: data.slots.slice(start, end),
    values: data.values.slice(start, end),
    isPartial: data.isPartial.slice(start, end),
    scores: data.scores.slice(start, end),
    sizes: sizes && mapSizes((name) => sizes[name].slice(start, end)),
  }
}

function sizesOf(rows: readonly ScoredMeasure[]): SizeColumns {
  return mapSizes((name) => Float64Array.from(rows, (row) => row[name]))
}

function mapSizes(column: (name: keyof SizeColumns) => Float64Array): SizeColumns {
  return { count: column('count'), min: column('min'), max: column('max'), sum: column('sum') }
}
