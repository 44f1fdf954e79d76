import { z } from 'zod'
import { metricId } from './metric.ts'
import { instant, slotMs } from './time.ts'

const awsName = z.string().regex(/^[a-zA-Z0-9:_-]{1,128}$/, '1-128 of a-z A-Z 0-9 : _ -')

/** How sure an alarm must be. HIGH: p <= 1e-6 a datapoint, MEDIUM 1e-5, LOW 1e-4 (most sensitive). */
export const confidenceLevel = z.enum(['LOW', 'MEDIUM', 'HIGH'])
export type ConfidenceLevel = z.infer<typeof confidenceLevel>

export const comparisonOperator = z.enum([
  'less-than',
  'less-than-equals',
  'greater-than',
  'greater-than-equals',
])

const consecutive = z.number().int().min(1).max(10).default(1)

const datapointCounts = {
  consecutiveDatapointsToAlarm: consecutive,
  consecutiveDatapointsToClear: consecutive,
}

/** Describes NORMAL behavior: the alarm is raised when a datapoint does not match it. */
export const staticCriteria = z.strictObject({
  comparisonOperator,
  value: z.union([
    z.strictObject({ count: z.number().int().min(0) }),
    z.strictObject({ number: z.number() }),
  ]),
  /** Only single slots are evaluated. Message size takes no duration. */
  durationSeconds: z.literal(slotMs / 1000).optional(),
  ...datapointCounts,
})
export type StaticCriteria = z.infer<typeof staticCriteria>

export const mlCriteria = z.strictObject({
  mlDetectionConfig: z.strictObject({ confidenceLevel }),
  ...datapointCounts,
})
export type MlCriteria = z.infer<typeof mlCriteria>

/** A behavior, in the field names of AWS's CreateSecurityProfile. */
export const behavior = z.strictObject({
  name: awsName,
  metric: metricId,
  criteria: z.union([staticCriteria, mlCriteria]),
  /** Evaluated and listed, but nobody is notified. */
  suppressAlerts: z.boolean().default(false),
})
export type Behavior = z.infer<typeof behavior>

/** A security profile. Its target is the whole fleet. */
export const securityProfile = z.strictObject({
  securityProfileName: awsName,
  securityProfileDescription: z.string().max(1000).optional(),
  behaviors: behavior.array().min(1).max(100),
})
export type SecurityProfile = z.infer<typeof securityProfile>

/** State of one machine learning behavior's model, as AWS's GetBehaviorModelTrainingSummaries. */
export const trainingSummary = z.object({
  securityProfileName: z.string(),
  behaviorName: z.string(),
  modelStatus: z.enum(['PENDING_BUILD', 'ACTIVE', 'EXPIRED']),
  /** 0..100 of the minimum number of datapoints. */
  datapointsCollectionPercentage: z.number().min(0).max(100),
  trainingDataCollectionStartDate: instant.nullable(),
  lastModelRefreshDate: instant.nullable(),
  /** Alarms a day that normal datapoints of this fleet would raise at each level; null without a model. */
  falseAlarmsPerDay: z.object({ LOW: z.number(), MEDIUM: z.number(), HIGH: z.number() }).nullable(),
  /** How the last training's model did not hold on the latest day, and what is in use instead; null where it held. */
  keptModelReason: z.string().nullable(),
})
export type TrainingSummary = z.infer<typeof trainingSummary>

/** True when the behavior is judged by a trained model rather than by a fixed limit. */
export function isMl(criteria: Behavior['criteria']): criteria is MlCriteria {
  return 'mlDetectionConfig' in criteria
}
