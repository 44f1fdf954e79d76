import {
  componentsOf,
  headNames,
  headsOf,
  isDeparture,
  isUnrest,
  slotsOf,
  type Component,
} from './components.ts'
import type { MetricModel, Tail } from './model.ts'
import { quantileOf } from './order.ts'
import { parameters } from './parameters.ts'
import { combined, contribution, pointScore, quietLimits, type MetricTails } from './scoring.ts'
import { fitTail, scoreOf } from './tail.ts'

/** How strange each component was of normal datapoints. */
export interface Pool {
  components: readonly Component[]
  /** How many heads they have. */
  heads: number
  slotMs: number
  /** By component, NaN where there is none. */
  tables: readonly Float32Array[]
  /** By component. */
  uncommon: readonly Uncommon[]
  /** 1 where a datapoint is no news, and teaches nothing of how rare it is; null where nothing is told yet. */
  isTold: Uint8Array | null
}

/** The entries of a table that are strange enough to matter, to whichever side: most are not, and are passed over. */
interface Uncommon {
  /** Entries of the table that are there at all. */
  points: number
  indices: Int32Array
  values: Float32Array
}

/** By datapoint: 1 where it is to be learned from; null is all. */
export type Inclusion = Uint8Array | null

/** The components of a metric as a pool. */
export function poolOf(
  metric: Pick<MetricModel, 'family' | 'relation' | 'ratio'>,
  tables: readonly Float32Array[],
  slotMs: number,
): Pool {
  return {
    components: componentsOf(metric),
    heads: headsOf(metric),
    slotMs,
    tables,
    uncommon: tables.map(uncommonIn),
    isTold: null,
  }
}

/** Tails, and what they make of the pool's datapoints. */
export interface Fit extends MetricTails {
  /** By head and datapoint, decades. */
  sums: readonly Float64Array[]
  /** By datapoint: decades of the components that count for the device as a whole; NaN where there is none. */
  unrest: Float64Array
}

/** Learns all tails of a metric from the datapoints of the pool that are included. */
export function fitTails(pool: Pool, includes: Inclusion): Fit {
  const tails = pool.components.flatMap(({ span }, component) => {
    const points = countIn(pool, component, includes)
    const alike = slotsOf(span, pool.slotMs)
    return ([1, -1] as const).map((sign) =>
      fitTail(distancesOf(pool, { component, sign }, includes), { points, alike, nearest }),
    )
  })
  const { sums, unrest } = headSums(pool, tails)
  const points = countIn(pool, 0, includes)
  const heads = sums.map((own, head) => headTail(pool, head, { sums: own, points, includes }))
  return { tails, heads, sums, unrest }
}

/** Final scores of all datapoints of the pool, NaN where there is none; 0 where nothing is uncommon. */
export function scoresOf(pool: Pool, { tails, heads, sums }: Fit): Float32Array {
  const values = pool.tables[0] ?? nothing
  const scores = new Float32Array(values.length)
  for (let index = 0; index < scores.length; index++) {
    let strangest = 0
    for (let head = 0; head < heads.length; head++) {
      const sum = sums[head]?.[index] ?? 0
      const tail = heads[head]
      if (sum > 0 && tail) strangest = Math.max(strangest, scoreOf(tail, sum))
    }
    const value = values[index] ?? NaN
    if (value !== value) scores[index] = NaN
    if (strangest === 0) continue
    const score = combined(Math.max(strangest, pointScore(tails, value)), heads.length)
    const isNews = pool.isTold?.[index] !== 1
    scores[index] = isNews ? score : Math.min(score, parameters.news.told)
  }
  return scores
}

const { norm } = parameters.head

/** What is strange at all is so by more than its device's reach. */
const nearest = 1

const nothing = new Float32Array(0)

/** Every so many-th entry tells well enough where the uncommon begins. */
const sampled = 16

function uncommonIn(table: Float32Array): Uncommon {
  const [above, below] = [limitIn(table, 1), limitIn(table, -1)]
  const isUncommon = (value: number) => value > above || -value > below
  let points = 0
  let count = 0
  for (const value of table) {
    if (value === value) points++
    if (isUncommon(value)) count++
  }
  const indices = new Int32Array(count)
  const values = new Float32Array(count)
  count = 0
  for (let index = 0; index < table.length; index++) {
    const value = table[index] ?? NaN
    if (!isUncommon(value)) continue
    indices[count] = index
    values[count++] = value
  }
  return { points, indices, values }
}

