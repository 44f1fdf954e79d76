import { bucketCount, siblingOf } from './calendar.ts'
import { medianOf } from './order.ts'

/** A series to fit, gathered: `length` logs with the bucket of each, and room to sort them by bucket. */
export interface Gathered {
  length: number
  logs: Float64Array
  buckets: Uint8Array
  sorted: Float64Array
}

/** A device's medians by time of day, log units, one entry a bucket; NaN where it has no datapoint. */
export interface HourMedians {
  datapoints: number
  medians: Float64Array
  counts: Int32Array
}

export function createGathered(capacity: number): Gathered {
  return {
    length: 0,
    logs: new Float64Array(capacity),
    buckets: new Uint8Array(capacity),
    sorted: new Float64Array(capacity),
  }
}

export function hourMediansOf(gathered: Gathered): HourMedians {
  const counts = new Int32Array(bucketCount)
  const ends = sortByBucket(gathered, counts)
  const medians = new Float64Array(bucketCount)
  for (let bucket = 0; bucket < bucketCount; bucket++) {
    const to = ends[bucket] ?? 0
    medians[bucket] = medianOf(gathered.sorted, { from: to - (counts[bucket] ?? 0), to })
  }
  return { datapoints: gathered.length, medians, counts }
}

/** The day as the middle device lives it: its distance from its own level, one entry a bucket. */
export function fleetShapeOf(devices: readonly HourMedians[]): Float64Array {
  const levels = devices.map((own) => levelOf(own, flat))
  const seen = new Float64Array(bucketCount)
  for (let bucket = 0; bucket < bucketCount; bucket++) {
    const offsets = devices.map(
      ({ medians }, index) => (medians[bucket] ?? NaN) - (levels[index] ?? 0),
    )
    seen[bucket] = medianOf(Float64Array.from(offsets.filter((offset) => !Number.isNaN(offset))))
  }
  return seen.map((offset, bucket) => (Number.isNaN(offset) ? substitute(seen, bucket) : offset))
}

/**
 * The middle of a device's hours, each with the weight of its datapoints, with the day's shape taken off: a device
 * seen only at night is not a quiet one. NaN without any.
 */
export function levelOf({ medians, counts }: HourMedians, shape: Float64Array): number {
  const levels = medians.map((median, bucket) => median - (shape[bucket] ?? 0))
  const ascending = levels.filter((_, bucket) => (counts[bucket] ?? 0) > 0).sort()
  const half = counts.reduce((sum, count) => sum + count, 0) / 2
  let low = 0
  let high = ascending.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (weightUpTo(ascending[middle] ?? 0, levels, counts) >= half) high = middle
    else low = middle + 1
  }
  return ascending[low] ?? NaN
}

function weightUpTo(level: number, levels: Float64Array, counts: Int32Array): number {
  let weight = 0
  for (let bucket = 0; bucket < levels.length; bucket++) {
    if ((levels[bucket] ?? NaN) <= level) weight += counts[bucket] ?? 0
  }
  return weight
}

/** A history of weekdays only says most about a weekend by the same hour of a weekday. */
function substitute(seen: Float64Array, bucket: number): number {
  const sibling = seen[siblingOf(bucket)] ?? NaN
  return Number.isNaN(sibling) ? 0 : sibling
}

/** A counting sort. Fills the counts; returns where each bucket ends. */
function sortByBucket(gathered: Gathered, counts: Int32Array): Int32Array {
  const { length, logs, buckets, sorted } = gathered
  for (let index = 0; index < length; index++) {
    const bucket = buckets[index] ?? 0
    counts[bucket] = (counts[bucket] ?? 0) + 1
  }
  const next = new Int32Array(bucketCount)
  for (let bucket = 1; bucket < bucketCount; bucket++) {
    next[bucket] = (next[bucket - 1] ?? 0) + (counts[bucket - 1] ?? 0)
  }
  for (let index = 0; index < length; index++) {
    const bucket = buckets[index] ?? 0
    const place = next[bucket] ?? 0
    sorted[place] = logs[index] ?? 0
    next[bucket] = place + 1
  }
  return next
}

const flat = new Float64Array(bucketCount)
