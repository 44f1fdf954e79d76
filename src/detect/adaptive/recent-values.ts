import { at } from '../median.ts'

/** The last `capacity` numbers, by how long ago. */
export interface RecentValues {
  readonly ring: Float64Array
  /** How many there ever were. */
  count: number
}

export function createRecentValues(capacity: number): RecentValues {
  return { ring: new Float64Array(capacity), count: 0 }
}

export function remember(recent: RecentValues, value: number): void {
  recent.ring[recent.count % recent.ring.length] = value
  recent.count++
}

/** The number of `age` arrivals ago, 0 the latest. */
export function valueAgo(recent: RecentValues, age: number): number {
  return at(recent.ring, (recent.count - 1 - age) % recent.ring.length)
}

/** Of `length` numbers, the latest of them `age` arrivals ago. Summed anew: no rounding error lasts. */
export function meanOf(recent: RecentValues, age: number, length: number): number {
  const { ring, count } = recent
  let index = (count - age) % ring.length
  let sum = 0
  for (let left = length; left > 0; left--) {
    index = index === 0 ? ring.length - 1 : index - 1
    sum += at(ring, index)
  }
  return sum / length
}

/** Standard deviation of the latest `length` numbers. */
export function deviationOf(recent: RecentValues, length: number): number {
  const { ring, count } = recent
  const mean = meanOf(recent, 0, length)
  let index = count % ring.length
  let sum = 0
  for (let left = length; left > 0; left--) {
    index = index === 0 ? ring.length - 1 : index - 1
    const difference = at(ring, index) - mean
    sum += difference * difference
  }
  return Math.sqrt(sum / length)
}
