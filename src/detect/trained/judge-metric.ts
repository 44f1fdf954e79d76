import { confidenceScore } from '../confidence.ts'
import { isDeparture } from './components.ts'
import { denseRanges, sparseRanges } from './expected-range.ts'
import { leadingComponent, sumUp, type Heads, type Reading } from './heads.ts'
import { limitsOf, type Judging, type View } from './judging.ts'
import { fromLog } from './log-scale.ts'
import type { MetricModel } from './model.ts'
import { centreOf } from './places.ts'
import { missing, placeAgo } from './sliding.ts'
import type { Range, Verdict } from './verdict.ts'

const nothing: readonly number[] = []

/** The verdict on a metric's value at the view's slot. Null where it has no value or no model. */
export function judgeMetric(
  judging: Judging,
  view: View,
  { index, value }: { index: number; value: number },
): Verdict | null {
  const metric = judging.metrics[index]
  const place = placeAgo(view.windows.places, index, 0)
  if (!metric || place === missing) return null
  const { heads } = judging
  const { readers } = readAt(judging, view, index)
  const expected = expectedOf(judging, view, { metric, index })
  return {
    score: agreeing(heads.score, value, expected),
    direction: isBelow(heads, metric, { judging, index, place }) ? 'below' : 'above',
    centre: centreValue(metric, view, index),
    expected,
    isProvisional: view.seat.isNew[index] === 1,
    components: heads.isAny ? decadesOf(heads, readers.length) : nothing,
  }
}

function decadesOf({ decades }: Heads, length: number): number[] {
  const copied: number[] = []
  for (let index = 0; index < length; index++) copied.push(decades[index] ?? 0)
  return copied
}

/** Sums up the metric's components at the view's slot, into `judging.heads`. */
export function readAt(judging: Judging, { windows, seat }: View, index: number): Reading {
  const readers = judging.group.plan.readers[index] ?? []
  const quiet = judging.quiet[index] ?? new Float64Array(0)
  const reading = { readers, quiet, windows, row: seat.rows[index] ?? 0 }
  const metric = judging.metrics[index]
  if (metric) sumUp(judging.heads, metric, reading)
  return reading
}

export function expectedOf(
  judging: Judging,
  { seat, bucket }: View,
  { metric, index }: { metric: MetricModel; index: number },
): Verdict['expected'] {
  const limits = limitsOf(judging, index, seat.rows[index] ?? 0)
  if (metric.family === 'sparse') return sparseRanges(limits)
  const centre = centreOf(metric, seat, { index, bucket })
  return denseRanges(metric, { centre, scale: seat.scales[index] ?? 1 }, limits)
}

/** In the metric's unit; of a sparse metric the events of a slot. */
export function centreValue(metric: MetricModel, { seat, bucket }: View, index: number): number {
  if (metric.family === 'sparse') return metric.devices.levels[seat.rows[index] ?? 0] ?? 0
  return fromLog(centreOf(metric, seat, { index, bucket }), metric.unit)
}

/** Rounding must not let the score and the range that is shown beside it contradict each other. */
function agreeing(score: number, value: number, expected: Verdict['expected']): number {
  if (isOutside(value, expected.HIGH)) return Math.max(score, confidenceScore.HIGH)
  if (isOutside(value, expected.MEDIUM)) return Math.max(score, confidenceScore.MEDIUM)
  return isOutside(value, expected.LOW) ? Math.max(score, confidenceScore.LOW) : score
}

function isOutside(value: number, { low, high }: Range): boolean {
  return (low !== null && value < low) || (high !== null && value > high)
}

/** Of the strangest component; how much a metric moves has no side, and leaves it to the value. */
function isBelow(
  heads: Heads,
  metric: MetricModel,
  { judging, index, place }: { judging: Judging; index: number; place: number },
): boolean {
  if (!heads.isAny) return metric.family === 'dense' && place < 0
  const readers = judging.group.plan.readers[index] ?? []
  const leading = leadingComponent(heads, metric, readers)
  if (isDeparture(readers[leading]?.statistic ?? 'place')) return place < 0
  return (heads.strangeness[leading] ?? 0) < 0
}
