import { bucketCount, dayKindOf, dayKinds } from './calendar.ts'
import type { HourMedians } from './hour-medians.ts'
import { fromLog, toLog } from './log-scale.ts'
import type { MetricModel } from './model.ts'
import { medianOf, quantileOf } from './order.ts'
import { parameters } from './parameters.ts'

/** What the devices' history says of weekdays and of weekends: an entry for each kind of day. */
export interface KnownDays {
  /** How far most devices' days lie from the fleet's, log units. Null where none was seen on such a day. */
  apart: (number | null)[]
  /** 1 where the middle device has not been seen on such a day, 0 where it has. */
  doubts: Float32Array
}

/** In the order of `dayKindOf`. */
export const dayKindNames = ['weekday', 'weekend'] as const

/** Kinds of day that a metric was not seen on enough to judge silences on them. */
export function unseenDays({ devices }: Pick<MetricModel, 'devices'>): DayKindName[] {
  return dayKindNames.filter((_, kind) => (devices.doubts[kind] ?? 0) > 0)
}

export type DayKindName = (typeof dayKindNames)[number]

interface DeviceDays {
  hours: HourMedians
  level: number
}

type Counts = Pick<HourMedians, 'counts'>

/** Of a device without any history. */
export const unseen: Counts = { counts: new Int32Array(bucketCount) }

/** `shape`: the fleet's day, log units by bucket. */
export function knownDays(devices: readonly DeviceDays[], shape: Float64Array): KnownDays {
  const kinds = Array.from({ length: dayKinds }, (_, kind) => kind)
  return {
    apart: kinds.map((kind) => apartFrom(devices, shape, kind)),
    doubts: Float32Array.from(kinds, (kind) => doubtOf(devices, kind)),
  }
}

/** By kind of day, how far a device's may lie from what is expected: the less, the more it was seen on such days. */
export function marginsOf(
  { apart, doubts }: KnownDays,
  { counts }: Counts,
  guess: number,
): number[] {
  return apart.map((each, kind) => {
    const own = counts.filter((_, bucket) => dayKindOf(bucket) === kind)
    const mean = own.reduce((sum, count) => sum + count, 0) / own.length
    const missing = Math.max(0, 1 - mean / parameters.place.quarterEnough)
    return missing * Math.max(each ?? 0, guess * (doubts[kind] ?? 0))
  })
}

/** How far a weekend may lie from the weekdays, or they from it, while no device has seen one: a factor of two. */
export function unseenMargin(level: number, unit: number): number {
  const value = Math.abs(fromLog(level, unit))
  return toLog(value, unit) - toLog(value / 2, unit)
}

/** Of each device the middle quarter. */
function apartFrom(
  devices: readonly DeviceDays[],
  shape: Float64Array,
  kind: number,
): number | null {
  const distances = devices.map(({ hours, level }) =>
    medianOf(
      hours.medians
        .map((median, bucket) =>
          dayKindOf(bucket) === kind ? Math.abs(median - level - (shape[bucket] ?? 0)) : NaN,
        )
        .filter((distance) => distance === distance),
    ),
  )
  const known = distances.filter((distance) => distance === distance)
  if (known.length === 0) return null
  return quantileOf(Float64Array.from(known), parameters.place.cautiousShare)
}

function doubtOf(devices: readonly DeviceDays[], kind: number): number {
  const { known, unknown } = parameters.place.seenShare
  const seen = medianOf(Float64Array.from(devices, ({ hours }) => seenShare(hours, kind)))
  return Math.min(1, Math.max(0, (known - seen) / (known - unknown)))
}

/** Of the parts of a day at which the device is known of any day, the share at which it is of this kind. */
function seenShare({ counts }: Counts, kind: number): number {
  const { parts } = parameters.place.seenShare
  const partsSeen = (ofKind: number) => {
    const seen = new Uint8Array(parts)
    counts.forEach((count, bucket) => {
      if (dayKindOf(bucket) === ofKind && count > 0) seen[partOf(bucket, parts)] = 1
    })
    return seen
  }
  const own = partsSeen(kind)
  const others = partsSeen(1 - kind)
  const known = own.reduce((sum, seen, part) => sum + Math.max(seen, others[part] ?? 0), 0)
  return own.reduce((sum, seen) => sum + seen, 0) / known
}

/** Of the day: its bucket's place in it. */
function partOf(bucket: number, parts: number): number {
  const perDay = bucketCount / dayKinds
  return Math.floor(((bucket % perDay) * parts) / perDay)
}
