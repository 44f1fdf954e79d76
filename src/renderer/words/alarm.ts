import { allMetricsTogether, metricOf } from '../../contract/model/aws-metrics.ts'
import type { Alarm, Severity, ViolationEventType } from '../../contract/model/alarm.ts'
import type { ExpectedRange } from '../../contract/model/explanation.ts'
import type { Behavior, SecurityProfile } from '../../contract/model/profile.ts'
import { formatSpan } from './age.ts'
import { deedWords } from './deed.ts'
import { inertShort } from './inert.ts'
import { formatClock, formatMoment, type Zone } from './instant.ts'
import { strongestLine } from './reasons.ts'
import { formatExcess, formatOdds, formatRange, formatValue } from './value.ts'

export const severityWords = {
  critical: 'Critical',
  high: 'High',
  medium: 'Medium',
  low: 'Low',
} satisfies Record<Severity, string>

const stateWords = {
  'in-alarm': 'In alarm',
  'alarm-cleared': 'Cleared',
  'alarm-invalidated': 'Invalidated',
} satisfies Record<ViolationEventType, string>

/**
 * What an alarm rests on: a fixed `limit`, a `value` outside its range, a value inside whose `history` or relation to
 * the other metrics is strange, all metrics `together`, or a `shift` of what is usual.
 */
export type AlarmBasis = 'limit' | 'value' | 'history' | 'together' | 'shift'

export function basisOf(alarm: Alarm): AlarmBasis {
  if (alarm.kind === 'static') return 'limit'
  if (alarm.kind === 'baseline-shift') return 'shift'
  if (alarm.metricId === allMetricsTogether.id) return 'together'
  return isWithin(alarm.value, alarm.expected) ? 'history' : 'value'
}

/** The state of an alarm, or of one line of its history. A shift of what is usual is told and learned. */
export function stateWordsOf({ kind }: Pick<Alarm, 'kind'>, state: ViolationEventType): string {
  if (kind !== 'baseline-shift') return stateWords[state]
  return state === 'in-alarm' ? 'Level has moved' : 'Learned'
}

/** The value that raised the alarm: "412 messages in 5 min". Gauges and sizes are not sums, so they have no span. */
export function actualWords(alarm: Alarm): string {
  const metric = metricOf(alarm.metricId)
  const value = formatValue(alarm.value, metric)
  const words = metric.kind === 'counter' ? `${value} in 5 min` : value
  return basisOf(alarm) === 'shift' ? `now ${words}` : words
}

/** What the value should have been: "usually 20–60 messages", "limit: at most 5 ports". */
export function expectedWords(alarm: Alarm): string {
  const range = formatRange(alarm.expected, metricOf(alarm.metricId))
  const basis = basisOf(alarm)
  if (basis === 'limit') return `limit: ${range}`
  if (basis === 'shift') return `before ${range}`
  return basis === 'history' ? `in itself usual: ${range}` : `usually ${range}`
}

/** Actual beside expected in one line of a list. */
export function comparisonWords(alarm: Alarm): string {
  const parts = {
    limit: () => [actualWords(alarm), expectedWords(alarm), excessOf(alarm)],
    value: () => [actualWords(alarm), expectedWords(alarm), excessOf(alarm)],
    history: () => [strongestLine(alarm) ?? actualWords(alarm), 'the value itself is usual'],
    together: () => [`together ${actualWords(alarm)}`, 'no single metric is out of range'],
    shift: () => [`usual ${actualWords(alarm)}`, expectedWords(alarm)],
  }
  return parts[basisOf(alarm)]().filter(Boolean).join(', ')
}

/** Which device, what changed and how unusual that is. */
export function reasonSentences(alarm: Alarm, zone: Zone): string {
  const metric = metricOf(alarm.metricId)
  const name = inertShort(alarm.deviceId)
  const at = formatMoment(alarm.lastViolationAt, zone)
  const basis = basisOf(alarm)
  if (basis === 'shift') return shiftSentence(alarm)
  if (basis === 'together')
    return `No single metric of ${name} is out of range at ${at}; together they are ${actualWords(alarm)} datapoints of a normal day.`
  const span = metric.kind === 'counter' ? `in the 5 minutes from ${at}` : `at ${at}`
  return `${name} ${deedWords(alarm.value, metric)} ${span}; ${normWords(alarm)}. ${oddsWords(alarm)}`
}

/** Since when, and whether it is still going on, at the station's time `now`. */
export function courseSentence(alarm: Alarm, now: number, zone: Zone): string {
  const began = formatMoment(alarm.startedAt, zone)
  if (basisOf(alarm) === 'shift') {
    const found = `Found by the training of ${began}, ${formatSpan(now - alarm.startedAt)} ago`
    return alarm.endedAt === null
      ? `${found}; the next training learns the new level.`
      : `${found}; the training of ${formatMoment(alarm.endedAt, zone)} learned the new level.`
  }
  const count =
    alarm.violations === 1 ? '1 violating datapoint' : `${alarm.violations} violating datapoints`
  if (alarm.endedAt === null)
    return `It began ${began}, ${formatSpan(now - alarm.startedAt)} ago, and is still going on: ${count} so far.`
  const end = alarm.state === 'alarm-invalidated' ? 'was invalidated' : 'cleared'
  const lasted = formatSpan(alarm.endedAt - alarm.startedAt)
  return `It began ${began} and ${end} at ${formatClock(alarm.endedAt, zone)} after ${lasted}: ${count}.`
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

function isWithin(value: number, { low, high }: ExpectedRange): boolean {
  return (low === null || value >= low) && (high === null || value <= high)
}

function excessOf({ value, expected, metricId }: Alarm): string {
  // Decades are no amount: twice as many are not twice as much.
  return metricId === allMetricsTogether.id ? '' : formatExcess(value, expected)
}

function shiftSentence(alarm: Alarm): string {
  const metric = metricOf(alarm.metricId)
  const perSlot = metric.kind === 'counter' ? ' in 5 min' : ''
  const before = formatRange(alarm.expected, metric)
  const now = formatValue(alarm.value, metric)
  return `What is usual for ${metric.name.toLowerCase()} of ${inertShort(alarm.deviceId)} has moved for good, from ${before} to ${now}${perSlot}. It is told once, before it is learned as usual.`
}

function normWords(alarm: Alarm): string {
  const range = formatRange(alarm.expected, metricOf(alarm.metricId))
  const basis = basisOf(alarm)
  if (basis === 'history') return `in itself that is usual (${range}), but ${historyWords(alarm)}`
  const excess = excessOf(alarm)
  const norm = basis === 'limit' ? `the limit is ${range}` : `it is usually ${range}`
  return excess ? `${norm}, so that is ${excess}` : norm
}

function historyWords(alarm: Alarm): string {
  const strongest = strongestLine(alarm)
  return strongest
    ? `not with what came before or goes along: ${strongest}`
    : 'not with what came before or goes along'
}

function oddsWords(alarm: Alarm): string {
  if (alarm.odds === null) return 'The limit is a fixed one, set in the security profile.'
  const strange = basisOf(alarm) === 'history' ? 'this strange' : 'this far out'
  return `On a normal day ${formatOdds(alarm.odds)} datapoints is ${strange}.`
}
