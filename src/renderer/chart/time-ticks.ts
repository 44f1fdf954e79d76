import { formatClock, formatDay, type Zone } from '../words/instant.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

const stepsMs = [5, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 5760, 10_080].map(
  (m) => m * minuteMs,
)

/** Instants for the marks of a time axis: at most `most`, on whole hours or midnights of the zone. */
export function timeTicks({ from, to, zone, most }: TickRange): number[] {
  const stepMs = stepsMs.find((step) => (to - from) / step <= most) ?? 7 * dayMs
  // The zone's offset at the start serves the whole axis: near a clock change marks may be an hour off midnight.
  const offsetMs = zone === 'utc' ? 0 : -new Date(from).getTimezoneOffset() * minuteMs
  const first = Math.ceil((from + offsetMs) / stepMs) * stepMs - offsetMs
  const count = Math.max(0, Math.floor((to - first) / stepMs) + 1)
  return Array.from({ length: count }, (_, index) => first + index * stepMs)
}

/** What stands at a mark: the day at midnight, else the time of day. */
export function tickWords(at: number, zone: Zone): string {
  const clock = formatClock(at, zone)
  return clock === '00:00' ? formatDay(at, zone) : clock
}

export interface TickRange {
  from: number
  to: number
  zone: Zone
  most: number
}
