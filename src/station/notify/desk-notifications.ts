import { severity as severities, type Alarm, type Severity } from '../../contract/model/alarm.ts'
import type { Preferences } from '../../contract/model/settings.ts'
import { inertShort } from '../../contract/words/inert.ts'
import { alarmBody, alarmPlace, alarmTitle } from './alarm-words.ts'
import type { QuarantineNotice } from '../ports.ts'
import { isQuiet } from './quiet.ts'

/** One notification on the desktop. */
export interface DeskNotice {
  /** Of the alarm, or of a burst. */
  id: string
  title: string
  body: string
  urgency: 'critical' | 'normal' | 'low'
  /** Where in the page it leads: `#/alarms/ID`. Empty: where the page is. */
  place: string
}

export type NotificationRules = Pick<Preferences, 'quietHours' | 'pausedUntil' | 'notifySeverities'>

/** Decides what to show of the alarms it is told of. */
export interface DeskNotifications {
  take(alarm: Alarm, now: number): void
  /** What is to be shown now, or nothing. */
  due(now: number, rules: NotificationRules): DeskNotice | null
  /** True while something may become due. */
  isWaiting(): boolean
}

/** Alarms of one cause come within a moment of each other. */
const gatherMs = 1500

/** After a notification the next one waits this long, unless something worse happens. */
const restMs = 30_000

const urgencies: Readonly<Record<Severity, DeskNotice['urgency']>> = {
  critical: 'critical',
  high: 'normal',
  medium: 'low',
  low: 'low',
}

/**
 * One notification for an alarm, or one for a burst, never a flood. What comes in quiet hours is told together when
 * they end, as far as it is still in alarm. Suppressed alarms are never told.
 */
export function createDeskNotifications(): DeskNotifications {
  const waiting = new Map<string, { alarm: Alarm; since: number }>()
  let told = { at: -Infinity, rank: Infinity }

  function take(alarm: Alarm, now: number): void {
    if (alarm.isSuppressed) return
    if (alarm.state === 'in-alarm') waiting.set(alarm.id, { alarm, since: now })
    else waiting.delete(alarm.id)
  }

  function due(now: number, rules: NotificationRules): DeskNotice | null {
    forgetUnwanted(waiting, rules)
    const [first] = waiting.values()
    if (!first || isQuiet(rules, now) || now - first.since < gatherMs) return null
    const alarms = [...waiting.values()].map(({ alarm }) => alarm)
    const rank = Math.min(...alarms.map(rankOf))
    if (now - told.at < restMs && rank >= told.rank) return null
    waiting.clear()
    told = { at: now, rank }
    return noticeOf(alarms, now)
  }

  return { take, due, isWaiting: () => waiting.size > 0 }
}

/** Longer than any sentence of ours with the longest name of a device in it. */
const longestSentence = 400

/** What is told of a quarantine: at once where somebody must act, else only while nobody wants to be left alone. */
export function quarantineNotice(
  { deviceId, isUrgent, sentence }: QuarantineNotice,
  now: number,
  rules: NotificationRules,
): DeskNotice | null {
  if (!isUrgent && isQuiet(rules, now)) return null
  return {
    id: `quarantine-${now}`,
    title: `${isUrgent ? 'Quarantine failed' : 'Quarantine'}: ${inertShort(deviceId)}`,
    body: inertShort(sentence, longestSentence),
    urgency: isUrgent ? 'critical' : 'normal',
    place: '#/quarantine',
  }
}

function forgetUnwanted(
  waiting: Map<string, { alarm: Alarm }>,
  { notifySeverities }: NotificationRules,
): void {
  for (const [id, { alarm }] of waiting) {
    if (!notifySeverities.includes(alarm.severity)) waiting.delete(id)
  }
}

/** The lower, the worse. */
function rankOf({ severity }: Alarm): number {
  return severities.options.indexOf(severity)
}

function noticeOf(alarms: readonly Alarm[], now: number): DeskNotice {
  const [worst] = alarms.toSorted((a, b) => rankOf(a) - rankOf(b))
  if (!worst) throw new RangeError('a notification of nothing')
  const urgency = urgencies[worst.severity]
  if (alarms.length === 1) {
    const { id } = worst
    return { id, title: alarmTitle(worst), body: alarmBody(worst), urgency, place: alarmPlace(id) }
  }
  const devices = new Set(alarms.map(({ deviceId }) => deviceId)).size
  return {
    id: `burst-${now}`,
    title: `${alarms.length} new alarms on ${devices} device${devices === 1 ? '' : 's'}`,
    body: `${countsOf(alarms)}. ${alarmTitle(worst)}, ${alarmBody(worst)}`,
    urgency,
    place: '#/alarms',
  }
}

/** "2 critical, 10 high". */
function countsOf(alarms: readonly Alarm[]): string {
  return severities.options
    .map((severity) => ({ severity, count: alarms.filter((a) => a.severity === severity).length }))
    .filter(({ count }) => count > 0)
    .map(({ severity, count }) => `${count} ${severity}`)
    .join(', ')
}
