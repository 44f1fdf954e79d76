import { bucketCount } from './calendar.ts'
import { bucketMediansOf, fleetShapeOf, type BucketMedians } from './daily-shape.ts'
import { baselineOf, fleetHabitOf, type Habit } from './fleet-habit.ts'
import { fromLog } from './log-scale.ts'
import { at, median, robustSpread } from './median.ts'
import type { Baselines, Traits } from './model.ts'
import { isSettled, settledOf, type Prepared } from './prepared-history.ts'

/** Datapoints at which a device's own median of a bucket weighs as much as its level in the fleet's shape. */
const bucketPrior = 24

/** Datapoints of a device's first day at which its own level weighs as much as the fleet's. */
const levelPrior = 4

interface Levelled {
  history: Prepared
  medians: BucketMedians
  datapoints: number
  level: number
}

/**
 * Learns what each device normally does: its own medians by time of day, drawn to its level in the fleet's
 * common daily shape where it has few datapoints, and a spread drawn a little to the fleet's.
 */
export function fitBaselines(histories: readonly Prepared[], traits: Traits): Baselines {
  const medians = histories.map((history) => ({ history, ...bucketMediansOf(history) }))
  const shape = fleetShapeOf(settledOf(medians))
  const levelled = medians.map((own) => ({
    ...own,
    medians: own,
    level: levelOf(own.history, shape),
  }))
  const { middle, between } = levelsOf(settledOf(levelled))
  const habits = levelled.map((own) => habitOf(own, { shape, fleetLevel: middle }))
  const fleet = fleetHabitOf(habits, traits)
  const centres = Float32Array.from(shape, (offset) => middle + offset)
  const unknown = { datapoints: 0, level: middle, centres, ...fleet }
  const devices = new Map(habits.map((habit) => [habit.deviceId, baselineOf(habit, fleet, traits)]))
  return { traits, between, unknown, devices }
}

/** How far a device's own level is believed against the fleet's, 0 to 1. */
export function ownLevelShare(datapoints: number): number {
  return isSettled(datapoints) ? 1 : datapoints / (datapoints + levelPrior)
}

/** The device's median with the day's shape taken off, so that a device seen only at night is not a quiet one. */
function levelOf({ logs, buckets }: Prepared, shape: Float64Array): number {
  return median(logs.map((log, index) => log - at(shape, at(buckets, index))))
}

/** A fleet of a few devices says little of the next one: one log unit, with the weight of two devices. */
function levelsOf(devices: readonly { level: number }[]): { middle: number; between: number } {
  const levels = Float64Array.from(devices, ({ level }) => level)
  const count = levels.length
  const middle = median(levels)
  const spread = robustSpread(levels.map((level) => level - middle))
  return { middle, between: Math.sqrt((count * spread ** 2 + 2) / (count + 2)) }
}

function habitOf(
  { history, medians, datapoints, level }: Levelled,
  { shape, fleetLevel }: { shape: Float64Array; fleetLevel: number },
): Habit {
  const trust = ownLevelShare(datapoints)
  const drawn = trust * level + (1 - trust) * fleetLevel
  const centres = centresOf(medians, shape, drawn)
  const { deviceId } = history
  return { deviceId, datapoints, level: drawn, centres, ...scatterOf(history, centres) }
}

function centresOf(own: BucketMedians, shape: Float64Array, level: number): Float32Array {
  const centres = new Float32Array(bucketCount)
  for (let bucket = 0; bucket < bucketCount; bucket++) {
    const count = at(own.counts, bucket)
    const trust = count / (count + bucketPrior)
    const expected = level + at(shape, bucket)
    const ownMedian = count > 0 ? at(own.medians, bucket) : expected
    centres[bucket] = trust * ownMedian + (1 - trust) * expected
  }
  return centres
}

function scatterOf(
  { logs, values, buckets }: Prepared,
  centres: Float32Array,
): Pick<Habit, 'spread' | 'sum' | 'squares'> {
  const expected = Float64Array.from(centres, fromLog)
  const deviations = logs.map((log, index) => log - at(centres, at(buckets, index)))
  let sum = 0
  let squares = 0
  for (let index = 0; index < values.length; index++) {
    const value = at(values, index)
    sum += value
    squares += (value - at(expected, at(buckets, index))) ** 2
  }
  return { spread: robustSpread(deviations), sum, squares }
}
