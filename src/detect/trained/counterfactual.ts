import { recall, type DeviceMemory } from './device-memory.ts'
import { judgeMetric } from './judge-metric.ts'
import { viewBefore, type Judging, type View } from './judging.ts'
import type { MetricModel } from './model.ts'
import { parameters } from './parameters.ts'
import { centreOf, fromMeasure, placeRow } from './places.ts'
import { advance, windowsBackTo, windowsNow } from './windows.ts'
import type { Range } from './verdict.ts'

/** Halvings: from the widest range down to the last digits. */
const halvings = 50

interface Trial {
  metric: MetricModel
  /** Whether this measure, in the place of what was there, would have scored less. */
  isFine(measure: number): boolean
  /** Furthest measures worth trying, and the expected one. */
  lowest: number
  highest: number
  centre: number
}

/**
 * The values of one slot around the observed or else the expected one that would have scored less than `score`, all
 * else as it was; an open end where none beyond would. Null where no value would, because what came before is enough.
 */
export function counterfactual(
  judging: Judging,
  memory: DeviceMemory,
  query: { index: number; slot: number; score: number },
): Range | null {
  const from = recall(memory, query.slot)
  const trial = from < 0 ? null : trialOf(judging, memory, { ...query, from })
  if (!trial) return null
  const anchor = anchorOf(trial, memory.measures[from + query.index] ?? NaN)
  if (anchor === null) return null
  const low = boundary(trial, anchor, trial.lowest)
  const high = boundary(trial, anchor, trial.highest)
  const toValue = (measure: number | null) =>
    measure === null ? null : fromMeasure(trial.metric, measure)
  return { low: toValue(low), high: toValue(high) }
}

function trialOf(
  judging: Judging,
  memory: DeviceMemory,
  { index, slot, score, from }: { index: number; slot: number; score: number; from: number },
): Trial | null {
  const metric = judging.metrics[index]
  if (!metric) return null
  const view = viewBefore(judging, memory, slot)
  const before = windowsNow(view.windows)
  const measures = memory.measures.slice(from, from + judging.metrics.length)
  const { row } = judging
  function isFine(measure: number): boolean {
    measures[index] = measure
    windowsBackTo(view.windows, before)
    placeRow(judging.group, view.seat, { measures, from: 0, bucket: view.bucket, row })
    advance(view.windows, row)
    const value = metric ? fromMeasure(metric, measure) : NaN
    return (judgeMetric(judging, view, { index, value })?.score ?? 0) < score
  }
  return { metric, isFine, ...searched(metric, view, index) }
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
