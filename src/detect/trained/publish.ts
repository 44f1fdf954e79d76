import { slotsPerDay } from './calendar.ts'
import type { GroupModel, MetricModel } from './model.ts'
import { parameters } from './parameters.ts'

/** A metric that did not pass the gate. */
export interface Kept {
  metricId: string
  sentence: string
  /** Whether the metric is judged by the previous model's part. */
  isPreviousInUse: boolean
}

/**
 * Lets a metric's new part pass only if it is calibrated on the latest day; otherwise the previous model's part
 * stays. Where there is none, or it stayed for a day already, the new part is used, and said to be doubtful.
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
    const isPreviousInUse = before !== null && mayStay(before, previous, fresh)
    const sentence = `${sentenceOf(metric, fault)}; ${outcomeOf(before, isPreviousInUse)}.`
    kept.push({ metricId: metric.metricId, sentence, isPreviousInUse })
    return isPreviousInUse ? before : metric
  })
  return { model: { ...fresh, metrics }, kept }
}

/** Once, and as long as it is hardly older than a day: a metric that goes on failing moves on. */
function mayStay(before: MetricModel, previous: GroupModel | null, fresh: GroupModel): boolean {
  const days = (fresh.toSlot - before.toSlot) / slotsPerDay(fresh.slotMs)
  return before.toSlot === previous?.toSlot || days <= parameters.life.keptDays
}

function outcomeOf(before: MetricModel | null, isPreviousInUse: boolean): string {
  if (!before) return 'there is no previous model, so the new one is used'
  return isPreviousInUse
    ? 'the previous model stays in use for it'
    : 'the previous model stayed for long enough, so the new one is used'
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
