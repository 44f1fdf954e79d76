import type { MetricId } from '../contract/model/metric.ts'
import type { ConfidenceLevel } from '../contract/model/profile.ts'
import type { DayKindName } from '../detect/trained/known-days.ts'

/** What people are told of one metric of the model in use. */
export interface MetricSummary {
  /** Epoch ms. Older than the model where its latest training was not taken for this metric. */
  trainedAt: number
  datapoints: number
  /** How the latest training did not hold on the latest day, and what is in use instead; null where it held. */
  keptReason: string | null
  /** Kinds of day of which too little was seen to judge silences on them. */
  unseenDays: readonly DayKindName[]
  /** Alarms a day that normal datapoints of the fleet raise at each level; null where nobody counted. */
  falseAlarmsPerDay: Record<ConfidenceLevel, number> | null
}

/** By metric; `allMetricsTogether` stands for what is judged by the model as a whole. */
export type ModelSummary = Map<MetricId, MetricSummary>

export function writeSummary(summary: ModelSummary): string {
  return JSON.stringify([...summary])
}

export function readSummary(text: string): ModelSummary {
  const stored = JSON.parse(text) as [MetricId, MetricSummary | BeforeUnseenDays][]
  return new Map(stored.map(([metricId, summary]) => [metricId, { unseenDays: [], ...summary }]))
}

/** As it was stored by earlier versions. */
type BeforeUnseenDays = Omit<MetricSummary, 'unseenDays'>
