import { bucketOf } from './calendar.ts'
import { calmTable } from './calm.ts'
import { recall, type DeviceMemory } from './device-memory.ts'
import { createHeads, type Heads, type Reading } from './heads.ts'
import { planFor, rememberedSlots } from './group-plan.ts'
import { distanceLimits, strangenessLimits } from './limits.ts'
import { eventLimits } from './expected-range.ts'
import type { GroupModel, MetricModel } from './model.ts'
import { seatNewcomer } from './newcomer.ts'
import { countRow, groupOf, placeRow, type Group, type Seat } from './places.ts'
import { quietLimits } from './scoring.ts'
import { missing } from './sliding.ts'
import { forgetUsual, usualIn, type Usual } from './usual.ts'
import { advance, advanceCounts, clearWindows, createWindows, type Windows } from './windows.ts'

/** A model made ready to judge with. */
export interface Judging {
  model: GroupModel
  group: Group
  metrics: readonly (MetricModel | null)[]
  /** By metric index: `quietLimits`. */
  quiet: Float64Array[]
  /** By metric index: `calmTable`. */
  calm: Float32Array[]
  /** By metric index: `strangenessLimits`. */
  limits: (Float64Array | null)[]
  /** By metric index and row: how far values may lie, as asked for so far. */
  distances: (Float64Array | undefined)[][]
  heads: Heads
  /** Unrest of one device's metrics, by metric index; NaN where there is no value. */
  unrest: Float64Array
  row: Int32Array
  absent: Int32Array
  /** As many numbers as slots are remembered. */
  scratch: Float64Array
  /** For slots that do not follow on one another. */
  spare: Windows
  /** For looking back from a slot: `news.ts`. */
  past: Windows
}

/** A device at one slot. */
export interface Occasion {
  memory: DeviceMemory
  seat: Seat
  slot: number
  bucket: number
  usual: Usual
}

/** With the windows that end with the slot. */
export interface View extends Occasion {
  windows: Windows
}

export function createJudging(model: GroupModel): Judging {
  const plan = planFor(model.metrics, model.slotMs)
  const quiet = model.metrics.map((metric) => quietLimits(metric?.tails ?? []))
  return {
    model,
    group: groupOf(model.metrics, model.metricIds, plan),
    metrics: model.metrics,
    quiet,
    calm: model.metrics.map((metric, index) =>
      metric ? calmTable(metric, quiet[index] ?? nothing) : none,
    ),
    limits: model.metrics.map((metric) => metric && strangenessLimits(metric)),
    distances: model.metrics.map(() => []),
    heads: createHeads(),
    unrest: new Float64Array(model.metrics.length),
    row: new Int32Array(plan.places.channels),
    absent: new Int32Array(plan.places.channels).fill(missing),
    scratch: new Float64Array(rememberedSlots(model.slotMs)),
    spare: createWindows(plan),
    past: createWindows(plan),
  }
}

export function occasionAt(judging: Judging, memory: DeviceMemory, slot: number): Occasion {
  const bucket = bucketOf(slot, judging.model.slotMs)
  seatNewcomers(judging, memory, slot)
  return { memory, seat: memory.seat, slot, bucket, usual: usualIn(memory.usual, bucket) }
}

/** The same with the windows that end with this slot. */
export function viewAt(judging: Judging, memory: DeviceMemory, slot: number): View {
  const { seat, bucket, usual } = occasionAt(judging, memory, slot)
  return { memory, seat, slot, bucket, usual, windows: windowsAt(judging, memory, slot) }
}

/**
 * The device's own where the slot follows on what they hold; otherwise filled anew from what is remembered, which
 * gives the same to the last bit.
 */
function windowsAt(judging: Judging, memory: DeviceMemory, slot: number): Windows {
  const { windows } = memory
  if (slot < memory.slidTo || (slot < memory.newest && slot !== memory.slidTo)) {
    fill(judging, memory, { windows: judging.spare, slot })
    return judging.spare
  }
  if (slot - memory.slidTo >= judging.group.plan.windowSlots)
    fill(judging, memory, { windows, slot })
  else
    for (let next = memory.slidTo + 1; next <= slot; next++)
      slide(judging, memory, { windows, slot: next })
  memory.slidTo = slot
  return windows
}

/** `distanceLimits` of a row, or of a sparse metric's row the `eventLimits`; worked out once. */
export function limitsOf(judging: Judging, index: number, row: number): Float64Array {
  const known = judging.distances[index]?.[row]
  if (known) return known
  const metric = judging.metrics[index]
  const limits = judging.limits[index]
  if (!metric || !limits) return new Float64Array(6).fill(Infinity)
  const distances = distanceLimits(metric, limits, row)
  const found =
    metric.family === 'dense' ? distances : eventLimits(metric.devices.levels[row] ?? 0, distances)
  const rows = judging.distances[index]
  if (rows) rows[row] = found
  return found
}

/** Where a metric's components are read. */
export function readingOf(
  { group, quiet, calm }: Judging,
  { windows, seat }: { windows: Windows; seat: Seat },
  index: number,
): Reading {
  return {
    readers: group.plan.readers[index] ?? [],
    quiet: quiet[index] ?? nothing,
    calm: calm[index] ?? none,
    windows,
    row: seat.rows[index] ?? 0,
  }
}

const nothing = new Float64Array(0)
const none = new Float32Array(0)

/**
 * Where the device is new and another place becomes it, what was filled for the old one is of no use. Of metrics
 * without a value nobody asks.
 */
function seatNewcomers(judging: Judging, memory: DeviceMemory, slot: number): void {
  const { scratch } = judging
  const { slotMs } = judging.model
  const from = recall(memory, slot)
  if (from < 0) return
  for (let index = 0; index < judging.metrics.length; index++) {
    if (memory.seat.isNew[index] !== 1) continue
    const metric = judging.metrics[index]
    const measure = memory.measures[from + index] ?? NaN
    if (metric?.family !== 'dense' || measure !== measure) continue
    const hasMoved = seatNewcomer(memory, metric, { index, slot, slotMs, scratch })
    if (!hasMoved) continue
    memory.slidTo = -Infinity
    memory.seat.bucket = -1
    forgetUsual(memory.usual)
  }
}

/** The windows that end with the slot, from what is remembered. */
export function fill(
  judging: Judging,
  memory: DeviceMemory,
  { windows, slot }: { windows: Windows; slot: number },
): void {
  const { windowSlots, placeSlots } = judging.group.plan
  clearWindows(windows)
  let next = slot - windowSlots + 1
  for (; next <= slot - placeSlots; next++) slideCounts(judging, memory, { windows, slot: next })
  for (; next <= slot; next++) slide(judging, memory, { windows, slot: next })
}

function slideCounts(
  { group, row, absent }: Judging,
  memory: DeviceMemory,
  { windows, slot }: { windows: Windows; slot: number },
): void {
  const from = recall(memory, slot)
  if (from >= 0) countRow(group, { measures: memory.measures, from, row })
  advanceCounts(windows, from < 0 ? absent : row)
}

/** Takes the slot into windows that end with the one before. */
export function slide(
  judging: Judging,
  memory: DeviceMemory,
  { windows, slot }: { windows: Windows; slot: number },
): void {
  const from = recall(memory, slot)
  if (from < 0) {
    advance(windows, judging.absent)
    return
  }
  const bucket = bucketOf(slot, judging.model.slotMs)
  const { row } = judging
  placeRow(judging.group, memory.seat, { measures: memory.measures, from, bucket, row })
  advance(windows, row)
}
