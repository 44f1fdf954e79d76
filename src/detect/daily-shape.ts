import { bucketCount, siblingOf } from './calendar.ts'
import { at, median } from './median.ts'
import type { Prepared } from './prepared-history.ts'

/** A device's medians by time of day, log units, one entry a bucket. NaN where the bucket has no datapoint. */
export interface BucketMedians {
  datapoints: number
  /** The device's median over all. */
  median: number
  medians: Float64Array
  counts: Uint32Array
}

export function bucketMediansOf({ logs, buckets }: Prepared): BucketMedians {
  const { grouped, starts } = groupByBucket(logs, buckets)
  const medians = new Float64Array(bucketCount)
  const counts = new Uint32Array(bucketCount)
  for (let bucket = 0; bucket < bucketCount; bucket++) {
    const from = at(starts, bucket)
    const to = at(starts, bucket + 1)
    medians[bucket] = median(grouped, from, to)
    counts[bucket] = to - from
  }
  return { datapoints: logs.length, median: median(grouped), medians, counts }
}

/** The day as the middle device lives it: its distance from its own median, one entry a bucket. */
export function fleetShapeOf(devices: readonly BucketMedians[]): Float64Array {
  const seen = new Float64Array(bucketCount)
  for (let bucket = 0; bucket < bucketCount; bucket++) {
    const offsets = Float64Array.from(devices, (own) => at(own.medians, bucket) - own.median)
    seen[bucket] = median(offsets.filter((offset) => !Number.isNaN(offset)))
  }
  return seen.map((offset, bucket) => (Number.isNaN(offset) ? substitute(seen, bucket) : offset))
}

/** A history of weekdays only says most about a weekend by the same hour of a weekday. */
function substitute(seen: Float64Array, bucket: number): number {
  const sibling = at(seen, siblingOf(bucket))
  return Number.isNaN(sibling) ? 0 : sibling
}

/** A counting sort: the values of bucket b lie from starts[b] to starts[b + 1]. */
function groupByBucket(
  logs: Float64Array,
  buckets: Uint8Array,
): { grouped: Float64Array; starts: Uint32Array } {
  const starts = new Uint32Array(bucketCount + 1)
  for (const bucket of buckets) starts[bucket + 1] = at(starts, bucket + 1) + 1
  for (let bucket = 0; bucket < bucketCount; bucket++) {
    starts[bucket + 1] = at(starts, bucket + 1) + at(starts, bucket)
  }
  const next = starts.slice()
  const grouped = new Float64Array(logs.length)
  for (let index = 0; index < logs.length; index++) {
    const bucket = at(buckets, index)
    const place = at(next, bucket)
    grouped[place] = at(logs, index)
    next[bucket] = place + 1
  }
  return { grouped, starts }
}
