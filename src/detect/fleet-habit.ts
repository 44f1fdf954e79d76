import { slotsPerDay } from '../contract/model/time.ts'
import { median } from './median.ts'
import type { DeviceBaseline, Traits } from './model.ts'
import { isSettled, settledOf } from './prepared-history.ts'

/** Share of a spread that is always the fleet's: a device's own may be small by luck. */
const fleetShare = 0.2

/** Datapoints at which a device's own spread has half the weight it can get. */
const spreadPrior = 24

/** What one device's history says by itself. */
export interface Habit {
  deviceId: string
  datapoints: number
  level: number
  centres: Float32Array
  spread: number
  /** Of all values, in the metric's unit. */
  sum: number
  /** Of the squared distances from the centre, in the metric's unit squared. */
  squares: number
}

/** What is expected of a device before it is known. */
export type FleetHabit = Pick<DeviceBaseline, 'spread' | 'rate' | 'dispersion'>

export function fleetHabitOf(habits: readonly Habit[], { isCount }: Traits): FleetHabit {
  const settled = settledOf(habits)
  const spread = median(Float64Array.from(settled, (habit) => habit.spread))
  if (!isCount) return { spread, rate: 0, dispersion: 0 }
  const datapoints = total(habits, (habit) => habit.datapoints)
  const rate = total(habits, (habit) => habit.sum) / datapoints
  return { spread, rate, dispersion: commonDispersionOf(settled) }
}

/** The device's own habit, drawn to the fleet's by as much as its history is short. */
export function baselineOf(habit: Habit, fleet: FleetHabit, { isCount }: Traits): DeviceBaseline {
  const { datapoints, level, centres, sum } = habit
  const trust = ((1 - fleetShare) * datapoints) / (datapoints + spreadPrior)
  const spread = trust * habit.spread + (1 - trust) * fleet.spread
  if (!isCount) return { datapoints, level, centres, spread, rate: 0, dispersion: 0 }
  const rate = (sum + slotsPerDay * fleet.rate) / (datapoints + slotsPerDay)
  const isTelling = isSettled(datapoints) && sum > 0
  const dispersion = isTelling ? dispersionOf(habit) : fleet.dispersion
  return { datapoints, level, centres, spread, rate, dispersion }
}

function commonDispersionOf(habits: readonly Habit[]): number {
  const counting = habits.filter(({ sum }) => sum > 0)
  if (counting.length === 0) return 1
  return median(Float64Array.from(counting, dispersionOf))
}

/** Variance over mean. A burst makes it large, but no spread is widened beyond Poisson's for that. */
function dispersionOf({ sum, squares }: Habit): number {
  return Math.min(1, squares / sum)
}

function total(habits: readonly Habit[], quantity: (habit: Habit) => number): number {
  return habits.reduce((sum, habit) => sum + quantity(habit), 0)
}
