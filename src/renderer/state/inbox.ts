import type { Alarm, Severity } from '../../contract/model/alarm.ts'
import type { ConfidenceLevel } from '../../contract/model/profile.ts'

/**
 * The list of active alarms as it stands before the reader. Nothing moves by itself: new alarms wait until
 * they are asked for, and ended ones stay in their place until then.
 */
export interface Inbox {
  readonly shown: readonly Alarm[]
  readonly waiting: readonly Alarm[]
}

export const emptyInbox: Inbox = { shown: [], waiting: [] }

const severityRank = { critical: 0, high: 1, medium: 2, low: 3 } satisfies Record<Severity, number>
const confidenceRank = { HIGH: 0, MEDIUM: 1, LOW: 2 } satisfies Record<ConfidenceLevel, number>

/** The inbox after one alarm has changed. */
export function applyAlarm(inbox: Inbox, alarm: Alarm): Inbox {
  if (inbox.shown.some(({ id }) => id === alarm.id))
    return { ...inbox, shown: inbox.shown.map((known) => (known.id === alarm.id ? alarm : known)) }
  const others = inbox.waiting.filter(({ id }) => id !== alarm.id)
  const waiting = alarm.state === 'in-alarm' ? [...others, alarm] : others
  return settle({ ...inbox, waiting })
}

/** The inbox after all active alarms were read anew: known ones keep their place, ended ones leave. */
export function replaceAlarms(inbox: Inbox, active: readonly Alarm[]): Inbox {
  const byId = new Map(active.map((alarm) => [alarm.id, alarm]))
  const shown = inbox.shown.flatMap(({ id }) => byId.get(id) ?? [])
  const shownIds = new Set(shown.map(({ id }) => id))
  return settle({ shown, waiting: active.filter(({ id }) => !shownIds.has(id)) })
}

/** The inbox after the reader has asked for what waits: sorted anew, without the ended ones. */
export function takeIn({ shown, waiting }: Inbox): Inbox {
  const active = shown.filter(({ state }) => state === 'in-alarm')
  return { shown: [...active, ...waiting].sort(byImportance), waiting: [] }
}

/** Severest first, then surest, then newest. */
export function byImportance(a: Alarm, b: Alarm): number {
  return (
    severityRank[a.severity] - severityRank[b.severity] ||
    rankOf(a.confidence) - rankOf(b.confidence) ||
    b.startedAt - a.startedAt ||
    (a.id < b.id ? -1 : 1)
  )
}

/** Alarms whose device, metric or behavior holds all words of `search`. */
export function matching(alarms: readonly Alarm[], search: string): readonly Alarm[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return alarms
  return alarms.filter((alarm) => {
    const text = [alarm.deviceId, alarm.metricId, alarm.behaviorName, alarm.severity]
    const whole = text.join(' ').toLowerCase()
    return words.every((word) => whole.includes(word))
  })
}

// An empty list has nothing that could move under the cursor.
function settle(inbox: Inbox): Inbox {
  return inbox.shown.length === 0 ? takeIn(inbox) : inbox
}

// A fixed limit is never unsure.
function rankOf(confidence: ConfidenceLevel | null): number {
  return confidence === null ? 0 : confidenceRank[confidence]
}
