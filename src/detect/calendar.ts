import { slotsPerDay } from '../contract/model/time.ts'

const hoursPerDay = 24
const slotsPerHour = slotsPerDay / hoursPerDay

/** Hour of the day x {weekday, weekend}, UTC. Two weeks hold too few of each weekday to tell them apart. */
export const bucketCount = 2 * hoursPerDay

/** 0..23 the hours of a weekday, 24..47 those of a Saturday or Sunday. */
export function bucketOf(slot: number): number {
  const day = Math.floor(slot / slotsPerDay)
  const hour = Math.floor((slot - day * slotsPerDay) / slotsPerHour)
  return isWeekend(day) ? hoursPerDay + hour : hour
}

/** The same hour on the other kind of day. */
export function siblingOf(bucket: number): number {
  return (bucket + hoursPerDay) % bucketCount
}

/** Day 0, 1970-01-01, was a Thursday. */
function isWeekend(day: number): boolean {
  return (day + 5) % 7 < 2
}
