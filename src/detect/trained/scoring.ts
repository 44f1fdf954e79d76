import { highestScore } from '../confidence.ts'
import type { MetricModel, Tail } from './model.ts'
import { parameters } from './parameters.ts'
import { reachOf, scoreOf } from './tail.ts'

/** What a metric's tails make of its components' strangeness. */
export type MetricTails = Pick<MetricModel, 'tails' | 'heads'>

/**
 * For each component above and below: how strange it may be and still add nothing. Most datapoints are that, and
 * need not be looked up.
 */
export function quietLimits(tails: readonly Tail[]): Float64Array {
  return Float64Array.from(tails, (tail) => reachOf(tail, parameters.head.threshold))
}

/** Decades that a component adds to its head. */
export function contribution(
  { tails, quiet }: { tails: readonly Tail[]; quiet: Float64Array },
  component: number,
  strange: number,
): number {
  const side = 2 * component + (strange > 0 ? 0 : 1)
  const distance = strange > 0 ? strange : -strange
  if (!(distance > (quiet[side] ?? 0))) return 0
  const tail = tails[side]
  if (!tail) return 0
  return Math.min(
    Math.max(0, scoreOf(tail, distance) - parameters.head.threshold),
    parameters.head.cap,
  )
}

/** What the choice among so many heads and the value for itself costs, decades. */
export function costOfChoice(heads: number): number {
  return choices[heads] ?? 0
}

const choices = [0, 1, 2, 3].map((heads) => Math.log10(1 + heads))

/** The strangest decides, and pays for having had the choice: the value for itself (the first component), or a head. */
export function combined(strangest: number, heads: number): number {
  const score = strangest - costOfChoice(heads)
  return score <= 0 ? 0 : Math.min(score, highestScore)
}

/** Of the first component alone. */
export function pointScore(tails: readonly Tail[], strange: number): number {
  const tail = tails[strange > 0 ? 0 : 1]
  return tail ? scoreOf(tail, Math.abs(strange)) : 0
}
