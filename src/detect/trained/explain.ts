import { confidenceScore } from '../confidence.ts'
import { counterfactual } from './counterfactual.ts'
import { recall, type DeviceMemory } from './device-memory.ts'
import { evidenceOf } from './evidence.ts'
import type { CoFiring, ComponentEvidence, Explanation } from './explanation.ts'
import type { ExplanationQuery } from './judge.ts'
import { judgeMetric, readAt, scoreOfValue } from './judge-metric.ts'
import { occasionAt, readingOf, viewAt, type Judging, type View } from './judging.ts'
import { fromLog } from './log-scale.ts'
import type { MetricModel } from './model.ts'
import { parameters } from './parameters.ts'
import { fromMeasure } from './places.ts'
import { recallScores } from './recent-scores.ts'

/** Rounding may lift what is next to LOW, nothing else does. */
const mayFire = 0.99 * confidenceScore.LOW

/** The reasons for a remembered datapoint's verdict, worked out from the model and the device's last day. */
export function explain(
  judging: Judging,
  memory: DeviceMemory,
  { slot, metricId, confidence }: ExplanationQuery,
): Explanation | null {
  const index = judging.model.metricIds.indexOf(metricId)
  const metric = judging.metrics[index]
  const measures = measuresAt(judging, memory, slot)
  const measure = measures?.[index] ?? NaN
  if (!metric || !measures || Number.isNaN(measure)) return null
  const value = fromMeasure(metric, measure)
  const view = viewAt(judging, memory, slot)
  const verdict = judgeMetric(judging, view, { index, value })
  if (!verdict) return null
  const { readers } = readAt(judging, view, index)
  const head = judging.heads.leading
  const decades = [...judging.heads.decades.subarray(0, readers.length)]
  const components = componentsIn(judging, view, { index, confidence, head, decades, value })
  const usual = { device: verdict.centre, fleet: fleetUsual(metric, view.bucket) }
  const expected = verdict.expected[confidence]
  const score = confidenceScore[confidence]
  return {
    value,
    score: verdict.score,
    odds: 10 ** verdict.score,
    head: components[0]?.head ?? 'fast',
    expected,
    centre: verdict.centre,
    components,
    usual,
    counterfactual: counterfactual(judging, view, { index, score, expected, measures }),
    // Last, for it looks at other slots.
    coFiring: coFiringWith(judging, memory, { index, slot }),
    isProvisional: verdict.isProvisional,
  }
}

/** By metric index; null where the slot is not remembered. */
function measuresAt({ metrics }: Judging, memory: DeviceMemory, slot: number): Float64Array | null {
  const from = recall(memory, slot)
  return from < 0 ? null : memory.measures.subarray(from, from + metrics.length)
}

/** Those of the deciding head that add something, the largest first. */
function componentsIn(
  judging: Judging,
  view: View,
  asked: {
    index: number
    confidence: ExplanationQuery['confidence']
    head: number
    decades: readonly number[]
    value: number
  },
): ComponentEvidence[] {
  const { index, confidence, head, decades, value } = asked
  const { readers } = readingOf(judging, view, index)
  const weights = decades.map((own, component) =>
    readers[component]?.head === head ? own ** parameters.head.norm : 0,
  )
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights
    .flatMap((weight, component) => {
      if (weight <= 0) return []
      const share = weight / total
      const evidence = evidenceOf(judging, view, { index, component, confidence, share, value })
      return evidence ? [evidence] : []
    })
    .sort((a, b) => b.share - a.share)
}

function fleetUsual(metric: MetricModel, bucket: number): number {
  const level = metric.devices.levels[metric.devices.rows.size] ?? 0
  if (metric.family === 'sparse') return level
  return fromLog(level + (metric.shape[bucket] ?? 0), metric.unit)
}

/** Other metrics that reached LOW within half an hour, each at its strangest slot. */
function coFiringWith(
  judging: Judging,
  memory: DeviceMemory,
  { index, slot }: { index: number; slot: number },
): CoFiring[] {
  const around = Math.max(1, Math.round(parameters.life.coFiringMs / judging.model.slotMs))
  const strangest = new Map<string, CoFiring>()
  for (let near = slot - around; near <= slot + around; near++) {
    if (recall(memory, near) < 0) continue
    for (const each of firingAt(judging, memory, near)) {
      if (judging.model.metricIds[index] === each.metricId) continue
      if (each.score > (strangest.get(each.metricId)?.score ?? 0))
        strangest.set(each.metricId, each)
    }
  }
  return [...strangest.values()].sort((a, b) => b.score - a.score)
}

function firingAt(judging: Judging, memory: DeviceMemory, slot: number): CoFiring[] {
  const scores = scoresAt(judging, memory, slot)
  return judging.metrics.flatMap((metric, index) => {
    const score = scores[index] ?? 0
    return metric && score >= confidenceScore.LOW
      ? [{ metricId: metric.metricId, slot, score }]
      : []
  })
}

/** By metric index. What was remembered only is judged now. */
function scoresAt(judging: Judging, memory: DeviceMemory, slot: number): ArrayLike<number> {
  const { metrics } = judging
  const measures = measuresAt(judging, memory, slot)
  const valueOf = (metric: MetricModel, index: number) =>
    fromMeasure(metric, measures?.[index] ?? NaN)
  const known = knownScores(memory, slot, metrics.length)
  if (!known) {
    const view = viewAt(judging, memory, slot)
    return metrics.map((metric, index) => {
      const value = metric ? valueOf(metric, index) : NaN
      return judgeMetric(judging, view, { index, value })?.score ?? 0
    })
  }
  if (known.every((score) => score < mayFire)) return known
  const occasion = occasionAt(judging, memory, slot)
  return known.map((score, index) => {
    const metric = metrics[index]
    if (!metric || score < mayFire) return score
    return scoreOfValue(judging, occasion, { metric, index, value: valueOf(metric, index), score })
  })
}

/** By metric index; null where one is not known. */
function knownScores({ recent }: DeviceMemory, slot: number, metrics: number): Float64Array | null {
  const from = recallScores(recent, slot)
  if (from < 0) return null
  const scores = recent.scores.subarray(from, from + metrics)
  return scores.some(Number.isNaN) ? null : scores
}
