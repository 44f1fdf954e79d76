import { at } from './median.ts'
import type { Tail } from './model.ts'
import { highestScore } from './verdict.ts'

/** Share of the datapoints, and least number, that the exponential is fitted to. */
const tailShare = 0.002
const tailPoints = { least: 50, most: 2000 }

/** Smallest scale of the exponential, in spreads, for metrics that hardly ever move. */
const smallestScale = 0.1

/** Decades beyond the number of datapoints that are claimed of a tail with no measurable slope. */
const decadesBeyondEvidence = 1.7

/**
 * Distances a little beyond the largest one seen are still judged by counting: the last fit moves every
 * distance by some percent, and a value that occurred must not become one that never did.
 */
const seenMargin = { factor: 1.15, distance: 0.001 }

/** A knot at every rank at first, then every three percent. */
const knotStep = 1.03

/**
 * Calibrates one side: p(x) counted in the past as far as it goes, and exponential beyond the top k,
 * p(x) = k/n exp(-(x - start) / scale), scale the mean excess, widened for what k and n leave open. Where both
 * speak, the less alarming one counts.
 *
 * `descending`: distances from the centre in spreads, this side positive; no larger one than `rarest`.
 * `range`: between the 5th and 95th percentile of both sides.
 */
export function fitTail(
  descending: Float64Array,
  { range, rarest }: { range: number; rarest: number },
): Tail {
  const points = descending.length
  const top = topSizeOf(points)
  const start = at(descending, top - 1)
  const excess = descending.subarray(0, top).reduce((sum, x) => sum + (x - start), 0) / top
  const floor = scaleFloor({ start, range, decay: Math.log(points / top) })
  const widening = 1 + 1 / Math.sqrt(top) + 20 / points
  return {
    points,
    ...knotsOf(descending),
    rarest: Math.max(0, rarest) * seenMargin.factor + seenMargin.distance,
    start,
    startScore: scoreOfShare(top / points),
    scale: Math.max(excess, floor) * widening,
    limit: excess < floor ? evidenceLimit(points) : highestScore,
  }
}

/** Score of a distance in spreads, this side positive. Never falls with the distance. */
export function scoreOf(tail: Tail, distance: number): number {
  if (distance <= 0) return 0
  const counted = distance < tail.rarest ? countedScore(tail, distance) : Infinity
  const fitted = distance > tail.start ? fittedScore(tail, distance) : Infinity
  return Math.max(0, Math.min(counted, fitted, tail.limit))
}

/** The smallest distance of this score; Infinity where the past is too short to claim it. */
export function reachOf(tail: Tail, score: number): number {
  return score > tail.limit ? Infinity : unlimitedReachOf(tail, score)
}

/** The same, were the past long enough. */
export function unlimitedReachOf(tail: Tail, score: number): number {
  const fitted = tail.start + ((score - tail.startScore) * tail.scale) / Math.LOG10E
  const knot = firstWhere(tail.scores, (known) => known >= score)
  const counted = Math.min(tail.rarest, tail.knots[knot] ?? Infinity)
  return Math.max(counted, fitted)
}

function fittedScore({ start, startScore, scale }: Tail, distance: number): number {
  return startScore + ((distance - start) / scale) * Math.LOG10E
}

function countedScore({ knots, scores }: Tail, distance: number): number {
  const beyond = firstWhere(knots, (knot) => knot > distance)
  return beyond === 0 ? 0 : at(scores, beyond - 1)
}

/** Index of the first of ascending numbers of which something holds that holds of all later ones, too. */
function firstWhere(ascending: Float64Array, holds: (value: number) => boolean): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (holds(at(ascending, middle))) high = middle
    else low = middle + 1
  }
  return low
}

function topSizeOf(points: number): number {
  const wanted = Math.round(points * tailShare)
  const top = Math.min(Math.max(wanted, tailPoints.least), tailPoints.most)
  return Math.max(1, Math.min(top, Math.floor(points / 10)))
}

/** A tail is not taken to fall off more than twice as fast as what lies before it. */
function scaleFloor({ start, range, decay }: Record<'start' | 'range' | 'decay', number>): number {
  return Math.max(smallestScale, 0.05 * range, (0.5 * start) / decay)
}

/** A constant's past has no slope to go by: after n datapoints alike the next is judged by the rule of succession. */
function evidenceLimit(points: number): number {
  return Math.min(highestScore, Math.log10(points + 1) + decadesBeyondEvidence)
}

/** Two-sided: a value may be as far out on the other side. */
function scoreOfShare(share: number): number {
  return -Math.log10(2 * share)
}

/** Ascending distances above the centre, each scored by how many of n lie there or beyond: (count + 1) / (n + 1). */
function knotsOf(descending: Float64Array): Pick<Tail, 'knots' | 'scores'> {
  const knots: number[] = []
  const scores: number[] = []
  for (let rank = 1; rank <= descending.length; rank = nextRank(rank)) {
    const distance = at(descending, rank - 1)
    rank = lastTie(descending, rank)
    const score = scoreOfShare((rank + 1) / (descending.length + 1))
    if (score <= 0 || distance <= 0) break
    knots.push(distance)
    scores.push(score)
  }
  return { knots: Float64Array.from(knots.reverse()), scores: Float64Array.from(scores.reverse()) }
}

function nextRank(rank: number): number {
  return Math.max(rank + 1, Math.floor(rank * knotStep))
}

function lastTie(descending: Float64Array, rank: number): number {
  const distance = at(descending, rank - 1)
  while (descending[rank] === distance) rank++
  return rank
}
