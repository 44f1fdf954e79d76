import { bucketOf } from './calendar.ts'
import { denseRanges, sparseRanges } from './expected-range.ts'
import type { BandQuery } from './judge.ts'
import { rangeLimits, type Judging } from './judging.ts'
import { endsOf } from './places.ts'
import { seatOf } from './seat.ts'

export function bandOf(
  judging: Judging,
  query: BandQuery,
): { low: number[]; high: number[] } | null {
  const { model } = judging
  const index = model.metricIds.indexOf(query.metricId)
  const metric = model.metrics[index]
  if (!metric) return null
  const seat = seatOf(model.metrics, query.deviceId, model.slotMs)
  const limits = { limits: rangeLimits(judging, index, seat.rows[index] ?? 0), from: 0 }
  const band: { low: number[]; high: number[] } = { low: [], high: [] }
  const step = Math.max(1, query.step)
  for (let slot = query.fromSlot; slot < query.toSlot; slot += step) {
    const bucket = bucketOf(slot, model.slotMs)
    const place = {
      ...endsOf(judging.group, { seat, index, bucket }),
      scale: seat.scales[index] ?? 1,
    }
    const ranges =
      metric.family === 'sparse' ? sparseRanges(limits) : denseRanges(metric, place, limits)
    const { low, high } = ranges[query.confidence]
    band.low.push(low ?? 0)
    band.high.push(high ?? Number.MAX_VALUE)
  }
  return band
}
