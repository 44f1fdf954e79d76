import { createFamiliarShapes, shapeLength } from './familiar-shapes.ts'
import { createForecast } from './forecast.ts'
import { clipped, createMovingAverage } from './moving-average.ts'
import {
  bounds,
  createOwnTail,
  learn,
  scoreAbove,
  scoreEitherWay,
  spreadOf,
  type OwnTail,
} from './own-tail.ts'
import { parameters } from './parameters.ts'
import {
  createRecentValues,
  deviationOf,
  meanOf,
  remember,
  valueAgo,
  type RecentValues,
} from './recent-values.ts'
import { createRhythm } from './rhythm.ts'
import { quantile } from './sorted-window.ts'

/** What is looked at in each datapoint; each has a past of its own and is judged by that. */
export const componentNames = [
  'level',
  'daily',
  'weekly',
  'sustained',
  'shift',
  'shape',
  'step',
  'change',
  'bustle',
  'unrest',
  'surprise',
] as const

export type ComponentName = (typeof componentNames)[number]

/** Of -log10 p: values outside the expected range are rarer than that, by what is expected at the time of the week. */
const expectedDecades = 4

/** Of these, less than usual is as strange as more. */
const twoSided: ReadonlySet<ComponentName> = new Set([
  'level',
  'daily',
  'weekly',
  'sustained',
  'bustle',
  'unrest',
])

/** Decades, each. */
export type ComponentScores = Readonly<Record<ComponentName, number>>

export interface ComponentsJudgement {
  scores: ComponentScores
  /** Where the value was to be expected, by the weekly rhythm; NaN while the past is too short. */
  expected: { low: number; high: number }
}

/** Judges a finite value by what came before it, then learns it. */
export type Components = (at: number, value: number) => ComponentsJudgement

/** One number a component, NaN where there is none yet. */
type Statistics = Record<ComponentName, number>

export function createComponents(spacingMs: number): Components {
  const tails = recordOf(() => createOwnTail())
  const rhythm = createRhythm(spacingMs)
  const measure = createMeasure()
  return (at, value) => {
    const { past } = tails.level
    const median = past.size > 0 ? quantile(past, 0.5) : value
    const spread = spreadOf(tails.level)
    const daily = rhythm.daily(at, median)
    const weekly = rhythm.weekly(at, daily)
    const statistics = measure(value, { median, spread, daily, weekly })
    const { low, high } = bounds(tails.weekly, expectedDecades)
    rhythm.learn(at, value, past.size < parameters.silentFor ? Infinity : spread)
    return {
      scores: recordOf((name) => judge(tails[name], statistics[name], twoSided.has(name))),
      expected: { low: weekly + low, high: weekly + high },
    }
  }
}

interface Setting {
  median: number
  spread: number
  daily: number
  weekly: number
}

function createMeasure(): (value: number, setting: Setting) => Statistics {
  const { sustained, shiftLength, surprise } = parameters
  const values = createRecentValues(Math.max(shapeLength + 1, parameters.unrestLength))
  const residuals = createRecentValues(2 * shiftLength)
  const average = createMovingAverage(sustained.span)
  const surprised = createMovingAverage(surprise.span)
  const forecast = createForecast()
  const shapes = createFamiliarShapes()
  return (value, { median, spread, daily, weekly }) => {
    remember(values, value)
    remember(residuals, value - daily)
    const miss = clipped(forecast.miss(value - median, spread), surprise.mostSpreads * spread)
    return {
      level: value,
      daily: value - daily,
      weekly: value - weekly,
      sustained: average(clipped(value - daily, sustained.mostSpreads * spread)),
      shift: residuals.count < 2 * shiftLength ? NaN : shiftOf(residuals),
      shape: shapes.distance(values, { median, spread }),
      step: since(values, 1),
      change: since(values, parameters.changeLag),
      bustle: restlessness(values, parameters.bustleLength, spread),
      unrest: restlessness(values, parameters.unrestLength, spread),
      surprise: values.count <= parameters.forecast.lags + 1 ? NaN : surprised(Math.abs(miss)),
    }
  }
}

function shiftOf(residuals: RecentValues): number {
  const { shiftLength } = parameters
  return Math.abs(meanOf(residuals, 0, shiftLength) - meanOf(residuals, shiftLength, shiftLength))
}

function since(values: RecentValues, age: number): number {
  return values.count <= age ? NaN : Math.abs(valueAgo(values, 0) - valueAgo(values, age))
}

/** Standard deviation, as a logarithm: a calm is as visible as a storm. */
function restlessness(values: RecentValues, length: number, spread: number): number {
  return values.count < length ? NaN : Math.log(deviationOf(values, length) + 0.01 * spread)
}

function judge(tail: OwnTail, statistic: number, eitherWay: boolean): number {
  if (Number.isNaN(statistic)) return 0
  const score = eitherWay ? scoreEitherWay(tail, statistic) : scoreAbove(tail, statistic)
  learn(tail, statistic)
  return score
}

function recordOf<Entry>(entryOf: (name: ComponentName) => Entry): Record<ComponentName, Entry> {
  return {
    level: entryOf('level'),
    daily: entryOf('daily'),
    weekly: entryOf('weekly'),
    sustained: entryOf('sustained'),
    shift: entryOf('shift'),
    shape: entryOf('shape'),
    step: entryOf('step'),
    change: entryOf('change'),
    bustle: entryOf('bustle'),
    unrest: entryOf('unrest'),
    surprise: entryOf('surprise'),
  }
}
