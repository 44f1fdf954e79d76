import { slotMs } from '../../contract/model/time.ts'
import { rowsOf, type Datapoints, type RowsBySeries } from './datapoints.ts'

/**
 * Intervals at the start of a series that say how far its datapoints lie apart. A detector of its own past keeps
 * silent for longer than that, so that no verdict rests on an interval that came after it.
 */
const firstIntervals = 40

/** Median interval between the first datapoints of a series, ms. `rows` are in time order. */
export function spacingAtStart(at: Float64Array, rows: Uint32Array): number {
  return medianOr(slotMs, intervalsOf(at, rows.subarray(0, firstIntervals + 1)))
}

/** Median interval within all series, ms, of datapoints before `until` (epoch ms). */
export function spacingBefore({ at }: Datapoints, bySeries: RowsBySeries, until: number): number {
  const all = new Float64Array(at.length)
  let count = 0
  for (let series = 0; series + 1 < bySeries.starts.length; series += 1) {
    const rows = rowsOf(bySeries, series)
    let previousAt = NaN
    for (const row of rows) {
      const now = at[row] ?? NaN
      if (now >= until) break
      if (now > previousAt) all[count++] = now - previousAt
      previousAt = now
    }
  }
  return medianOr(slotMs, all.subarray(0, count))
}

function intervalsOf(at: Float64Array, rows: Uint32Array): Float64Array {
  const intervals = Float64Array.from(rows.subarray(1), (row, index) => {
    return (at[row] ?? NaN) - (at[rows[index] ?? 0] ?? NaN)
  })
  return intervals.filter((interval) => interval > 0)
}

function medianOr(otherwise: number, values: Float64Array): number {
  values.sort()
  return values[Math.floor(values.length / 2)] ?? otherwise
}
