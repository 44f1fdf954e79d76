const pattern =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)? ?(Z|[+-]\d\d(?::?\d\d)?)?$/i

/** The furthest from 1970 that a Date holds. ECMA-262, 21.4.1.1. */
const furthestMs = 8.64e15

/**
 * Epoch ms of a time as people write it: ISO 8601, UTC where it names no zone, or a number of epoch
 * milliseconds. Null for anything else, also for days and hours that do not exist.
 */
export function timestampOf(text: string): number | null {
  const trimmed = text.trim()
  if (/^-?\d{1,16}(?:\.\d{1,9})?$/.test(trimmed)) return inRange(Number(trimmed))
  const parts = pattern.exec(trimmed)
  if (!parts) return null
  const [year, month, day, hour, minute, second] = parts
    .slice(1, 7)
    .map((part) => Number(part ?? 0))
  const date = Date.UTC(year ?? 0, (month ?? 0) - 1, day)
  if (new Date(date).getUTCDate() !== day || !isMonth(month)) return null
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return null
  const seconds = Number(hour) * 3600 + Number(minute) * 60 + Number(second)
  const offset = offsetMs(parts[8])
  if (offset === null) return null
  return inRange(date + seconds * 1000 + Number(`0.${parts[7] ?? 0}`) * 1000 - offset)
}

function isMonth(month: number | undefined): boolean {
  return month !== undefined && month >= 1 && month <= 12
}

function offsetMs(zone: string | undefined): number | null {
  if (!zone || zone === 'Z' || zone === 'z') return 0
  const hours = Number(zone.slice(1, 3))
  const minutes = Number(zone.slice(3).replace(':', '') || 0)
  if (hours > 23 || minutes > 59) return null
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000
}

function inRange(at: number): number | null {
  return Math.abs(at) <= furthestMs ? at : null
}
