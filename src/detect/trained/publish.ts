import { slotsPerDay } from './calendar.ts'
import type { GroupModel, MetricModel } from './model.ts'
import { parameters } from './parameters.ts'

/** A metric that did not pass the gate. */
export interface Kept {
  metricId: string
  sentence: string
}

/**
 * Lets a metric's new part pass only if it is calibrated on the latest day; otherwise the previous model's part
 * stays. Where there is none, or none but an old one, the new part is used, and said to be doubtful.
 *
 * `latestDay`: by metric index, scores of the day's datapoints by tails that had not seen them.
 */
export function keepUncalibrated(
  fresh: GroupModel,
  previous: GroupModel | null,
  latestDay: readonly Float32Array[],
): { model: GroupModel; kept: Kept[] } {
  const kept: Kept[] = []
  const metrics = fresh.metrics.map((metric, index) => {
    const fault = metric && faultOf(latestDay[index] ?? new Float32Array(0))
    if (!metric || !fault) return metric
    const before = partOf(previous, fresh, metric.metricId)
    const isOld = before !== null && daysBetween(before, fresh) > parameters.life.keptDays
    const inUse = before && !isOld ? before : metric
    const sentence = `${sentenceOf(metric, fault)}; ${outcomeOf(before, isOld)}.`
    kept.push({ metricId: metric.metricId, sentence })
    return inUse
  })
  return { model: { ...fresh, metrics }, kept }
}

function daysBetween(before: MetricModel, fresh: GroupModel): number {
  return (fresh.toSlot - before.toSlot) / slotsPerDay(fresh.slotMs)
}

function outcomeOf(before: MetricModel | null, isOld: boolean): string {
  if (!before) return 'there is no previous model, so the new one is used'
  return isOld
    ? 'the previous model is too old to stay, so the new one is used'
    : 'the previous model stays in use for it'
}

interface Fault {
  reached: number
  points: number
}

/**
 * Whether too many or too few datapoints reached the gate's score. Strange datapoints come in rows, so that their
 * number scatters as if there were fewer.
 */
function faultOf(scores: Float32Array): Fault | null {
  const { p, least, most, alike, deviations } = parameters.life.gate
  const points = scores.length
  const gate = -Math.log10(p)
  const reached = scores.reduce((count, score) => count + Number(score >= gate), 0)
  const slack = (share: number) => deviations * Math.sqrt(points * share * alike)
  const isTooMany = reached > points * p * most + slack(p * most)
  const isTooFew = reached < points * p * least - slack(p * least)
  return isTooMany || isTooFew ? { reached, points } : null
}

function sentenceOf({ metricId }: MetricModel, { reached, points }: Fault): string {
  const expected = Math.round(points * parameters.life.gate.p)
  return `${metricId}: ${reached} of the last day's ${points} datapoints were as strange as ${expected} should be`
}

/** Null where the previous model cannot judge the metric in the new one's slots. */
function partOf(
  previous: GroupModel | null,
  fresh: GroupModel,
  metricId: string,
): MetricModel | null {
  if (!previous || previous.slotMs !== fresh.slotMs) return null
  return previous.metrics[previous.metricIds.indexOf(metricId)] ?? null
}
