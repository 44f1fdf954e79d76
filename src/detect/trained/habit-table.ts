import { slotsPerDay } from './calendar.ts'
import { componentsOf, slotsOf, type Component } from './components.ts'
import {
  cautiousHabits,
  commonHabits,
  drawnHabits,
  noSteeper,
  strangeness,
  type Habits,
} from './habit.ts'
import type { Baseline } from './model.ts'
import { parameters } from './parameters.ts'
import { habitsOf, type Observation } from './observe.ts'

/** Floats that a component takes in a row: centre, reach and slope above, reach and slope below. */
export const habitFields = 5

/** The rows of a metric's devices, and by component what is common to them. */
export interface LearnedHabits {
  table: Float32Array
  common: readonly Habits[]
}

type Shape = Pick<Baseline, 'family' | 'relation' | 'ratio'>

/** Habits of one metric, a row a device as in the model's tables; NaN where a device says nothing. */
export function createHabitTable(metric: Baseline): Float32Array {
  return new Float32Array((metric.devices.rows.size + 1) * habitWidth(metric)).fill(NaN)
}

/** Writes what the device observed last does by itself. */
export function writeOwnHabits(
  observation: Observation,
  target: { metric: number; row: number; table: Float32Array },
): void {
  const metric = observation.group.metrics[target.metric]
  if (metric?.family !== 'dense') return
  componentsOf(metric).forEach((_each, component) => {
    const own = habitsOf(observation, target.metric, component)
    writeHabits(target.table, fieldOf(metric, target.row, component), own)
  })
}

/**
 * Draws every row to what is common, by as much as the device was seen too little; returns that, by component. The
 * last row, for devices that nobody knows, becomes what hardly any device goes beyond.
 */
export function drawHabits(table: Float32Array, metric: Baseline, slotMs: number): Habits[] {
  const rows = metric.devices.rows.size
  return componentsOf(metric).map(({ sides, statistic, isShared }, component) => {
    const smallest = parameters.habit.smallest[statistic]
    const fields = Array.from({ length: rows }, (_, row) => fieldOf(metric, row, component))
    const known = fields.map((field) => readHabits(table, field)).filter(isKnown)
    const common = lookingAt(sides, commonTo(metric, known, smallest))
    for (let row = 0; row < rows; row++)
      drawComponent(table, metric, { row, slotMs, component, common })
    const least = Math.max(smallest, parameters.habit.smallestOfNew)
    const cautious = isShared ? cautiousFor(metric, known, least) : ofAnything
    writeHabits(table, fieldOf(metric, rows, component), lookingAt(sides, cautious))
    return common
  })
}

/** Draws one row to what is common, by component. */
export function drawRow(
  table: Float32Array,
  metric: Baseline,
  { row, slotMs, common }: { row: number; slotMs: number; common: readonly Habits[] },
): void {
  common.forEach((each, component) =>
    drawComponent(table, metric, { row, slotMs, component, common: each }),
  )
}

function drawComponent(
  table: Float32Array,
  metric: Baseline,
  at: { row: number; slotMs: number; component: number; common: Habits },
): void {
  const each = componentsOf(metric)[at.component]
  if (!each) return
  const field = fieldOf(metric, at.row, at.component)
  const own = readHabits(table, field)
  const smallest = parameters.habit.smallest[each.statistic]
  const datapoints = metric.devices.datapoints[at.row] ?? 0
  const looks = datapoints / slotsOf(each.span, at.slotMs)
  const trust = each.isShared ? looks / (looks + parameters.habit.prior) : 1
  const widening = wideningOf(datapoints / slotsPerDay(at.slotMs))
  const drawn = isKnown(own)
    ? drawnHabits(own, at.common, { trust, smallest, widening })
    : at.common
  const scale = each.of === 'ratio' ? (metric.ratio?.devices.scales[at.row] ?? 1) : 1
  writeHabits(table, field, noSteeper(drawn, each.leastSlope / scale))
}

/** What was seen of so few days says less of the next one. */
function wideningOf(days: number): number {
  return Math.sqrt(1 + parameters.habit.doubt / Math.max(1, days))
}

/**
 * How strange a component's value is for the device of this row: negative below its usual value, NaN of NaN. What is
 * within the corridor all along comes to exactly 0 and is as good as expected, whatever is usual.
 */
export function signedStrangeness(table: Float32Array, field: number, value: number): number {
  if (value === 0) return 0
  const distance = value - (table[field] ?? 0)
  if (distance > 0) return strangeness(distance, table[field + 1] ?? 1, table[field + 2] ?? 1)
  if (distance !== distance) return NaN
  return -strangeness(-distance, table[field + 3] ?? 1, table[field + 4] ?? 1)
}

/** Index of a component's first float in a table of habits. */
export function fieldOf(metric: Shape, row: number, component: number): number {
  return row * habitWidth(metric) + component * habitFields
}

export function readHabits(table: Float32Array, field: number): Habits {
  const at = (index: number) => table[field + index] ?? NaN
  return {
    centre: at(0),
    above: { reach: at(1), slope: at(2) },
    below: { reach: at(3), slope: at(4) },
  }
}

function writeHabits(table: Float32Array, field: number, { centre, above, below }: Habits): void {
  table.set([centre, above.reach, above.slope, below.reach, below.slope], field)
}

function habitWidth(metric: Shape): number {
  return componentsOf(metric).length * habitFields
}

/** Nothing is out of reach on a side that is not looked at. */
function lookingAt(sides: Component['sides'], { centre, above, below }: Habits): Habits {
  return {
    centre,
    above: sides === 'below' ? ofAnything.above : above,
    below: sides === 'above' ? ofAnything.below : below,
  }
}

const ofAnything: Habits = {
  centre: 0,
  above: { reach: Infinity, slope: 1 },
  below: { reach: Infinity, slope: 1 },
}

/** A deviance is in units of the device's own rate already. */
const ofDeviance: Habits = {
  centre: 0,
  above: { reach: 1, slope: 1 },
  below: { reach: 1, slope: 1 },
}

function commonTo({ family }: Shape, known: readonly Habits[], smallest: number): Habits {
  return family === 'dense' ? commonHabits(known, smallest) : ofDeviance
}

function cautiousFor({ family }: Shape, known: readonly Habits[], smallest: number): Habits {
  return family === 'dense' ? cautiousHabits(known, smallest) : ofDeviance
}

function isKnown({ centre, above, below }: Habits): boolean {
  return Number.isFinite(centre + above.reach + above.slope + below.reach + below.slope)
}
