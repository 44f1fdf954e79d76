import { refuseUnlessJudgeable } from './precision-recall.ts'

/** A labelled stretch, first and last row, both inclusive. */
interface Range {
  first: number
  last: number
}

/** Thresholds from the highest down; a row is level `k` where threshold k is the first to reach it. */
interface Levels {
  levelOf: Uint32Array
  count: number
}

/** How many thresholds the published tables use. */
const publishedThresholds = 250

/**
 * VUS-PR: the volume under the precision-recall surface over buffer lengths 0 to `window` rows, all
 * included (Paparrizos et al., "Volume Under the Surface", PVLDB 15(11), 2022).
 * It follows the implementation behind the TSB-AD tables (Liu and Paparrizos, NeurIPS 2024): half
 * a buffer lies on each side of a range and its weight is `sqrt(1 - distance / length)`, weights that
 * overlap add up to at most 1, and the thresholds are the scores at 250 evenly spaced ranks.
 *
 * Labels are 0 or 1; scores may have any unit. The answer is 0 to 1.
 * Cost: one sort, then O(rows + window) a buffer length.
 * Throws a RangeError where lengths differ, a score is NaN, or nothing is labelled.
 */
export function vusPr(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  window: number = 100,
): number {
  refuseUnlessJudgeable(labels, scores)
  return volume(labels, { levels: levelsOf(scores, publishedThresholds), window })
}

/** The same with every distinct score as a threshold: no table uses it, and no rank is skipped. */
export function exactVusPr(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  window: number = 100,
): number {
  refuseUnlessJudgeable(labels, scores)
  return volume(labels, { levels: levelsOf(scores, scores.length), window })
}

function volume(
  labels: ArrayLike<number>,
  { levels, window }: { levels: Levels; window: number },
): number {
  const ranges = rangesOf(labels)
  let sum = 0
  for (let buffer = 0; buffer <= window; buffer += 1) {
    sum += rangePrecisionRecall({ labels, ranges, levels, buffer })
  }
  return sum / (window + 1)
}

interface Slice {
  labels: ArrayLike<number>
  ranges: readonly Range[]
  levels: Levels
  /** Rows. */
  buffer: number
}

/** Area under one curve of the surface, by the rule of average precision. */
function rangePrecisionRecall({ labels, ranges, levels, buffer }: Slice): number {
  const size = labels.length
  const weights = bufferWeights(ranges, { size, buffer })
  const grown = grownRanges(ranges, { size, buffer })
  const gains = gainsAt(levels, { labels, weights, grown })
  const positives = ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0)
  let [alarms, inRanges, inBuffers, rangesTouched, recallBefore, area] = [0, 0, 0, 0, 0, 0]
  for (let level = 0; level < levels.count; level += 1) {
    alarms += gains.alarms[level] ?? 0
    inRanges += gains.inRanges[level] ?? 0
    inBuffers += gains.inBuffers[level] ?? 0
    rangesTouched += gains.rangesTouched[level] ?? 0
    const found = inRanges + inBuffers
    // Only buffer rows that alarm count as labelled, and those by half, so none lowers the recall.
    const share = Math.min(found / (positives + inBuffers / 2), 1)
    const recall = share * (rangesTouched / grown.length)
    area += (recall - recallBefore) * (found / alarms)
    recallBefore = recall
  }
  return area
}

/** What each level adds to all levels above it. */
interface Gains {
  alarms: Float64Array
  inRanges: Float64Array
  inBuffers: Float64Array
  rangesTouched: Float64Array
}

function gainsAt(
  { levelOf, count }: Levels,
  truth: { labels: ArrayLike<number>; weights: Float64Array; grown: readonly Range[] },
): Gains {
  const gains: Gains = {
    alarms: new Float64Array(count),
    inRanges: new Float64Array(count),
    inBuffers: new Float64Array(count),
    rangesTouched: new Float64Array(count),
  }
  levelOf.forEach((level, row) => {
    add(gains.alarms, level, 1)
    if (truth.labels[row]) add(gains.inRanges, level, 1)
    else add(gains.inBuffers, level, truth.weights[row] ?? 0)
  })
  for (const { first, last } of truth.grown) {
    const highest = levelOf.subarray(first, last + 1).reduce((a, b) => Math.min(a, b))
    add(gains.rangesTouched, highest, 1)
  }
  return gains
}

function add(sums: Float64Array, index: number, amount: number): void {
  sums[index] = (sums[index] ?? 0) + amount
}

/** Weight of each row outside the labelled ranges, 0 to 1, for being near to one. */
function bufferWeights(
  ranges: readonly Range[],
  { size, buffer }: { size: number; buffer: number },
): Float64Array {
  const weights = new Float64Array(size)
  const half = Math.floor(buffer / 2)
  for (const { first, last } of ranges) {
    for (let distance = 1; distance <= half; distance += 1) {
      const weight = Math.sqrt(1 - distance / buffer)
      if (first - distance >= 0) add(weights, first - distance, weight)
      if (last + distance < size) add(weights, last + distance, weight)
    }
  }
  return weights.map((weight) => Math.min(weight, 1))
}

/** The ranges with their buffers; those that meet become one. */
function grownRanges(
  ranges: readonly Range[],
  { size, buffer }: { size: number; buffer: number },
): Range[] {
  const half = Math.floor(buffer / 2)
  const grown: Range[] = []
  for (const { first, last } of ranges) {
    const next = { first: Math.max(first - half, 0), last: Math.min(last + half, size - 1) }
    const before = grown.at(-1)
    if (before && next.first <= before.last) before.last = next.last
    else grown.push(next)
  }
  return grown
}

function rangesOf(labels: ArrayLike<number>): Range[] {
  const ranges: Range[] = []
  for (let row = 0; row < labels.length; row += 1) {
    const before = ranges.at(-1)
    if (!labels[row]) continue
    if (before?.last === row - 1) before.last = row
    else ranges.push({ first: row, last: row })
  }
  return ranges
}

/** Thresholds at evenly spaced ranks, first and last included; repeated ones are one level. */
function levelsOf(scores: ArrayLike<number>, thresholds: number): Levels {
  const falling = Float64Array.from(scores).sort().reverse()
  const last = falling.length - 1
  const step = last / Math.max(thresholds - 1, 1)
  // The product of a rounded step, as numpy's linspace has it: a rank next to it is another figure.
  const rankOf = (index: number) => (index === thresholds - 1 ? last : Math.floor(index * step))
  const chosen = Float64Array.from(
    { length: thresholds },
    (_, index) => falling[rankOf(index)] ?? 0,
  )
  const distinct = chosen.filter((score, index) => score !== chosen[index - 1])
  return { levelOf: levelsIn(scores, distinct), count: distinct.length }
}

function levelsIn(scores: ArrayLike<number>, falling: Float64Array): Uint32Array {
  return Uint32Array.from(scores, (score) => {
    let [low, high] = [0, falling.length - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if (score >= (falling[middle] ?? 0)) high = middle
      else low = middle + 1
    }
    return low
  })
}
