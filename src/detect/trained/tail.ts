import { highestScore } from '../confidence.ts'
import type { Tail } from './model.ts'
import { select } from './order.ts'
import { parameters } from './parameters.ts'

/** Fewer datapoints beyond the start say nothing of a slope. */
const fewestForSlope = 10
const fewestForShape = 100

/**
 * Learns how rare distances are from those of normal datapoints that were strange at all, greater than zero, and how
 * many datapoints there were. `alike`: how many of them in a row say about the same; the slope is widened for what
 * that leaves open. `nearest`: no distance is smaller. `steepest`: the smallest scale. Reorders the distances.
 */
export function fitTail(
  distances: Float64Array,
  {
    points,
    alike,
    nearest = 0,
    steepest = 0,
  }: { points: number; alike: number; nearest?: number; steepest?: number },
): Tail {
  const body = descendingTop(distances, Math.ceil(parameters.tail.body * points))
  const start = Math.max(nearest, body[Math.min(topSizeOf(points), body.length) - 1] ?? 0)
  const beyond = body.subarray(0, firstNotAbove(body, start))
  const moments = momentsOf(beyond, start)
  const { mean } = moments
  const shape = shapeOf(moments, points)
  const widening = 1 + 1 / Math.sqrt(Math.max(1, beyond.length / alike)) + 20 / points
  const fitted: Tail = {
    points,
    ...knotsOf(body, { start, points }),
    start,
    startScore: counted(beyond.length, points),
    scale: Math.max(
      Math.max(mean, scaleFloor(start, beyond.length / points)) * (1 - shape) * widening,
      steepest,
    ),
    shape,
    limit: beyond.length < fewestForSlope ? evidenceLimit(points) : highestScore,
  }
  return heldToEvidence(fitted, beyond)
}

/** What was seen so often is not said to be rarer: the fitted tail counts only where it says less than the ranks do. */
function heldToEvidence(fitted: Tail, beyond: Float64Array): Tail {
  const { points, start, startScore, shape } = fitted
  const furthest = beyond[0]
  if (furthest === undefined) return fitted
  const knots = [...fitted.knots]
  const scores = [...fitted.scores]
  if (knots.at(-1) !== start) {
    knots.push(start)
    scores.push(startScore)
  }
  let last = start
  for (const rank of ranksUpTo(beyond.length)) {
    const distance = beyond[rank - 1] ?? last
    if (distance <= last) continue
    const score = Math.min(scoreOf(fitted, distance), counted(rank, points))
    knots.push(distance)
    scores.push(Math.max(score, scores.at(-1) ?? 0))
    last = distance
  }
  const reached = scores.at(-1) ?? startScore
  return {
    ...fitted,
    knots: Float64Array.from(knots),
    scores: Float64Array.from(scores),
    start: last,
    startScore: reached,
    scale: fitted.scale + shape * (last - start),
  }
}

/** From so many down to 1. */
function ranksUpTo(count: number): number[] {
  const ranks: number[] = []
  for (let rank = count; rank >= 1; rank = Math.min(rank - 1, Math.floor(rank / 1.2))) {
    ranks.push(rank)
  }
  return ranks
}

/** Decades. Never falls with the distance; 0 at 0. */
export function scoreOf(tail: Tail, distance: number): number {
  if (distance <= 0) return 0
  return distance > tail.start
    ? scoreBeyond(tail, distance - tail.start)
    : scoreWithin(tail, distance)
}

/** The largest distance that scores no more; Infinity where none scores more. */
export function reachOf(tail: Tail, score: number): number {
  if (score >= tail.limit) return Infinity
  if (score >= tail.startScore) return tail.start + excessOf(tail, score - tail.startScore)
  return reachWithin(tail, score)
}

function scoreBeyond({ startScore, scale, shape, limit }: Tail, excess: number): number {
  const decades =
    shape > 0 ? Math.log10(1 + (shape * excess) / scale) / shape : (excess / scale) * Math.LOG10E
  return Math.min(startScore + decades, limit)
}

function excessOf({ scale, shape }: Tail, decades: number): number {
  if (shape > 0) return ((10 ** (decades * shape) - 1) * scale) / shape
  return (decades * scale) / Math.LOG10E
}

