import type { HostKind } from '../../contract/model/host.ts'
import {
  leastStoreBytes,
  quietHours as quietHoursShape,
  weekday,
  type Preferences,
  type QuietHours,
  type Weekday,
} from '../../contract/model/settings.ts'

export const weekdayWords = {
  mon: 'Mon',
  tue: 'Tue',
  wed: 'Wed',
  thu: 'Thu',
  fri: 'Fri',
  sat: 'Sat',
  sun: 'Sun',
} satisfies Record<Weekday, string>

export const hostWords = {
  desktop: 'Desktop app',
  headless: 'Station without a window',
} satisfies Record<HostKind, string>

/** Quiet hours as they are being written. */
export interface QuietHoursForm {
  isOn: boolean
  from: string
  to: string
  days: Weekday[]
}

export function quietHoursForm(kept: QuietHours | null): QuietHoursForm {
  const { from, to, days } = kept ?? { from: '22:00', to: '06:00', days: weekday.options }
  return { isOn: kept !== null, from, to, days: [...days] }
}

/** What the form asks for, or what is wrong with it. */
export function readQuietHours({ isOn, from, to, days }: QuietHoursForm): {
  value: QuietHours | null
  mistake: string
} {
  if (!isOn) return { value: null, mistake: '' }
  if (days.length === 0) return { value: null, mistake: 'Choose at least one day, or turn it off.' }
  if (from === to) return { value: null, mistake: 'The two times must differ.' }
  const read = quietHoursShape.safeParse({ from, to, days })
  return read.success
    ? { value: read.data, mistake: '' }
    : { value: null, mistake: 'Times are written as 22:00.' }
}

const bytesOfGigabyte = 1e9

/** Gigabytes as they stand in the field. */
export function limitText(bytes: number | null): string {
  return bytes === null ? '' : String(bytes / bytesOfGigabyte)
}

/** Bytes of a limit that was written in gigabytes, or what is wrong with it. */
export function readLimit(text: string): { bytes: number; mistake: string } {
  const isNumber = /^\d+([.,]\d+)?$/.test(text.trim())
  const bytes = Math.round(Number(text.trim().replace(',', '.')) * bytesOfGigabyte)
  if (!isNumber) return { bytes: 0, mistake: 'A number of gigabytes, such as 2 or 0.5.' }
  if (bytes < leastStoreBytes)
    return { bytes: 0, mistake: 'At least 0.017: an empty store has to fit.' }
  return { bytes, mistake: '' }
}

/** True while people are not to be told of alarms because somebody paused that. */
export function isPaused({ pausedUntil }: Pick<Preferences, 'pausedUntil'>, now: number): boolean {
  return pausedUntil !== null && pausedUntil > now
}

export { nextMorning } from '../../contract/words/morning.ts'
