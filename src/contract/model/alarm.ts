import { z } from 'zod'
import { deviceId } from './device.ts'
import { expectedRange, explanation } from './explanation.ts'
import { metricId } from './metric.ts'
import { confidenceLevel } from './profile.ts'
import { instant } from './time.ts'

/** One id for the whole episode, from in-alarm to its end. */
export const violationId = z
  .string()
  .regex(/^[a-f0-9]{32}$/)
  .brand('ViolationId')
export type ViolationId = z.infer<typeof violationId>

/** AWS's ViolationEventType. Invalidated: nothing to judge for two days. */
export const violationEventType = z.enum(['in-alarm', 'alarm-cleared', 'alarm-invalidated'])
export type ViolationEventType = z.infer<typeof violationEventType>

export const severity = z.enum(['critical', 'high', 'medium', 'low'])
export type Severity = z.infer<typeof severity>

export const alarm = z.object({
  id: violationId,
  deviceId,
  securityProfileName: z.string(),
  behaviorName: z.string(),
  metricId,
  /** `baseline-shift`: what is usual has moved for good; told once, before it is learned. */
  kind: z.enum(['static', 'machine-learning', 'baseline-shift']),
  /** The behavior's setting; null for a static one. */
  confidence: confidenceLevel.nullable(),
  severity,
  state: violationEventType,
  isSuppressed: z.boolean(),
  /** Start of the first violating slot. */
  startedAt: instant,
  /** Start of the last violating slot. */
  lastViolationAt: instant,
  /** When it cleared or was invalidated; null while in alarm. */
  endedAt: instant.nullable(),
  /** The last violating value, in the metric's unit. */
  value: z.number(),
  expected: expectedRange,
  /** Odds of a value this strange on a normal day: 1 in `odds` datapoints. Null for a static behavior. */
  odds: z.number().nullable(),
  /** Why the last violation was one; null for what is not judged by a model. */
  explanation: explanation.nullable(),
  /** Violating datapoints so far. */
  violations: z.number().int(),
})
export type Alarm = z.infer<typeof alarm>

/** One line of an alarm's history. */
export const alarmEvent = z.object({
  alarmId: violationId,
  type: violationEventType,
  at: instant,
  value: z.number().nullable(),
  sentence: z.string(),
})
export type AlarmEvent = z.infer<typeof alarmEvent>

/** AWS's verification states: what a person found out about an alarm. */
export const verificationState = z.enum([
  'TRUE_POSITIVE',
  'BENIGN_POSITIVE',
  'FALSE_POSITIVE',
  'UNKNOWN',
])
export type VerificationState = z.infer<typeof verificationState>

/** A person's mark on an alarm. False positives are learned from; other alarms' datapoints are not. */
export const verification = z.object({
  state: verificationState,
  note: z.string().max(1000),
  /** When it was marked; null while it is not. */
  at: instant.nullable(),
})
export type Verification = z.infer<typeof verification>