function scoreWithin({ knots, scores }: Tail, distance: number): number {
  const above = firstAtLeast(knots, distance)
  const high = knots[above]
  if (high === undefined) return scores[above - 1] ?? 0
  const low = above > 0 ? (knots[above - 1] ?? 0) : 0
  const from = above > 0 ? (scores[above - 1] ?? 0) : 0
  return from + (((scores[above] ?? 0) - from) * (distance - low)) / (high - low)
}

function reachWithin({ knots, scores, start }: Tail, score: number): number {
  const above = firstAtLeast(scores, score)
  const to = scores[above]
  if (to === undefined) return start
  const low = above > 0 ? (knots[above - 1] ?? 0) : 0
  const from = above > 0 ? (scores[above - 1] ?? 0) : 0
  return to > from ? low + (((knots[above] ?? 0) - low) * (score - from)) / (to - from) : low
}

/** Index of the first of ascending numbers that is not smaller. */
function firstAtLeast(ascending: Float64Array, value: number): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ascending[middle] ?? 0) >= value) high = middle
    else low = middle + 1
  }
  return low
}

/** Number of leading entries of descending numbers that are greater. */
function firstNotAbove(descending: Float64Array, value: number): number {
  let count = 0
  while (count < descending.length && (descending[count] ?? 0) > value) count++
  return count
}

function topSizeOf(points: number): number {
  const { share, least, most } = parameters.tail
  const wanted = Math.min(Math.max(Math.round(points * share), least), most)
  return Math.max(1, Math.min(wanted, Math.floor(points / 10)))
}

interface Moments {
  mean: number
  variance: number
  count: number
}

/** Of the excesses over the start. */
function momentsOf(beyond: Float64Array, start: number): Moments {
  let sum = 0
  let squares = 0
  for (const distance of beyond) {
    sum += distance - start
    squares += (distance - start) ** 2
  }
  const count = beyond.length
  const mean = count > 0 ? sum / count : 0
  return { mean, variance: count > 0 ? squares / count - mean ** 2 : 0, count }
}

/**
 * By the method of moments (Hosking and Wallis 1987, section 3): heavier where the excesses scatter more. Of a small
 * fleet they tell little, and it is drawn to what is common.
 */
function shapeOf({ mean, variance, count }: Moments, points: number): number {
  const { heaviest, common, commonPrior } = parameters.tail
  const own = count < fewestForShape || variance <= 0 ? 0 : 0.5 * (1 - mean ** 2 / variance)
  const trust = points / (points + commonPrior)
  return trust * Math.min(Math.max(own, 0), heaviest) + (1 - trust) * common
}

/** A tail is not taken to fall off more than twice as fast as what lies before it. */
function scaleFloor(start: number, share: number): number {
  const { smallestScale, decay } = parameters.tail
  return Math.max(smallestScale, share > 0 ? (decay * start) / -Math.log(share) : 0)
}

/** Where nothing has a slope to go by: after n datapoints alike the next is judged by the rule of succession. */
function evidenceLimit(points: number): number {
  return Math.min(highestScore, Math.log10(points + 1) + parameters.tail.beyondEvidence)
}

function counted(beyond: number, points: number): number {
  return -Math.log10((beyond + 1) / (points + 1))
}

/** Knots from the body up to the start: each distance is scored by how many lie there or beyond. */
function knotsOf(
  body: Float64Array,
  { start, points }: { start: number; points: number },
): Pick<Tail, 'knots' | 'scores'> {
  const knots: number[] = []
  const scores: number[] = []
  for (let rank = 1; rank <= body.length;) {
    const distance = body[rank - 1] ?? 0
    while (body[rank] === distance) rank++
    if (distance <= 0) break
    if (distance <= start && distance !== knots.at(-1)) {
      knots.push(distance)
      scores.push(counted(rank, points))
    }
    rank = Math.max(rank + 1, Math.floor(rank * parameters.tail.step))
  }
  return { knots: Float64Array.from(knots.reverse()), scores: Float64Array.from(scores.reverse()) }
}

/** The largest so many, largest first. */
function descendingTop(distances: Float64Array, count: number): Float64Array {
  const from = distances.length - count
  if (from > 0) select(distances, from)
  return distances.slice(Math.max(0, from)).sort().reverse()
}
