import { metricOf } from '../../contract/model/aws-metrics.ts'
import type { Alarm, Severity, ViolationEventType } from '../../contract/model/alarm.ts'
import { isMl, type Behavior, type SecurityProfile } from '../../contract/model/profile.ts'
import { slotMs } from '../../contract/model/time.ts'
import { formatSpan } from './age.ts'
import { deedWords } from './deed.ts'
import { inertShort } from './inert.ts'
import { formatClock, formatMoment, type Zone } from './instant.ts'
import { formatExcess, formatOdds, formatRange, formatValue } from './value.ts'

export const severityWords = {
  critical: 'Critical',
  high: 'High',
  medium: 'Medium',
  low: 'Low',
} satisfies Record<Severity, string>

export const stateWords = {
  'in-alarm': 'In alarm',
  'alarm-cleared': 'Cleared',
  'alarm-invalidated': 'Invalidated',
} satisfies Record<ViolationEventType, string>

/** The value that raised the alarm: "412 messages in 5 min". Gauges and sizes are not sums, so they have no span. */
export function actualWords(alarm: Alarm): string {
  const metric = metricOf(alarm.metricId)
  const value = formatValue(alarm.value, metric)
  return metric.kind === 'counter' ? `${value} in 5 min` : value
}

/** What the value should have been: "usually 20–60 messages", "limit: at most 5 ports". */
export function expectedWords(alarm: Alarm): string {
  const range = formatRange(alarm.expected, metricOf(alarm.metricId))
  return alarm.kind === 'static' ? `limit: ${range}` : `usually ${range}`
}

/** Actual beside expected in one line of a list. */
export function comparisonWords(alarm: Alarm): string {
  const excess = formatExcess(alarm.value, alarm.expected)
  return [actualWords(alarm), expectedWords(alarm), excess].filter(Boolean).join(', ')
}

/** Which device, what changed and how unusual that is. */
export function reasonSentences(alarm: Alarm, zone: Zone): string {
  const metric = metricOf(alarm.metricId)
  const at = formatMoment(alarm.lastViolationAt, zone)
  const span = metric.kind === 'counter' ? `in the 5 minutes from ${at}` : `at ${at}`
  return `${inertShort(alarm.deviceId)} ${deedWords(alarm.value, metric)} ${span}; ${normWords(alarm)}. ${oddsWords(alarm)}`
}

/** Since when, and whether it is still going on, at the station's time `now`. */
export function courseSentence(alarm: Alarm, now: number, zone: Zone): string {
  const count =
    alarm.violations === 1 ? '1 violating datapoint' : `${alarm.violations} violating datapoints`
  const began = `It began ${formatMoment(alarm.startedAt, zone)}`
  if (alarm.endedAt === null)
    return `${began}, ${formatSpan(now - alarm.startedAt)} ago, and is still going on: ${count} so far.`
  const end = alarm.state === 'alarm-invalidated' ? 'was invalidated' : 'cleared'
  const lasted = formatSpan(alarm.endedAt - alarm.startedAt)
  return `${began} and ${end} at ${formatClock(alarm.endedAt, zone)} after ${lasted}: ${count}.`
}

/** What ends the alarm. `behavior` is unknown when the profile has changed since. */
export function clearingSentence(alarm: Alarm, behavior: Behavior | undefined): string {
  if (alarm.state === 'alarm-cleared')
    return 'It has cleared. A new violation would start a new alarm.'
  if (alarm.state === 'alarm-invalidated')
    return 'It was invalidated, because for two days there was nothing to judge.'
  if (!behavior)
    return 'Its behavior is no longer in any security profile, so nothing judges it now.'
  const count = behavior.criteria.consecutiveDatapointsToClear
  const range = formatRange(alarm.expected, metricOf(alarm.metricId))
  const datapoints = count === 1 ? '1 datapoint' : `${count} datapoints in a row`
  const inside = alarm.expected.low === null || alarm.expected.high === null ? 'of' : 'within'
  return `${datapoints} ${inside} ${range} (${formatSpan(count * slotMs)}). Missing data never clears it; two days of silence invalidate it.`
}

/** The behavior that raised an alarm, or nothing when it has been removed. */
export function behaviorOf(
  alarm: Alarm,
  profiles: readonly SecurityProfile[],
): Behavior | undefined {
  return profiles
    .find(({ securityProfileName }) => securityProfileName === alarm.securityProfileName)
    ?.behaviors.find(({ name }) => name === alarm.behaviorName)
}

/** A behavior's rule in plain words. */
export function ruleWords(behavior: Behavior): string {
  const { criteria } = behavior
  if (isMl(criteria))
    return `learned, ${criteria.mlDetectionConfig.confidenceLevel.toLowerCase()} confidence`
  const limit = 'count' in criteria.value ? criteria.value.count : criteria.value.number
  const words = criteria.comparisonOperator.replaceAll('-', ' ').replace('equals', 'or equal to')
  return `normal is ${words} ${formatValue(limit, metricOf(behavior.metric))}`
}

function normWords(alarm: Alarm): string {
  const range = formatRange(alarm.expected, metricOf(alarm.metricId))
  const excess = formatExcess(alarm.value, alarm.expected)
  const norm = alarm.kind === 'static' ? `the limit is ${range}` : `it is usually ${range}`
  return excess ? `${norm}, so that is ${excess}` : norm
}

function oddsWords(alarm: Alarm): string {
  if (alarm.odds === null) return 'The limit is a fixed one, set in the security profile.'
  return `On a normal day ${formatOdds(alarm.odds)} datapoints is this far out.`
}
