import { createHash } from 'node:crypto'
import {
  violationId,
  type Alarm,
  type AlarmEvent,
  type Severity,
} from '../../contract/model/alarm.ts'
import { allMetricsTogether, metricOf } from '../../contract/model/aws-metrics.ts'
import { deviceId as deviceIdShape } from '../../contract/model/device.ts'
import type { Explanation } from '../../contract/model/explanation.ts'
import { isMl } from '../../contract/model/profile.ts'
import { slotStartAt } from '../../contract/model/time.ts'
import type { BaselineShift } from '../../detect/trained/train.ts'
import { confidenceScore } from '../../detect/confidence.ts'
import type { Datapoint } from '../datapoint.ts'
import type { PointVerdict } from '../engine/protocol.ts'
import { wholeRange } from '../whole-range.ts'
import type { AlarmState } from './alarm-machine.ts'
import type { Finding, ProfiledBehavior } from './behaviors.ts'

/** A behavior on a device that is in alarm or on its way there, as kept in memory and in the store. */
export interface TrackedAlarm {
  state: AlarmState
  /** Null until there are enough violations. */
  alarm: Alarm | null
}

export interface Evidence {
  datapoint: Datapoint
  finding: Finding
  verdict: PointVerdict | null
}

/** Beyond HIGH by three decades: one in 10^9 datapoints. */
const criticalScore = confidenceScore.HIGH + 3

/** What a tracked alarm is kept under. Behavior and profile names hold no slash, device names may. */
export function alarmKey({ securityProfileName, behavior }: ProfiledBehavior, deviceId: string) {
  return `${securityProfileName}/${behavior.name}/${deviceId}`
}

/** A new alarm. Its id follows from what it is about, so that a slot judged twice makes it once. */
export function raiseAlarm(
  profiled: ProfiledBehavior,
  state: AlarmState,
  evidence: Evidence,
): Alarm {
  const { behavior, securityProfileName } = profiled
  const { deviceId, metricId, slot } = evidence.datapoint
  const { criteria } = behavior
  const kind = isMl(criteria) ? 'machine-learning' : 'static'
  return {
    id: idOf(`${alarmKey(profiled, deviceId)}\n${slot}`),
    deviceId,
    securityProfileName,
    behaviorName: behavior.name,
    metricId,
    kind,
    confidence: isMl(criteria) ? criteria.mlDetectionConfig.confidenceLevel : null,
    state: 'in-alarm',
    isSuppressed: behavior.suppressAlerts,
    startedAt: slotStartAt(state.firstViolationSlot),
    endedAt: null,
    ...lastViolation(kind, state, evidence),
  }
}

/**
 * The alarm that a device's usual level moved, if any behavior judges the metric by what is usual. Its id follows
 * from the model that found it, so that it is told once.
 */
export function raiseShift(
  behaviors: ReadonlyMap<string, readonly ProfiledBehavior[]>,
  { deviceId, metricId, from, to }: BaselineShift,
  at: number,
): Alarm | null {
  const profiled = behaviors.get(metricId)?.find(({ behavior }) => isMl(behavior.criteria))
  if (!profiled) return null
  const { behavior, securityProfileName } = profiled
  return {
    id: idOf(`${alarmKey(profiled, deviceId)}\nshift ${at}`),
    deviceId: deviceIdShape.parse(deviceId),
    securityProfileName,
    behaviorName: behavior.name,
    metricId: behavior.metric,
    kind: 'baseline-shift',
    confidence: null,
    state: 'in-alarm',
    isSuppressed: behavior.suppressAlerts,
    startedAt: at,
    endedAt: null,
    value: to,
    expected: { low: from, high: from },
    odds: null,
    explanation: null,
    severity: 'medium',
    violations: 1,
    lastViolationAt: at,
  }
}

/** The alarm after one more violating datapoint. Severity only ever rises. */
export function continueAlarm(alarm: Alarm, state: AlarmState, evidence: Evidence): Alarm {
  const next = { ...alarm, ...lastViolation(alarm.kind, state, evidence) }
  return { ...next, severity: worse(alarm.severity, next.severity) }
}

export function endAlarm(alarm: Alarm, ended: 'alarm-cleared' | 'alarm-invalidated', at: number) {
  return { ...alarm, state: ended, endedAt: at } satisfies Alarm
}

/** The line in the alarm's history. */
export function eventOf(alarm: Alarm, at: number): AlarmEvent {
  return {
    alarmId: alarm.id,
    type: alarm.state,
    at,
    value: alarm.value,
    sentence: sentenceOf(alarm),
  }
}

function lastViolation(kind: Alarm['kind'], state: AlarmState, evidence: Evidence) {
  const { datapoint, finding } = evidence
  const verdict = kind === 'machine-learning' ? evidence.verdict : null
  const score = verdict?.score ?? null
  const explanation = verdict?.explanation ?? null
  return {
    value: finding.value,
    expected: expectedOf(evidence, explanation),
    odds: score === null ? null : 10 ** score,
    explanation,
    severity: severityOf(score),
    violations: state.violations,
    lastViolationAt: slotStartAt(datapoint.slot),
  }
}

/**
 * The range of an ordinary day, which is what people compare with; or, of a value that lies within it and is strange
 * only after what came before, the values that would not have alarmed then.
 */
function expectedOf({ datapoint, finding }: Evidence, explanation: Explanation | null) {
  const { low, high } = finding.expected
  const isOutside = (low !== null && finding.value < low) || (high !== null && finding.value > high)
  const asThingsStood = isOutside ? null : explanation?.counterfactual
  return asThingsStood ? wholeRange(datapoint.metricId, asThingsStood) : finding.expected
}

/** A fixed limit has no odds; someone set it on purpose, so it counts as high. */
function severityOf(score: number | null): Severity {
  if (score === null) return 'high'
  if (score >= criticalScore) return 'critical'
  if (score >= confidenceScore.HIGH) return 'high'
  return score >= confidenceScore.MEDIUM ? 'medium' : 'low'
}

const severities: Severity[] = ['low', 'medium', 'high', 'critical']

function worse(a: Severity, b: Severity): Severity {
  return severities.indexOf(a) > severities.indexOf(b) ? a : b
}

function idOf(seed: string): Alarm['id'] {
  return violationId.parse(createHash('sha256').update(seed).digest('hex').slice(0, 32))
}

function sentenceOf({ state, metricId, value, kind, expected }: Alarm): string {
  const { name, unit } = metricOf(metricId)
  const figure = figureOf(value)
  if (kind === 'baseline-shift') {
    return state === 'in-alarm'
      ? `${name}: what is usual moved from ${figureOf(expected.low ?? 0)} to ${figure} ${unit}`.trim()
      : 'The new level has been learned as usual'
  }
  if (state === 'in-alarm' && metricId === allMetricsTogether.id) {
    return `${name}: 1 in ${figureOf(10 ** value)} datapoints`
  }
  if (state === 'in-alarm') return `${name}: ${figure} ${unit}`.trim()
  if (state === 'alarm-cleared') return `${name} is back to what is expected`
  return 'For two days there was nothing to judge, so the alarm says nothing any more'
}

function figureOf(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: value < 1000 ? 1 : 0 })
}
