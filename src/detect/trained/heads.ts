import { componentValue } from './component-value.ts'
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
  fast: number
  slow: number
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
const mostComponents = 16

export function createHeads(): Heads {
  const decades = new Float64Array(mostComponents)
  const strangeness = new Float64Array(mostComponents)
  return { score: 0, fast: 0, slow: 0, unrest: 0, decades, strangeness, isAny: false }
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
  let [fast, slow, unrest] = [0, 0, 0]
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
    if (reader.isFast) fast += decades ** norm
    else slow += decades ** norm
    if (reader.isUnrest) unrest += own
  }
  heads.fast = fast > 0 ? fast ** (1 / norm) : 0
  heads.slow = slow > 0 ? slow ** (1 / norm) : 0
  heads.unrest = unrest
  heads.isAny = fast > 0 || slow > 0
  heads.score = heads.isAny ? scoreFor(heads, metric, { readers, windows }) : 0
}

function scoreFor(
  { fast, slow, strangeness }: Heads,
  metric: MetricModel,
  { readers, windows }: { readers: readonly Reader[]; windows: Windows },
): number {
  const point = pointScore(metric.tails, strangeness[0] ?? 0)
  const score = combined(point, scoreOf(metric.fast, fast), scoreOf(metric.slow, slow))
  if (metric.family === 'dense') return score
  const day = readers.at(-1)
  const events = day ? (windows.places.sums[day.sum] ?? 0) : 0
  return events <= 1 ? Math.min(score, parameters.oneEvent) : score
}

/** The head that decides; the value for itself belongs to the fast one. */
export function leadingHead(heads: Heads, metric: MetricModel): 'fast' | 'slow' {
  const point = pointScore(metric.tails, heads.strangeness[0] ?? 0)
  const fast = Math.max(point, scoreOf(metric.fast, heads.fast))
  return fast >= scoreOf(metric.slow, heads.slow) ? 'fast' : 'slow'
}

/** The component that adds most to the head that decides; the first where none does. */
export function leadingComponent(
  heads: Heads,
  metric: MetricModel,
  readers: readonly Reader[],
): number {
  const isFast = leadingHead(heads, metric) === 'fast'
  let leading = 0
  let most = 0
  for (let index = 0; index < readers.length; index++) {
    const decades = heads.decades[index] ?? 0
    if (readers[index]?.isFast === isFast && decades > most) {
      most = decades
      leading = index
    }
  }
  return leading
}
