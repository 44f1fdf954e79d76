import { parameters } from './parameters.ts'
import { quantileOf, select } from './order.ts'

/** How far something normally goes to one side: few datapoints pass `reach`, those that do by `slope` on average. */
export interface Habit {
  reach: number
  slope: number
}

/**
 * What a component normally does on one device: its usual value, and its habit above and below that. Distances in
 * these units are comparable between a quiet device and a bursty one.
 */
export interface Habits {
  centre: number
  above: Habit
  below: Habit
}

/**
 * Of a distance from the centre in units of the habit: 0 within its reach, where it is as good as usual; 1 from there
 * on, and one more with each slope beyond.
 */
export function strangeness(distance: number, reach: number, slope: number): number {
  return distance > reach ? 1 + (distance - reach) / slope : 0
}

/** The largest distance that is no stranger. */
export function fromStrangeness(strange: number, { reach, slope }: Habit): number {
  // Of a side that is not looked at the slope is infinite, too: no times that is not a number.
  return strange > 1 ? reach + (strange - 1) * slope : reach
}

/** What the values say by themselves; NaN of nothing. Reorders them. */
export function ownHabits(values: Float64Array): Habits {
  const length = values.length
  const beyond = Math.max(1, Math.ceil((1 - parameters.habit.quantile) * length))
  const middle = length >> 1
  const centre = select(values, middle)
  const lowest = select(values, Math.min(beyond - 1, middle), { from: 0, to: middle + 1 })
  const rank = Math.max(0, length - beyond - middle)
  const highest = select(values, rank, { from: middle, to: length })
  let below = 0
  let above = 0
  for (let index = 0; index < beyond; index++) {
    below += lowest - (values[index] ?? 0)
    above += (values[length - 1 - index] ?? 0) - highest
  }
  return {
    centre,
    above: { reach: highest - centre, slope: above / beyond },
    below: { reach: centre - lowest, slope: below / beyond },
  }
}

/** The habits of all of them together. */
export function commonHabits(habits: readonly Habits[], smallest: number): Habits {
  const mean = (field: (each: Habits) => number) =>
    habits.reduce((sum, each) => sum + field(each), 0) / Math.max(1, habits.length)
  return bounded(
    {
      centre: mean(({ centre }) => centre),
      above: { reach: mean(({ above }) => above.reach), slope: mean(({ above }) => above.slope) },
      below: { reach: mean(({ below }) => below.reach), slope: mean(({ below }) => below.slope) },
    },
    smallest,
  )
}

/** Habits that hardly any of the devices goes beyond: what a device that nobody knows is allowed. */
export function cautiousHabits(habits: readonly Habits[], smallest: number): Habits {
  const { centre } = commonHabits(habits, smallest)
  const most = (field: (each: Habits) => number) =>
    habits.length > 0
      ? quantileOf(Float64Array.from(habits, field), parameters.habit.cautiousShare)
      : 0
  return bounded(
    {
      centre,
      above: {
        reach: most((each) => each.centre + each.above.reach) - centre,
        slope: most(({ above }) => above.slope),
      },
      below: {
        reach: centre + most((each) => each.below.reach - each.centre),
        slope: most(({ below }) => below.slope),
      },
    },
    smallest,
  )
}

/** Drawn to the common ones, of which `trust` is 1 where nothing is taken, and widened. */
export function drawnHabits(
  own: Habits,
  common: Habits,
  { trust, smallest, widening }: { trust: number; smallest: number; widening: number },
): Habits {
  const drawn = (mine: number, others: number) =>
    others === Infinity ? Infinity : trust * mine + (1 - trust) * others
  const habit = (side: 'above' | 'below'): Habit => ({
    reach: widening * drawn(own[side].reach, common[side].reach),
    slope: widening * drawn(own[side].slope, common[side].slope),
  })
  return bounded(
    {
      centre: drawn(own.centre, common.centre),
      above: habit('above'),
      below: habit('below'),
    },
    smallest,
  )
}

/**
 * The same, with what lies beyond a reach counting no more than one for each `slope`: what happens for the first time
 * is as large as it is, and no larger for the device having been steady before.
 */
export function noSteeper({ centre, above, below }: Habits, slope: number): Habits {
  return {
    centre,
    above: { reach: above.reach, slope: Math.max(above.slope, slope) },
    below: { reach: below.reach, slope: Math.max(below.slope, slope) },
  }
}

function bounded({ centre, above, below }: Habits, smallest: number): Habits {
  return { centre, above: atLeast(above, smallest), below: atLeast(below, smallest) }
}

function atLeast({ reach, slope }: Habit, smallest: number): Habit {
  const { smallestSlope } = parameters.habit
  const least = Math.max(reach, smallest)
  return { reach: least, slope: Math.max(slope, smallestSlope * least) }
}
