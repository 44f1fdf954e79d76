import { metricOf } from '../../contract/model/aws-metrics.ts'
import type { ExpectedRange } from '../../contract/model/explanation.ts'
import type { MetricId } from '../../contract/model/metric.ts'
import {
  isMl,
  type Behavior,
  type ConfidenceLevel,
  type SecurityProfile,
  type StaticCriteria,
} from '../../contract/model/profile.ts'
import { confidenceScore } from '../../detect/confidence.ts'
import type { Datapoint } from '../datapoint.ts'
import { valueOf } from '../datapoint-value.ts'
import type { PointVerdict } from '../engine/protocol.ts'
import { wholeRange } from '../whole-range.ts'
import type { Outcome } from './alarm-machine.ts'

/** A behavior with the profile it belongs to. */
export interface ProfiledBehavior {
  securityProfileName: string
  behavior: Behavior
}

/** What a behavior says of a datapoint. */
export interface Finding {
  outcome: Outcome
  value: number
  expected: ExpectedRange
}

/** Behaviors by the metric they watch. */
export function behaviorsByMetric(
  profiles: readonly SecurityProfile[],
): Map<MetricId, ProfiledBehavior[]> {
  const byMetric = new Map<MetricId, ProfiledBehavior[]>()
  for (const { securityProfileName, behaviors } of profiles) {
    for (const behavior of behaviors) {
      const others = byMetric.get(behavior.metric) ?? []
      byMetric.set(behavior.metric, [...others, { securityProfileName, behavior }])
    }
  }
  return byMetric
}

/** The lowest level at which one of a metric's behaviors is violated; null where none is judged by a model. */
export function mostSensitive(profiled: readonly ProfiledBehavior[]): ConfidenceLevel | null {
  const levels = profiled.flatMap(({ behavior: { criteria } }) =>
    isMl(criteria) ? [criteria.mlDetectionConfig.confidenceLevel] : [],
  )
  return levels.toSorted((a, b) => confidenceScore[a] - confidenceScore[b])[0] ?? null
}

/** Holds a datapoint against a behavior. Criteria describe what is normal. */
export function examine(
  { criteria }: Behavior,
  datapoint: Datapoint,
  verdict: PointVerdict | null,
): Finding {
  return isMl(criteria)
    ? examineLearned(datapoint, verdict, criteria.mlDetectionConfig.confidenceLevel)
    : examineStatic(datapoint, criteria)
}

function examineLearned(
  datapoint: Datapoint,
  verdict: PointVerdict | null,
  confidence: keyof typeof confidenceScore,
): Finding {
  const value = valueOf(metricOf(datapoint.metricId).kind, datapoint.measure)
  if (!verdict) return { outcome: 'unknown', value, expected: { low: null, high: null } }
  const expected = wholeRange(datapoint.metricId, verdict.expected[confidence])
  const isViolating = verdict.score >= confidenceScore[confidence]
  // A partial counter is a lower bound: enough to prove too much, never too little, and never normal.
  const isProof = !datapoint.isPartial || (isViolating && verdict.direction === 'above')
  // Of a device that is known for less than a day it can only say that it is not like the others: many are not.
  if (!isProof || verdict.isProvisional) {
    return { outcome: 'unknown', value, expected }
  }
  return { outcome: isViolating ? 'violating' : 'conforming', value, expected }
}

function examineStatic(datapoint: Datapoint, criteria: StaticCriteria): Finding {
  const limit = 'count' in criteria.value ? criteria.value.count : criteria.value.number
  const isUpper = criteria.comparisonOperator.startsWith('less')
  const value = strictestValue(datapoint, isUpper)
  const expected = isUpper ? { low: null, high: limit } : { low: limit, high: null }
  const isNormal = holds(criteria.comparisonOperator, value, limit)
  if (datapoint.isPartial && (isNormal || !isUpper)) return { outcome: 'unknown', value, expected }
  return { outcome: isNormal ? 'conforming' : 'violating', value, expected }
}

/** A limit on message size is a limit on each message, so its largest or smallest one is compared. */
function strictestValue({ metricId, measure }: Datapoint, isUpper: boolean): number {
  const { kind } = metricOf(metricId)
  if (kind !== 'size') return valueOf(kind, measure)
  return isUpper ? measure.max : measure.min
}

function holds(operator: StaticCriteria['comparisonOperator'], value: number, limit: number) {
  if (operator === 'less-than') return value < limit
  if (operator === 'less-than-equals') return value <= limit
  if (operator === 'greater-than') return value > limit
  return value >= limit
}
