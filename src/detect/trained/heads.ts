import { isCalm } from './calm.ts'
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
  /** Index of the head that decides the score; the value for itself belongs to the first one. */
  leading: number
  /** Decades of each head, in the order of `headNames`. */
  sums: Float64Array
  /** Of the components that count for the device as a whole. */
  unrest: number
  /** Decades that each component adds to its head. */
  decades: Float64Array
  /**
   * How strange each component is for the device, negative on the lower side; NaN where it is not there. 0 of those
   * that are calm, but not of the first one where another adds something.
   */
  strangeness: Float64Array
  /** Some component adds something. */
  isAny: boolean
}

/** Where a metric's components are read, and for which row of its tables. */
export interface Reading {
  readers: readonly Reader[]
  /** `quietLimits`. */
  quiet: Float64Array
  /** Of the device: the `calmLimits` of the metric's components begin at `calmFrom`. */
  calm: Float32Array
  calmFrom: number
  windows: Windows
  row: number
}

const { norm } = parameters.head
const mostComponents = 24

export function createHeads(): Heads {
  const decades = new Float64Array(mostComponents)
  const strangeness = new Float64Array(mostComponents)
  const sums = new Float64Array(headNames.length)
  return { score: 0, leading: 0, sums, unrest: 0, decades, strangeness, isAny: false }
}

/** Sums up the components of a metric that has a value at the newest slot. */
export function sumUp(heads: Heads, metric: MetricModel, reading: Reading): void {
  const { readers, quiet, calmFrom, windows, row } = reading
  const rate = metric.devices.levels[row] ?? 0
  const { habits } = metric.devices
  const by = { tails: metric.tails, quiet }
  const { sums } = heads
  sums.fill(0)
  heads.isAny = false
  heads.leading = 0
  const first = row * readers.length
  let unrest = 0
  for (let index = 0; index < readers.length; index++) {
    const reader = readers[index]
    if (!reader) continue
    if (isCalm(reader, reading, calmFrom + 2 * index)) {
      heads.strangeness[index] = 0
      heads.decades[index] = 0
      continue
    }
    const field = (first + index) * habitFields
    const strange = signedStrangeness(habits, field, componentValue(reader, windows, rate))
    const own = strange === strange ? contribution(by, index, strange) : 0
    // A metric that is back to its usual value is calm again, whatever the last hour was.
    const decades = reader.isDeparture && heads.decades[0] === 0 ? 0 : own
    heads.strangeness[index] = strange
    heads.decades[index] = decades
    if (own === 0) continue
    sums[reader.head] = (sums[reader.head] ?? 0) + decades ** norm
    if (decades > 0) heads.isAny = true
    if (reader.isUnrest) unrest += own
  }
  heads.unrest = unrest
  heads.score = heads.isAny ? scoreFor(heads, metric, reading) : 0
}

/** The value's own strangeness, calm or not. */
function ownStrangeness({ devices }: MetricModel, { readers, windows, row }: Reading): number {
  const [reader] = readers
  if (!reader) return 0
  const value = componentValue(reader, windows, devices.levels[row] ?? 0)
  return signedStrangeness(devices.habits, row * readers.length * habitFields, value)
}

/** Makes the roots of the sums on the way. */
function scoreFor(heads: Heads, metric: MetricModel, reading: Reading): number {
  const { readers, windows } = reading
  const own = ownStrangeness(metric, reading)
  heads.strangeness[0] = own
  let strangest = pointScore(metric.tails, own)
  for (let head = 0; head < metric.heads.length; head++) {
    const score = headScore(heads, metric, head)
    if (score <= strangest) continue
    strangest = score
    heads.leading = head
  }
  const score = combined(strangest, metric.heads.length)
  if (metric.family === 'dense') return score
  const day = readers.at(-1)
  const events = day ? (windows.places.sums[day.sum] ?? 0) : 0
  return events <= 1 ? Math.min(score, parameters.oneEvent) : score
}

function headScore({ sums }: Heads, { heads }: MetricModel, head: number): number {
  const sum = sums[head] ?? 0
  const tail = heads[head]
  if (sum === 0 || !tail) return 0
  sums[head] = sum ** (1 / norm)
  return scoreOf(tail, sums[head] ?? 0)
}

/** The component that adds most to the head that decides; the first where none does. */
export function leadingComponent(heads: Heads, readers: readonly Reader[]): number {
  let leading = 0
  let most = 0
  for (let index = 0; index < readers.length; index++) {
    const decades = heads.decades[index] ?? 0
    if (readers[index]?.head === heads.leading && decades > most) {
      most = decades
      leading = index
    }
  }
  return leading
}
