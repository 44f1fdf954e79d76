/** The zone in which times are shown. */
export type Zone = 'utc' | 'local'

/** Time of day, "02:15". */
export function formatClock(at: number, zone: Zone): string {
  return format(at, zone, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
}

/** Day of the month, "22 Nov". */
export function formatDay(at: number, zone: Zone): string {
  return format(at, zone, { day: 'numeric', month: 'short' })
}

/** Day and time, "22 Nov 02:15". */
export function formatMoment(at: number, zone: Zone): string {
  return `${formatDay(at, zone)} ${formatClock(at, zone)}`
}

/** The whole instant with its zone, "2026-11-22 02:15:00 UTC" or "… +01:00". */
export function formatExact(at: number, zone: Zone): string {
  const offsetMinutes = zone === 'utc' ? 0 : -new Date(at).getTimezoneOffset()
  const shifted = new Date(at + offsetMinutes * 60_000).toISOString()
  return `${shifted.slice(0, 10)} ${shifted.slice(11, 19)} ${zoneName(offsetMinutes, zone)}`
}

function zoneName(offsetMinutes: number, zone: Zone): string {
  if (zone === 'utc') return 'UTC'
  const sign = offsetMinutes < 0 ? '-' : '+'
  const minutes = Math.abs(offsetMinutes)
  return `${sign}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`
}

function pad(number: number): string {
  return String(number).padStart(2, '0')
}

const formats = new Map<string, Intl.DateTimeFormat>()

function format(at: number, zone: Zone, options: Intl.DateTimeFormatOptions): string {
  const key = zone + JSON.stringify(options)
  const known = formats.get(key)
  if (known) return known.format(at)
  // Making a format is a hundred times slower than using one.
  const made = new Intl.DateTimeFormat('en-GB', {
    ...options,
    ...(zone === 'utc' && { timeZone: 'UTC' }),
  })
  formats.set(key, made)
  return made.format(at)
}
