import { highestScore } from '../confidence.ts'
import { componentsOf, isDeparture, isUnrest, slotsOf, type Component } from './components.ts'
import type { MetricModel, Tail } from './model.ts'
import { parameters } from './parameters.ts'
import { fitTail, reachOf, scoreOf } from './tail.ts'

/** What a metric's tails make of its components' strangeness. */
export type MetricTails = Pick<MetricModel, 'tails' | 'fast' | 'slow'>

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

/** What the choice among three costs, decades. */
export const costOfChoice = Math.log10(3)

/**
 * The strangest decides, and pays for having had the choice: the value for itself (the first component), the fast
 * head and the slow head.
 */
export function combined(point: number, fast: number, slow: number): number {
  const score = Math.max(point, fast, slow) - costOfChoice
  return score <= 0 ? 0 : Math.min(score, highestScore)
}

/** Strangeness of normal datapoints: a table a component, NaN where there is none. */
export interface Pool {
  components: readonly Component[]
  tables: readonly (Float32Array | Float64Array)[]
  slotMs: number
  /** 1 where a datapoint is no news, and teaches nothing of how rare it is; null where nothing is told yet. */
  isTold: Uint8Array | null
}

/** Learns all tails of a metric from the datapoints of the pool that are included. */
export function fitTails(pool: Pool, includes: Inclusion): MetricTails & { unrest: Float64Array } {
  const tails = pool.components.flatMap((component, index) =>
    (['above', 'below'] as const).map((side) => {
      const { distances, points } = distancesOf(pool, { index, side }, includes)
      return fitTail(distances, { points, alike: slotsOf(component.span, pool.slotMs) })
    }),
  )
  const { fast, slow, unrest } = headSums(pool, tails)
  return {
    tails,
    fast: headTail(pool, 'fast', { sums: fast, includes }),
    slow: headTail(pool, 'slow', { sums: slow, includes }),
    unrest,
  }
}

/** Final scores of all datapoints of a pool, NaN where there is none. */
export function scoresOf(pool: Pool, { tails, fast, slow }: MetricTails): Float32Array {
  const sums = headSums(pool, tails)
  const scores = new Float32Array(sums.fast.length)
  const values = pool.tables[0]
  for (let index = 0; index < scores.length; index++) {
    const own = sums.fast[index] ?? NaN
    const point = pointScore(tails, values?.[index] ?? 0)
    const score = combined(point, scoreOf(fast, own), scoreOf(slow, sums.slow[index] ?? 0))
    const isNews = pool.isTold?.[index] !== 1
    scores[index] = own !== own ? NaN : isNews ? score : Math.min(score, parameters.news.told)
  }
  return scores
}

/** Of the first component alone. */
export function pointScore(tails: readonly Tail[], strange: number): number {
  const tail = tails[strange > 0 ? 0 : 1]
  return tail ? scoreOf(tail, Math.abs(strange)) : 0
}

const { norm } = parameters.head

interface HeadSums {
  fast: Float64Array
  slow: Float64Array
  /** Of the components that count for the device as a whole. */
  unrest: Float64Array
}

/** By datapoint: the decades of each head; NaN where there is no datapoint. */
function headSums({ components, tables }: Pool, tails: readonly Tail[]): HeadSums {
  const quiet = quietLimits(tails)
  const length = tables[0]?.length ?? 0
  const own = () => new Float64Array(length)
  const sums = { fast: own(), slow: own(), unrest: own() }
  const isOut = outOfUsual(tables[0] ?? new Float32Array(0), { tails, quiet })
  components.forEach((each, component) => {
    const table = tables[component] ?? new Float32Array(0)
    const isCounted = isDeparture(each.statistic) ? isOut : null
    addTo(sums[each.head], table, { tails, quiet, component, norm, isCounted })
    if (isUnrest(each)) {
      addTo(sums.unrest, table, { tails, quiet, component, norm: 1, isCounted: null })
    }
  })
  for (const head of [sums.fast, sums.slow]) {
    for (let index = 0; index < length; index++) {
      const sum = head[index] ?? 0
      if (sum > 0) head[index] = sum ** (1 / norm)
    }
  }
  // The first component is there wherever there is a datapoint.
  tables[0]?.forEach((strange, index) => {
    if (strange !== strange) sums.fast[index] = sums.slow[index] = sums.unrest[index] = NaN
  })
  return sums
}

/** 1 where the value itself adds something. A metric that is back to its usual value is calm again. */
function outOfUsual(
  values: Float32Array | Float64Array,
  by: { tails: readonly Tail[]; quiet: Float64Array },
): Uint8Array {
  const isOut = new Uint8Array(values.length)
  for (let index = 0; index < values.length; index++) {
    if (contribution(by, 0, values[index] ?? NaN) > 0) isOut[index] = 1
  }
  return isOut
}

function addTo(
  sums: Float64Array,
  table: Float32Array | Float64Array,
  by: {
    tails: readonly Tail[]
    quiet: Float64Array
    component: number
    norm: number
    isCounted: Inclusion
  },
): void {
  const above = by.quiet[2 * by.component] ?? 0
  const below = -(by.quiet[2 * by.component + 1] ?? 0)
  for (let index = 0; index < table.length; index++) {
    const strange = table[index] ?? NaN
    // Most are quiet or not there.
    if (!(strange > above || strange < below) || by.isCounted?.[index] === 0) continue
    const decades = contribution(by, by.component, strange)
    if (decades > 0) sums[index] = (sums[index] ?? 0) + decades ** by.norm
  }
}

/** By datapoint: 1 where it is to be learned from; null is all. */
export type Inclusion = Uint8Array | null

/** Those that are strange at all to a side, and how many datapoints there are; what was told is not strange any more. */
function distancesOf(
  { tables, isTold }: Pool,
  { index, side }: { index: number; side: 'above' | 'below' },
  includes: Inclusion,
): { distances: Float64Array; points: number } {
  const table = tables[index] ?? new Float32Array(0)
  const sign = side === 'above' ? 1 : -1
  const found = new Float64Array(table.length)
  let count = 0
  let points = 0
  for (let each = 0; each < table.length; each++) {
    const distance = sign * (table[each] ?? NaN)
    if (distance !== distance || includes?.[each] === 0) continue
    points++
    if (distance > 0 && isTold?.[each] !== 1) found[count++] = distance
  }
  return { distances: found.subarray(0, count), points }
}

/** Tail of a head's decades, each of which is ten times as rare already and no more. */
function headTail(
  pool: Pool,
  head: Component['head'],
  { sums, includes }: { sums: Float64Array; includes: Inclusion },
): Tail {
  const { distances, points } = distancesOf(
    { ...pool, tables: [sums] },
    { index: 0, side: 'above' },
    includes,
  )
  return fitTail(distances, { points, alike: alikeOf(pool, head), steepest: Math.LOG10E })
}

/** Datapoints in a row about which a head says about the same: half of its longest look back. */
function alikeOf({ components, slotMs }: Pool, head: Component['head']): number {
  const spans = components
    .filter((each) => each.head === head)
    .map(({ span }) => slotsOf(span, slotMs))
  return Math.max(1, ...spans) / 2
}

/** The components of a metric as a pool. */
export function poolOf(
  metric: Pick<MetricModel, 'family' | 'relation'>,
  tables: readonly Float32Array[],
  slotMs: number,
): Pool {
  return { components: componentsOf(metric), tables, slotMs, isTold: null }
}
