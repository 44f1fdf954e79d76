import { confidenceScore } from '../confidence.ts'
import { isDeparture } from './components.ts'
import { denseRanges, rangeFields, sparseRanges } from './expected-range.ts'
import { leadingComponent, sumUp, type Heads, type Reading } from './heads.ts'
import { readingOf, type Judging, type Occasion, type View } from './judging.ts'
import { nearLimit } from './limits.ts'
import { fromLog } from './log-scale.ts'
import type { MetricModel } from './model.ts'
import { isTold } from './news.ts'
import { centreOf, placeIn } from './places.ts'
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
  const expected = expectedOf(judging, view, { metric, index })
  readAt(judging, view, index)
  const { score: summed } = heads
  const isPlain = summed < confidenceScore.LOW && !isNearLimit(judging, index)
  const score = isPlain ? summed : agreeing(summed, value, expected)
  return {
    score,
    isTold: score >= confidenceScore.LOW && isTold(judging, view, { index, score: summed }),
    direction: isBelow(heads, metric, { judging, index, place }) ? 'below' : 'above',
    centre: view.usual.centres[index] ?? 0,
    expected,
    isProvisional: view.seat.isNew[index] === 1,
    components: heads.isAny ? decadesOf(heads, judging, index) : nothing,
  }
}

function decadesOf({ decades }: Heads, { group }: Judging, index: number): number[] {
  const length = group.plan.readers[index]?.length ?? 0
  const copied: number[] = []
  for (let index = 0; index < length; index++) copied.push(decades[index] ?? 0)
  return copied
}

/** Sums up the metric's components at the view's slot, into `judging.heads`. */
export function readAt(judging: Judging, view: View, index: number): Reading {
  const reading = readingOf(judging, view, index)
  const metric = judging.metrics[index]
  if (metric) sumUp(judging.heads, metric, reading)
  return reading
}

/** What a score of `heads` comes to for a value. */
export function scoreOfValue(
  judging: Judging,
  occasion: Occasion,
  {
    metric,
    index,
    value,
    score,
  }: { metric: MetricModel; index: number; value: number; score: number },
): number {
  return agreeing(score, value, expectedOf(judging, occasion, { metric, index }))
}

/** Where a metric's values are expected on the occasion, whatever came before; the usual centre is known then, too. */
function expectedOf(
  judging: Judging,
  occasion: Occasion,
  { metric, index }: { metric: MetricModel; index: number },
): Verdict['expected'] {
  return (occasion.usual.expected[index] ??= workOut(judging, occasion, { metric, index }))
}

function workOut(
  judging: Judging,
  { memory, seat, bucket, usual }: Occasion,
  { metric, index }: { metric: MetricModel; index: number },
): Verdict['expected'] {
  const limits = { limits: memory.norms.ranges, from: rangeFields * index }
  if (metric.family === 'sparse') {
    usual.centres[index] = metric.devices.levels[seat.rows[index] ?? 0] ?? 0
    return sparseRanges(limits)
  }
  const place = placeIn(judging.group, seat, { index, bucket })
  usual.centres[index] = fromLog(centreOf(metric, seat, { index, bucket }), metric.unit)
  return denseRanges(metric, place, limits)
}

/**
 * Whether the value may lie outside of any range: ranges end where the value's own strangeness reaches a limit, but
 * for rounding. Of nearly all values this says no, which saves looking the ranges up.
 */
function isNearLimit({ heads, limits }: Judging, index: number): boolean {
  const strange = heads.strangeness[0] ?? 0
  const limit = limits[index]?.[strange > 0 ? 0 : 1] ?? 0
  return !(Math.abs(strange) < limit * nearLimit)
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
  const leading = leadingComponent(heads, readers)
  const statistic = readers[leading]?.statistic ?? 'place'
  if (statistic === 'run') return true
  if (isDeparture(statistic)) return place < 0
  return (heads.strangeness[leading] ?? 0) < 0
}
