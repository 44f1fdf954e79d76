import { at } from '../median.ts'
import { parameters } from './parameters.ts'
import { valueAgo, type RecentValues } from './recent-values.ts'

const { segments, segmentLength, remembered, smallestPeak, smallestDistance } = parameters.shape

/** Datapoints of one shape. */
export const shapeLength = segments * segmentLength

/**
 * Outlines of the recent past, and how far the latest one is from the nearest of them. An outline is a number per
 * segment of the latest datapoints: the peak or dip where it stands out, else the mean, else the median of the series:
 * what is small change is not looked at. One outline a segment is kept, in a sample of the past of bounded size.
 */
export interface FamiliarShapes {
  /** Root mean square distance; NaN before there is a whole shape, 0 while there is none to compare it with. */
  distance: (recent: RecentValues, scale: { median: number; spread: number }) => number
}

export function createFamiliarShapes(): FamiliarShapes {
  const memory = {
    shapes: new Float64Array(remembered * segments),
    seenAt: new Float64Array(remembered),
    kept: 0,
    likely: 0,
  }
  const latest = new Float64Array(segments)
  return {
    distance(recent, scale) {
      if (recent.count <= shapeLength) return NaN
      outline(latest, recent, scale)
      const nearest = nearestOf(memory, latest, recent.count - shapeLength)
      if (recent.count % segmentLength === 0) keep(memory, latest, recent.count)
      return nearest === Infinity ? 0 : Math.sqrt(nearest / segments)
    },
  }
}

interface Memory {
  readonly shapes: Float64Array
  readonly seenAt: Float64Array
  kept: number
  /** Where the last search ended: what came near a moment ago is near, and most of the rest is ruled out early. */
  likely: number
}

/** Least squared distance; Infinity of none. What was seen later than `until` overlaps the latest. */
function nearestOf(memory: Memory, latest: Float64Array, until: number): number {
  const { shapes, seenAt, kept, likely } = memory
  let nearest = Infinity
  for (let step = 0; step < kept; step++) {
    const slot = likely + step < kept ? likely + step : likely + step - kept
    const offset = slot * segments
    let sum = at(seenAt, slot) > until ? Infinity : 0
    for (let segment = 0; segment < segments && sum < nearest; segment++) {
      const difference = at(latest, segment) - at(shapes, offset + segment)
      sum += difference * difference
    }
    if (sum < nearest) {
      nearest = sum
      memory.likely = slot
    }
  }
  return nearest
}

function keep(memory: Memory, latest: Float64Array, count: number): void {
  const slot = memory.kept < remembered ? memory.kept++ : slotToForget(count)
  memory.shapes.set(latest, slot * segments)
  memory.seenAt[slot] = count
}

function outline(
  target: Float64Array,
  recent: RecentValues,
  { median, spread }: { median: number; spread: number },
): void {
  for (let segment = 0; segment < segments; segment++) {
    const { lowest, highest, mean } = extent(recent, (segments - 1 - segment) * segmentLength)
    const peak = highest - mean > mean - lowest ? highest : lowest
    const level = Math.abs(peak - mean) < smallestPeak * spread ? mean : peak
    target[segment] = Math.abs(level - median) < smallestDistance * spread ? median : level
  }
}

function extent(recent: RecentValues, age: number) {
  let lowest = Infinity
  let highest = -Infinity
  let sum = 0
  for (let index = age; index < age + segmentLength; index++) {
    const value = valueAgo(recent, index)
    if (value < lowest) lowest = value
    if (value > highest) highest = value
    sum += value
  }
  return { lowest, highest, mean: sum / segmentLength }
}

/** Scattered evenly, so that what stays is a sample of the whole past, older parts ever thinner (Knuth's multiplicative hash). */
function slotToForget(count: number): number {
  return Math.floor((((count * 2_654_435_761) % 2 ** 32) / 2 ** 32) * remembered)
}
