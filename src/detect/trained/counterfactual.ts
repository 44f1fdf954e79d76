import { judgeMetric } from './judge-metric.ts'
import { placeUnit } from './group-plan.ts'
import type { Judging, View } from './judging.ts'
import type { MetricModel } from './model.ts'
import { parameters } from './parameters.ts'
import { centreOf, fromMeasure, placeRow, toMeasure } from './places.ts'
import { missing } from './sliding.ts'
import type { Range } from './verdict.ts'
import { retry } from './windows.ts'

/** Halvings: from the widest range down to the last digits. */
const halvings = 50

interface Asked {
  index: number
  score: number
  expected: Range
  measures: Float64Array
}

interface Trial {
  metric: MetricModel
  /** Puts this measure in the place of what was there. */
  put(measure: number): void
  /** Whether it would have scored less. */
  isFine(measure: number): boolean
  /** Furthest measures worth trying, and the expected one. */
  lowest: number
  highest: number
  centre: number
}

/**
 * The values of the view's slot around the observed or else the expected one that would have scored less than
 * `score`, all else as it was; an open end where none beyond would. Null where no value would, because what came
 * before is enough. `measures`: what the slot holds, by metric index; `expected`: outside of it any value scores as
 * much by itself. They are tried out in the view's own windows, which are left as they were.
 */
export function counterfactual(judging: Judging, view: View, asked: Asked): Range | null {
  const trial = trialOf(judging, view, asked)
  if (!trial) return null
  const observed = asked.measures[asked.index] ?? NaN
  const range = fineAround(trial, observed)
  trial.put(observed)
  return range
}

function fineAround(trial: Trial, observed: number): Range | null {
  const anchor = anchorOf(trial, observed)
  if (anchor === null) return null
  const low = boundary(trial, anchor, trial.lowest)
  const high = boundary(trial, anchor, trial.highest)
  const toValue = (measure: number | null) =>
    measure === null ? null : fromMeasure(trial.metric, measure)
  return { low: toValue(low), high: toValue(high) }
}

function trialOf(
  judging: Judging,
  view: View,
  { index, score, expected, measures: observed }: Asked,
): Trial | null {
  const metric = judging.metrics[index]
  if (!metric) return null
  const { group, row } = judging
  const { seat, bucket, windows } = view
  const measures = observed.slice()
  const { relationChannels, ratioChannels, silenceChannels } = group.plan
  const others = [relationChannels, ratioChannels, silenceChannels].map((by) => by[index] ?? -1)
  const channels = [index, ...others.filter((each) => each >= 0)]
  const within = measuresWithin(expected, metric, seat.scales[index] ?? 1)
  function put(measure: number): void {
    measures[index] = measure
    placeRow(group, seat, { measures, from: 0, bucket, row })
    for (const channel of channels) retry(windows, channel, row[channel] ?? missing)
  }
  function isFine(measure: number): boolean {
    if (measure < within.low || measure > within.high) return false
    put(measure)
    const value = metric ? fromMeasure(metric, measure) : NaN
    return (judgeMetric(judging, view, { index, value })?.score ?? 0) < score
  }
  return { metric, put, isFine, ...searched(metric, view, index) }
}

/** The measures of a range, and as much more as a place is rounded by. */
function measuresWithin(
  { low, high }: Range,
  metric: MetricModel,
  scale: number,
): { low: number; high: number } {
  const rounding = scale / placeUnit
  return {
    low: low === null ? -Infinity : toMeasure(metric, low) - rounding,
    high: high === null ? Infinity : toMeasure(metric, high) + rounding,
  }
}

function searched(
  metric: MetricModel,
  view: View,
  index: number,
): Pick<Trial, 'lowest' | 'highest' | 'centre'> {
  if (metric.family === 'sparse') return { lowest: 0, highest: 2 ** 20, centre: 0 }
  const centre = centreOf(metric, view.seat, { index, bucket: view.bucket })
  const reach = parameters.place.farthest * (view.seat.scales[index] ?? 1)
  const lowest = metric.isSigned ? centre - reach : Math.max(0, centre - reach)
  return { lowest, highest: centre + reach, centre }
}

/** A measure that is fine: the observed, the expected, or the first one found between the ends. */
function anchorOf(
  { isFine, lowest, highest, centre, metric }: Trial,
  observed: number,
): number | null {
  if (isFine(observed)) return observed
  if (isFine(centre)) return centre
  if (metric.family === 'sparse') return null
  const steps = 80
  for (let step = 0; step <= steps; step++) {
    const measure = lowest + ((highest - lowest) * step) / steps
    if (isFine(measure)) return measure
  }
  return null
}

/** Where, going from the anchor towards the end, it stops being fine; null where it does not. */
function boundary({ isFine, metric }: Trial, anchor: number, end: number): number | null {
  if (isFine(end)) return null
  let fine = anchor
  let strange = end
  for (let step = 0; step < halvings; step++) {
    const middle = (fine + strange) / 2
    const tried = metric.family === 'sparse' ? Math.floor(middle) : middle
    if (tried === fine || tried === strange) break
    if (isFine(tried)) fine = tried
    else strange = tried
  }
  return fine
}
