import { dayMs } from '../../contract/model/time.ts'

const quartersPerDay = 96
const quarterMs = dayMs / quartersPerDay

/** Quarter hour of the day x {weekday, weekend}, UTC. Two weeks hold too few of each weekday to tell them apart. */
export const bucketCount = 2 * quartersPerDay
export const dayKinds = 2

/** 0..95 the quarters of a weekday, 96..191 those of a Saturday or Sunday. */
export function bucketOf(slot: number, slotMs: number): number {
  const quarters = Math.floor((slot * slotMs) / quarterMs)
  const day = Math.floor(quarters / quartersPerDay)
  const quarter = quarters - day * quartersPerDay
  return isWeekend(day) ? quartersPerDay + quarter : quarter
}

/** 0 of a weekday, 1 of a weekend. */
export function dayKindOf(bucket: number): number {
  return bucket < quartersPerDay ? 0 : 1
}

/** The same quarter on the other kind of day. */
export function siblingOf(bucket: number): number {
  return (bucket + quartersPerDay) % bucketCount
}

/**
 * The quarters that are as good as this one: those beside it, for a rhythm comes a little early or late, and of a
 * weekday the same ones of a weekend, for a holiday looks like one.
 */
export function alikeTo(bucket: number): number[] {
  const own = bucket - (bucket % quartersPerDay)
  const kinds = own === 0 ? [own, quartersPerDay] : [own]
  return kinds.flatMap((kind) =>
    [quartersPerDay - 1, 0, 1].map((step) => kind + ((bucket + step) % quartersPerDay)),
  )
}

/** At least one. */
export function slotsPerDay(slotMs: number): number {
  return Math.max(1, Math.round(dayMs / slotMs))
}

/** Day 0, 1970-01-01, was a Thursday. */
function isWeekend(day: number): boolean {
  return (((day + 5) % 7) + 7) % 7 < 2
}
