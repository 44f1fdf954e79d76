import { inert } from '../../contract/words/inert.ts'
import type { Alarm } from '../../contract/model/alarm.ts'
import type { Isolation } from '../../contract/model/quarantine.ts'

/**
 * What another system is told: the body of a webhook, the payload of an MQTT message, both as JSON. Names are as devices
 * gave them: hostile text.
 */
export interface Notification {
  version: 1
  /** The same whenever it is sent again: what has it already may leave it. */
  id: string
  /** `isolation`: the device is, or was, taken off the network. */
  kind: 'alarm' | 'isolation'
  /** Of the station. */
  site: string
  /** ISO 8601, UTC. */
  sentAt: string
  deviceId: string
  /** For people; inert. */
  sentence: string
  /** Who had it sent, and why. */
  by: string
  reason: string
  /** As `alarms.get` gives them; epoch ms. */
  alarms: NotifiedAlarm[]
  isolation: Pick<Isolation, 'id' | 'state' | 'startedAt' | 'releaseAt'> | null
}

export type NotifiedAlarm = Pick<
  Alarm,
  | 'id'
  | 'securityProfileName'
  | 'behaviorName'
  | 'metricId'
  | 'kind'
  | 'confidence'
  | 'severity'
  | 'state'
  | 'startedAt'
  | 'lastViolationAt'
  | 'endedAt'
  | 'value'
  | 'expected'
>

/** Alarms in one notification. */
const mostAlarms = 25

export function notificationOf({
  alarms,
  isolation,
  ...given
}: Pick<Notification, 'id' | 'site' | 'sentAt' | 'deviceId' | 'by' | 'reason' | 'isolation'> & {
  alarms: readonly Alarm[]
}): Notification {
  const told = alarms.slice(0, mostAlarms).map(notified)
  const kind = isolation ? 'isolation' : 'alarm'
  const sentence = sentenceOf(given.deviceId, told, isolation)
  return { version: 1, ...given, kind, sentence, alarms: told, isolation }
}

function notified(alarm: Alarm): NotifiedAlarm {
  const { id, securityProfileName, behaviorName, metricId, kind, confidence } = alarm
  const { severity, state, startedAt, lastViolationAt, endedAt, value, expected } = alarm
  const rule = { id, securityProfileName, behaviorName, metricId, kind, confidence }
  return { ...rule, severity, state, startedAt, lastViolationAt, endedAt, value, expected }
}

function sentenceOf(
  deviceId: string,
  alarms: readonly NotifiedAlarm[],
  isolation: Notification['isolation'],
): string {
  const name = inert(deviceId)
  const behaviors = [...new Set(alarms.map(({ behaviorName }) => inert(behaviorName)))].join(', ')
  const alarm = behaviors === '' ? '' : ` Alarms: ${behaviors}.`
  if (isolation) return `${name}: ${isolation.state}.${alarm}`
  return alarm === '' ? `${name}: somebody asked for a look at it.` : `${name}:${alarm}`
}
