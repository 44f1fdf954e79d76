import { deviance } from './component-value.ts'
import { levels } from './limits.ts'
import { fromLog } from './log-scale.ts'
import type { MetricModel } from './model.ts'
import { parameters } from './parameters.ts'
import type { Range, Verdict } from './verdict.ts'

/** Where a dense value is expected: log units. */
export interface Place {
  /** Of the corridor. */
  low: number
  high: number
  scale: number
}

/** How many numbers say where the ranges of a row end: above and below by level. */
export const rangeFields = 6

const { farthest } = parameters.place

/** Those of a metric begin at `from`. */
export interface RangeLimits {
  limits: Float64Array
  from: number
}

const open: Range = { low: null, high: null }

/** The ranges of all levels around a place. `limits` as of `distanceLimits`, in scales. */
export function denseRanges(
  metric: MetricModel,
  place: Place,
  { limits, from }: RangeLimits,
): Verdict['expected'] {
  return {
    LOW: {
      low: lowEnd(metric, place, limits[from + 1] ?? 0),
      high: highEnd(metric, place, limits[from] ?? 0),
    },
    MEDIUM: {
      low: lowEnd(metric, place, limits[from + 3] ?? 0),
      high: highEnd(metric, place, limits[from + 2] ?? 0),
    },
    HIGH: {
      low: lowEnd(metric, place, limits[from + 5] ?? 0),
      high: highEnd(metric, place, limits[from + 4] ?? 0),
    },
  }
}

/** Of a sparse metric: only too many events of one slot are strange by themselves. */
export function sparseRanges({ limits, from }: RangeLimits): Verdict['expected'] {
  return { LOW: upTo(limits[from]), MEDIUM: upTo(limits[from + 1]), HIGH: upTo(limits[from + 2]) }
}

function upTo(high = Infinity): Range {
  return high === Infinity ? open : { low: null, high }
}

/** By level: the events of a slot up to which a device of this rate does not reach the level by that slot alone. */
export function eventLimits(rate: number, distances: Float64Array): Float64Array {
  return Float64Array.from(levels, (level, index) => {
    const events = eventsAt(distances[2 * index] ?? Infinity, rate)
    return level === 'HIGH' ? Math.max(1, events) : events
  })
}

/** The number of events whose deviance from the rate this is, by bisection; Infinity where none is. */
export function eventsAt(distance: number, expected: number): number {
  if (distance === Infinity) return Infinity
  let low = expected
  let high = Math.max(1, expected)
  while (deviance(high, expected) < distance && high < 2 ** 30) high *= 2
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2
    if (deviance(middle, expected) < distance) low = middle
    else high = middle
  }
  return low
}

function highEnd({ unit }: MetricModel, { high, scale }: Place, above: number): number | null {
  return above < farthest ? fromLog(high + above * scale, unit) : null
}

function lowEnd(
  { unit, isSigned }: MetricModel,
  { low: from, scale }: Place,
  below: number,
): number | null {
  if (!(below < farthest)) return null
  const low = fromLog(from - below * scale, unit)
  return low <= 0 && !isSigned ? null : low
}
