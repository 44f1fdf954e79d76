import { parameters } from './parameters.ts'
import {
  countBelow,
  countUpTo,
  createSortedWindow,
  excessOfHighest,
  excessOfLowest,
  quantile,
  ranked,
  slideIn,
  type SortedWindow,
} from './sorted-window.ts'

/**
 * How rare a number is among the last ones of its kind, in decades: -log10 of the share that lay there or beyond.
 * Within the range seen that is counted; among the top k and beyond it is exponential, p = k/n exp(-x / scale), x the
 * distance from the k-th and scale the mean excess, widened for what k and n leave open. Where both speak, the
 * less alarming one counts. What is too common to count as evidence is 0.
 */
export interface OwnTail {
  readonly past: SortedWindow
  /** Numbers between these are common for sure, for so many more steps. */
  usualFrom: number
  usualTo: number
  usualFor: number
}

/** Common is what has more than this share beyond it: less decades than any threshold of evidence. */
const commonShare = 0.06
const usualShare = 0.08
/** The rank of a number changes by one a step at most: for this share of the past the usual stays common. */
const usualForShare = 0.01

/** In units of the series, where everything else is 0. */
const leastSpread = 1e-9

const twoSided = Math.log10(2)

interface Side {
  /** Datapoints that the exponential is fitted to. */
  readonly points: number
  /** Where it begins. */
  readonly start: number
  readonly scale: number
}

export function createOwnTail(): OwnTail {
  return {
    past: createSortedWindow(parameters.memory),
    usualFrom: NaN,
    usualTo: NaN,
    usualFor: 0,
  }
}

/** Decades of this or more; 0 while the past is too short. */
export function scoreAbove(tail: OwnTail, value: number): number {
  return hasPast(tail) && !(value < tail.usualTo) ? aboveScore(tail.past, value) : 0
}

/** Share of the past that was this or more, by the rule of succession; 1 while the past is too short. */
export function shareAbove({ past }: OwnTail, value: number): number {
  if (past.size < parameters.silentFor) return 1
  return (past.size - countBelow(past, value) + 1) / (past.size + 1)
}

/** Decades of the rarer side, less what it costs that it could have been either. */
export function scoreEitherWay(tail: OwnTail, value: number): number {
  if (!hasPast(tail) || (value > tail.usualFrom && value < tail.usualTo)) return 0
  const { past } = tail
  const upper = value >= quantile(past, 0.5)
  return Math.max(0, (upper ? aboveScore(past, value) : belowScore(past, value)) - twoSided)
}

export function learn(tail: OwnTail, value: number): void {
  slideIn(tail.past, value)
  tail.usualFor--
}

/** Beyond these lies what has about this two-sided score or more; NaN while the past is too short. */
export function bounds({ past }: OwnTail, score: number): { low: number; high: number } {
  if (past.size < parameters.silentFor) return { low: NaN, high: NaN }
  return { low: bound(past, score, false), high: bound(past, score, true) }
}

/** Between the 5th and the 95th percentile; more than 0, and not without relation to the median. */
export function spreadOf({ past }: Pick<OwnTail, 'past'>): number {
  if (past.size === 0) return leastSpread
  return Math.max(
    quantile(past, 0.95) - quantile(past, 0.05),
    parameters.tail.smallestSpread * Math.abs(quantile(past, 0.5)),
    leastSpread,
  )
}

function hasPast(tail: OwnTail): boolean {
  const { size } = tail.past
  if (size < parameters.silentFor) return false
  if (tail.usualFor <= 0) {
    tail.usualFrom = ranked(tail.past, Math.ceil(usualShare * size))
    tail.usualTo = ranked(tail.past, Math.floor((1 - usualShare) * size))
    tail.usualFor = Math.max(1, Math.floor(usualForShare * size))
  }
  return true
}

function aboveScore(past: SortedWindow, value: number): number {
  const count = past.size - countBelow(past, value)
  if (count > commonShare * past.size) return 0
  return count >= tailPoints(past.size) ? countedScore(past, count) : tailScore(past, value, true)
}

function belowScore(past: SortedWindow, value: number): number {
  const count = countUpTo(past, value)
  if (count > commonShare * past.size) return 0
  return count >= tailPoints(past.size) ? countedScore(past, count) : tailScore(past, value, false)
}

/** No nearer than what occurred more often than so, and at least twice: once may have been a mistake. */
function bound(past: SortedWindow, score: number, upper: boolean): number {
  const side = sideOf(past, upper)
  const decades = score + twoSided + Math.log10(side.points / past.size)
  const reach = (Math.max(0, decades) * side.scale) / Math.LOG10E
  const count = Math.max(2, Math.ceil(past.size * 10 ** -(score + twoSided)))
  return upper
    ? Math.max(side.start + reach, ranked(past, past.size - count))
    : Math.min(side.start - reach, ranked(past, count - 1))
}

function tailScore(past: SortedWindow, value: number, upper: boolean): number {
  const { points, start, scale } = sideOf(past, upper)
  const fitted = -Math.log10(points / past.size) + (Math.abs(value - start) / scale) * Math.LOG10E
  const median = quantile(past, 0.5)
  const likened = median + (value - median) / (1 + parameters.tail.margin)
  const count = upper ? past.size - countBelow(past, likened) : countUpTo(past, likened)
  return count > 0 ? Math.min(fitted, countedScore(past, count)) : fitted
}

function countedScore(past: SortedWindow, count: number): number {
  return -Math.log10((count + 0.5) / (past.size + 1))
}

/** One wild value must not make the scale so large that nothing is rare any more: each excess is limited. */
function sideOf(past: SortedWindow, upper: boolean): Side {
  const { smallestScale, mostMedians } = parameters.tail
  const points = tailPoints(past.size)
  const half = points >> 1
  const start = ranked(past, upper ? past.size - points : points - 1)
  const middle = ranked(past, upper ? past.size - half : half - 1)
  const spread = spreadOf({ past })
  const most = Math.max(spread, mostMedians * Math.abs(middle - start))
  const outer = { count: points, from: start, most }
  const excess = (upper ? excessOfHighest(past, outer) : excessOfLowest(past, outer)) / points
  const widening = 1 + 1 / Math.sqrt(points) + 20 / past.size
  return { points, start, scale: Math.max(excess, smallestScale * spread) * widening }
}

function tailPoints(size: number): number {
  const { least, base, share, most } = parameters.tail.points
  return Math.max(least, Math.min(base + Math.floor(share * size), Math.floor(most * size)))
}
