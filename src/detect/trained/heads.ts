import { componentValue } from './component-value.ts'
import { headNames } from './components.ts'
import { habitFields, signedStrangeness } from './habit-table.ts'
import type { Reader } from './group-plan.ts'
import type { MetricModel } from './model.ts'
import { parameters } from './parameters.ts'
import { combined, contribution, pointScore } from './scoring.ts'
import type { Windows } from './windows.ts'
import { scoreOf } from './tail.ts'

/** What a metric's components come to. Reused from call to call. */
export interface Heads {
  score: number
  /** Decades of each head, in the order of `headNames`. */
  sums: Float64Array
  /** Of the components that count for the device as a whole. */
  unrest: number
  /** Decades that each component adds to its head. */
  decades: Float64Array
  /** How strange each component is for the device, negative on the lower side; NaN where it is not there. */
  strangeness: Float64Array
  /** Some component adds something. */
  isAny: boolean
}

/** Where a metric's components are read, and for which row of its tables. */
export interface Reading {
  readers: readonly Reader[]
  /** `quietLimits`. */
  quiet: Float64Array
  windows: Windows
  row: number
}

const { norm } = parameters.head
const mostComponents = 24

export function createHeads(): Heads {
  const decades = new Float64Array(mostComponents)
  const strangeness = new Float64Array(mostComponents)
  const sums = new Float64Array(headNames.length)
  return { score: 0, sums, unrest: 0, decades, strangeness, isAny: false }
}

/** Sums up the components of a metric that has a value at the newest slot. */
export function sumUp(
  heads: Heads,
  metric: MetricModel,
  { readers, quiet, windows, row }: Reading,
): void {
  const rate = metric.devices.levels[row] ?? 0
  const { habits } = metric.devices
  const by = { tails: metric.tails, quiet }
  let field = row * readers.length * habitFields
  const { sums } = heads
  sums.fill(0)
  let unrest = 0
  for (let index = 0; index < readers.length; index++) {
    const reader = readers[index]
    if (!reader) continue
    const strange = signedStrangeness(habits, field, componentValue(reader, windows, rate))
    const own = strange === strange ? contribution(by, index, strange) : 0
    // A metric that is back to its usual value is calm again, whatever the last hour was.
    const decades = reader.isDeparture && heads.decades[0] === 0 ? 0 : own
    field += habitFields
    heads.strangeness[index] = strange
    heads.decades[index] = decades
    if (own === 0) continue
    sums[reader.head] = (sums[reader.head] ?? 0) + decades ** norm
    if (reader.isUnrest) unrest += own
  }
  heads.unrest = unrest
  heads.isAny = false
  for (let head = 0; head < sums.length; head++) {
    const sum = sums[head] ?? 0
    if (sum === 0) continue
    sums[head] = sum ** (1 / norm)
    heads.isAny = true
  }
  heads.score = heads.isAny ? scoreFor(heads, metric, { readers, windows }) : 0
}

function scoreFor(
  { sums, strangeness }: Heads,
  metric: MetricModel,
  { readers, windows }: { readers: readonly Reader[]; windows: Windows },
): number {
  let strangest = pointScore(metric.tails, strangeness[0] ?? 0)
  for (let head = 0; head < metric.heads.length; head++) {
    strangest = Math.max(strangest, headScore(metric, sums, head))
  }
  const score = combined(strangest, metric.heads.length)
  if (metric.family === 'dense') return score
  const day = readers.at(-1)
  const events = day ? (windows.places.sums[day.sum] ?? 0) : 0
  return events <= 1 ? Math.min(score, parameters.oneEvent) : score
}

function headScore({ heads }: MetricModel, sums: Float64Array, head: number): number {
  const tail = heads[head]
  return tail ? scoreOf(tail, sums[head] ?? 0) : 0
}

/** Index of the head that decides; the value for itself belongs to the first one. */
export function leadingHead({ sums, strangeness }: Heads, metric: MetricModel): number {
  const point = pointScore(metric.tails, strangeness[0] ?? 0)
  let leading = 0
  let most = Math.max(point, headScore(metric, sums, 0))
  for (let head = 1; head < metric.heads.length; head++) {
    const score = headScore(metric, sums, head)
    if (score <= most) continue
    most = score
    leading = head
  }
  return leading
}

/** The component that adds most to the head that decides; the first where none does. */
export function leadingComponent(
  heads: Heads,
  metric: MetricModel,
  readers: readonly Reader[],
): number {
  const head = leadingHead(heads, metric)
  let leading = 0
  let most = 0
  for (let index = 0; index < readers.length; index++) {
    const decades = heads.decades[index] ?? 0
    if (readers[index]?.head === head && decades > most) {
      most = decades
      leading = index
    }
  }
  return leading
}
