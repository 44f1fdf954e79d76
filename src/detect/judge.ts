import type { ConfidenceLevel } from '../contract/model/profile.ts'
import { bucketOf } from './calendar.ts'
import { fromLog, toLog } from './log-scale.ts'
import type { MetricModel } from './model.ts'
import { baselineFor, placeOf, type Place } from './placement.ts'
import { isSettled } from './prepared-history.ts'
import { reachOf, scoreOf, unlimitedReachOf } from './tail.ts'
import { confidenceScore, type Verdict } from './verdict.ts'

type Range = Verdict['expected'][ConfidenceLevel]

/** By how much a score stays short of a level that the value does not violate. */
const justShort = 1e-6

/**
 * Says how strange a value is for this device at this time. `value` is in the metric's unit and finite;
 * anything else is a RangeError. A device that is not in the model is judged by the fleet.
 */
export function judge(
  model: MetricModel,
  point: { deviceId: string; slot: number; value: number },
): Verdict {
  if (!Number.isFinite(point.value)) throw new RangeError('only finite values can be judged')
  const device = baselineFor(model.baselines, point.deviceId)
  const place = placeOf(model, device, bucketOf(point.slot))
  const distance = (toLog(point.value) - place.centre) / place.spread
  const score = distance < 0 ? scoreOf(model.below, -distance) : scoreOf(model.above, distance)
  const expected = expectedOf(model, place)
  return {
    score: agreeing(score, point.value, expected),
    direction: distance < 0 ? 'below' : 'above',
    centre: fromLog(place.centre),
    expected,
    isProvisional: !isSettled(device.datapoints),
  }
}

/**
 * The expected range of a level, as a line to draw. In the metric's unit, always finite: where the history is
 * too short to claim the level at all, the range is the one it would have with a longer one.
 */
export function expectedBand(
  model: MetricModel,
  query: { deviceId: string; slot: number; confidence: ConfidenceLevel },
): { low: number; high: number } {
  const device = baselineFor(model.baselines, query.deviceId)
  const { centre, spread } = placeOf(model, device, bucketOf(query.slot))
  const score = confidenceScore[query.confidence]
  const low = fromLog(centre - unlimitedReachOf(model.below, score) * spread)
  const high = fromLog(centre + unlimitedReachOf(model.above, score) * spread)
  const { isSigned } = model.baselines.traits
  return { low: isSigned ? finite(low) : Math.max(0, low), high: finite(high) }
}

function expectedOf(model: MetricModel, place: Place): Verdict['expected'] {
  return {
    LOW: rangeOf(model, place, 'LOW'),
    MEDIUM: rangeOf(model, place, 'MEDIUM'),
    HIGH: rangeOf(model, place, 'HIGH'),
  }
}

function rangeOf(model: MetricModel, { centre, spread }: Place, level: ConfidenceLevel): Range {
  const score = confidenceScore[level]
  const low = fromLog(centre - reachOf(model.below, score) * spread)
  const high = fromLog(centre + reachOf(model.above, score) * spread)
  const isOpenBelow = !Number.isFinite(low) || (low <= 0 && !model.baselines.traits.isSigned)
  return { low: isOpenBelow ? null : low, high: Number.isFinite(high) ? high : null }
}

/** Rounding must not let the score and the range that is shown beside it contradict each other. */
function agreeing(score: number, value: number, expected: Verdict['expected']): number {
  if (!isInside(value, expected.HIGH)) return Math.max(score, confidenceScore.HIGH)
  if (!isInside(value, expected.MEDIUM)) return between(score, 'MEDIUM', 'HIGH')
  if (!isInside(value, expected.LOW)) return between(score, 'LOW', 'MEDIUM')
  return Math.min(score, confidenceScore.LOW - justShort)
}

function between(score: number, reached: ConfidenceLevel, missed: ConfidenceLevel): number {
  const highest = confidenceScore[missed] - justShort
  return Math.min(Math.max(score, confidenceScore[reached]), highest)
}

function isInside(value: number, { low, high }: Range): boolean {
  return (low === null || value >= low) && (high === null || value <= high)
}

function finite(value: number): number {
  return Math.min(Math.max(value, -Number.MAX_VALUE), Number.MAX_VALUE)
}