/** So that somewhat more than the body of a tail lies beyond it on this side. */
function limitIn(table: Float32Array, sign: 1 | -1): number {
  const sample = new Float64Array(Math.ceil(table.length / sampled))
  let count = 0
  for (let index = 0; index < table.length; index += sampled) {
    const value = sign * (table[index] ?? NaN)
    if (value === value) sample[count++] = value
  }
  if (count < sampled) return 0
  return Math.max(0, quantileOf(sample.subarray(0, count), 1 - 1.5 * parameters.tail.body))
}

function countIn({ uncommon, tables }: Pool, component: number, includes: Inclusion): number {
  if (!includes) return uncommon[component]?.points ?? 0
  const table = tables[component] ?? nothing
  let points = 0
  for (let index = 0; index < table.length; index++) {
    const value = table[index] ?? NaN
    if (value === value && includes[index] !== 0) points++
  }
  return points
}

/** To one side; what was told is not strange any more. */
function distancesOf(
  { uncommon, isTold }: Pool,
  { component, sign }: { component: number; sign: 1 | -1 },
  includes: Inclusion,
): Float64Array {
  const { indices, values } = uncommon[component] ?? { indices: [], values: nothing }
  const found = new Float64Array(values.length)
  let count = 0
  for (let each = 0; each < values.length; each++) {
    const distance = sign * (values[each] ?? 0)
    const index = indices[each] ?? 0
    if (distance > 0 && includes?.[index] !== 0 && isTold?.[index] !== 1) found[count++] = distance
  }
  return found.subarray(0, count)
}

function headSums(pool: Pool, tails: readonly Tail[]): Pick<Fit, 'sums' | 'unrest'> {
  const { components, heads, tables } = pool
  const values = tables[0] ?? nothing
  const by = { tails, quiet: quietLimits(tails) }
  const sums = Array.from({ length: heads }, () => new Float64Array(values.length))
  const unrest = new Float64Array(values.length)
  const isOut = new Uint8Array(values.length)
  eachContribution(pool, { ...by, component: 0 }, (index) => (isOut[index] = 1))
  components.forEach((each, component) => {
    const head = sums[headNames.indexOf(each.head)] ?? unrest
    // A metric that is back to its usual value is calm again.
    const mustBeOut = isDeparture(each.statistic)
    const isCounted = isUnrest(each)
    eachContribution(pool, { ...by, component }, (index, decades) => {
      if (!mustBeOut || isOut[index] === 1) head[index] = (head[index] ?? 0) + decades ** norm
      if (isCounted) unrest[index] = (unrest[index] ?? 0) + decades
    })
  })
  sums.forEach(takeRoots)
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? NaN
    if (value !== value) unrest[index] = NaN
  }
  return { sums, unrest }
}

function takeRoots(sums: Float64Array): void {
  for (let index = 0; index < sums.length; index++) {
    const sum = sums[index] ?? 0
    if (sum > 0) sums[index] = sum ** (1 / norm)
  }
}

function eachContribution(
  { uncommon, tables }: Pool,
  by: { tails: readonly Tail[]; quiet: Float64Array; component: number },
  take: (index: number, decades: number) => void,
): void {
  const { indices, values } = uncommon[by.component] ?? { indices: [], values: nothing }
  const isThere = tables[0] ?? nothing
  for (let each = 0; each < values.length; each++) {
    const index = indices[each] ?? 0
    const decades = contribution(by, by.component, values[each] ?? 0)
    if (decades > 0 && isThere[index] === isThere[index]) take(index, decades)
  }
}

/** Tail of a head's decades, each of which is ten times as rare already and no more. */
function headTail(
  pool: Pool,
  head: number,
  { sums, points, includes }: { sums: Float64Array; points: number; includes: Inclusion },
): Tail {
  const { isTold } = pool
  const distances = new Float64Array(sums.length)
  let count = 0
  for (let index = 0; index < sums.length; index++) {
    const sum = sums[index] ?? 0
    if (sum > 0 && includes?.[index] !== 0 && isTold?.[index] !== 1) distances[count++] = sum
  }
  return fitTail(distances.subarray(0, count), {
    points,
    alike: alikeOf(pool, head),
    steepest: Math.LOG10E,
  })
}

/** Datapoints in a row about which a head says about the same: half of its longest look back. */
function alikeOf({ components, slotMs }: Pool, head: number): number {
  const spans = components
    .filter((each) => each.head === headNames[head])
    .map(({ span }) => slotsOf(span, slotMs))
  return Math.max(1, ...spans) / 2
}
