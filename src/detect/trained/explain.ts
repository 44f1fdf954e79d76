import { confidenceScore } from '../confidence.ts'
import { counterfactual } from './counterfactual.ts'
import { recall, type DeviceMemory } from './device-memory.ts'
import { evidenceOf } from './evidence.ts'
import type { CoFiring, ComponentEvidence, Explanation } from './explanation.ts'
import { leadingHead } from './heads.ts'
import type { ExplanationQuery } from './judge.ts'
import { judgeMetric, readAt } from './judge-metric.ts'
import { viewAt, type Judging, type View } from './judging.ts'
import { fromLog } from './log-scale.ts'
import type { MetricModel } from './model.ts'
import { parameters } from './parameters.ts'
import { fromMeasure } from './places.ts'

/** The reasons for a remembered datapoint's verdict, worked out from the model and the device's last day. */
export function explain(
  judging: Judging,
  memory: DeviceMemory,
  { slot, metricId, confidence }: ExplanationQuery,
): Explanation | null {
  const index = judging.model.metricIds.indexOf(metricId)
  const metric = judging.metrics[index]
  const value = metric ? valueAt(memory, metric, { index, slot }) : NaN
  if (!metric || Number.isNaN(value)) return null
  const view = viewAt(judging, memory, slot)
  const verdict = judgeMetric(judging, view, { index, value })
  if (!verdict) return null
  const { readers } = readAt(judging, view, index)
  const head = leadingHead(judging.heads, metric)
  const decades = [...judging.heads.decades.subarray(0, readers.length)]
  const components = componentsIn(judging, view, { index, confidence, head, decades, value })
  const usual = { device: verdict.centre, fleet: fleetUsual(metric, view.bucket) }
  const score = confidenceScore[confidence]
  return {
    value,
    score: verdict.score,
    odds: 10 ** verdict.score,
    head,
    expected: verdict.expected[confidence],
    centre: verdict.centre,
    components,
    usual,
    coFiring: coFiringWith(judging, memory, { index, slot }),
    counterfactual: counterfactual(judging, memory, { index, slot, score }),
    isProvisional: verdict.isProvisional,
  }
}

function valueAt(
  memory: DeviceMemory,
  metric: MetricModel,
  { index, slot }: { index: number; slot: number },
): number {
  const from = recall(memory, slot)
  return from < 0 ? NaN : fromMeasure(metric, memory.measures[from + index] ?? NaN)
}

/** Those of the deciding head that add something, the largest first. */
function componentsIn(
  judging: Judging,
  view: View,
  asked: {
    index: number
    confidence: ExplanationQuery['confidence']
    head: 'fast' | 'slow'
    decades: readonly number[]
    value: number
  },
): ComponentEvidence[] {
  const { index, confidence, head, decades, value } = asked
  const total = judging.heads[head]
  return decades
    .flatMap((own, component) => {
      if (own <= 0) return []
      const share = (own / total) ** parameters.head.norm
      const evidence = evidenceOf(judging, view, { index, component, confidence, share, value })
      return evidence?.head === head ? [evidence] : []
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
  const view = viewAt(judging, memory, slot)
  return judging.metrics.flatMap((metric, index) => {
    if (!metric) return []
    const value = valueAt(memory, metric, { index, slot })
    const score = judgeMetric(judging, view, { index, value })?.score ?? 0
    return score >= confidenceScore.LOW ? [{ metricId: metric.metricId, slot, score }] : []
  })
}
