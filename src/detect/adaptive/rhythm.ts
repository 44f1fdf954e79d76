import { at as entry, median } from '../median.ts'
import { clipped } from './moving-average.ts'
import { parameters } from './parameters.ts'
import { createRecentValues, remember, type RecentValues } from './recent-values.ts'

const dayMs = 86_400_000
const weekMs = 7 * dayMs

/** What a series does at a time of day and of the week; UTC, which shifts the buckets and nothing else. */
export interface Rhythm {
  /** By the time of day alone. `usual` is what to expect where nothing is known of it. */
  daily: (at: number, usual: number) => number
  /** By the time of the week. `daily` is what to expect where nothing is known of that. */
  weekly: (at: number, daily: number) => number
  /** `spread` is the scale of the series, by which a value is wild; Infinity while nobody can say. */
  learn: (at: number, value: number, spread: number) => void
}

export function createRhythm(spacingMs: number): Rhythm {
  const daily = createDailyRhythm(spacingMs)
  const weekly = createWeeklyRhythm(spacingMs)
  return {
    daily: daily.expect,
    weekly: weekly.expect,
    learn(at, value, spread) {
      daily.learn(at, value)
      weekly.learn(at, value, spread)
    },
  }
}

/** Median of the last days' values around the same time, shrunk to the usual value while they are few. Of frequent ones, a sample. */
function createDailyRhythm(spacingMs: number) {
  const { bucketMs, daysKept, trust, mostPerBucket } = parameters.daily
  const bucketed = bucketing({ spacingMs, bucketMs, periodMs: dayMs })
  const { bucketOf, count } = bucketed
  const perBucket = Math.min(bucketed.perBucket, mostPerBucket)
  const stride = Math.ceil(bucketed.perBucket / mostPerBucket)
  let seen = 0
  const buckets = Array.from({ length: count }, () => createRecentValues(daysKept * perBucket))
  const around = new Float64Array(3 * daysKept * perBucket)
  return {
    expect(at: number, usual: number): number {
      const bucket = bucketOf(at)
      let size = 0
      for (let offset = 0; offset < Math.min(3, count); offset++) {
        size += copyInto(around, size, buckets[(bucket + offset + count - 1) % count])
      }
      if (size === 0) return usual
      const doubt = trust * perBucket
      return (size * median(around, 0, size) + doubt * usual) / (size + doubt)
    },
    learn(at: number, value: number): void {
      const bucket = buckets[bucketOf(at)]
      if (bucket && seen++ % stride === 0) remember(bucket, value)
    },
  }
}

/** Mean of the last weeks' values at the same time, shrunk to the daily rhythm while they are few. */
function createWeeklyRhythm(spacingMs: number) {
  const { bucketMs, weeksKept, trust, mostSpreads } = parameters.weekly
  const { bucketOf, perBucket, count } = bucketing({ spacingMs, bucketMs, periodMs: weekMs })
  const sizes = new Float64Array(count)
  const means = new Float64Array(count)
  return {
    expect(at: number, daily: number): number {
      const size = entry(sizes, bucketOf(at))
      const doubt = trust * perBucket
      return (size * entry(means, bucketOf(at)) + doubt * daily) / (size + doubt)
    },
    learn(at: number, value: number, spread: number): void {
      const bucket = bucketOf(at)
      const mean = entry(means, bucket)
      const isFirst = entry(sizes, bucket) === 0
      const size = Math.min(entry(sizes, bucket) + 1, weeksKept * perBucket)
      sizes[bucket] = size
      means[bucket] = isFirst ? value : mean + clipped(value - mean, mostSpreads * spread) / size
    },
  }
}

function bucketing({
  spacingMs,
  bucketMs,
  periodMs,
}: Record<'spacingMs' | 'bucketMs' | 'periodMs', number>) {
  const width = Math.min(Math.max(spacingMs, bucketMs), periodMs)
  return {
    perBucket: Math.max(1, Math.round(width / spacingMs)),
    count: Math.ceil(periodMs / width),
    bucketOf: (at: number) => Math.floor((((at % periodMs) + periodMs) % periodMs) / width),
  }
}

function copyInto(target: Float64Array, offset: number, source: RecentValues | undefined): number {
  if (!source) return 0
  const size = Math.min(source.count, source.ring.length)
  const { ring } = source
  for (let index = 0; index < size; index++) target[offset + index] = entry(ring, index)
  return size
}
