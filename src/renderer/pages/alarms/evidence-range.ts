import type { Alarm } from '../../../contract/model/alarm.ts'
import { dayMs, slotMs } from '../../../contract/model/time.ts'

const hourMs = 3_600_000
const beforeMs = 18 * hourMs
const afterMs = 6 * hourMs
const longestMs = 14 * dayMs

/** The hours or, for a shift of what is usual, the days around an alarm that its evidence shows: what was normal before, and what came after. */
export function evidenceRange(alarm: Alarm, now: number): { from: number; to: number } {
  const lastNow = Math.floor(now / slotMs) * slotMs
  const end = alarm.endedAt ?? lastNow
  const to = Math.max(alarm.startedAt + slotMs, Math.min(lastNow, end + afterMs))
  // A shift lies somewhere in the days that the training looked at.
  const before = alarm.kind === 'baseline-shift' ? longestMs : beforeMs
  return { from: Math.max(alarm.startedAt - before, to - longestMs), to }
}
