import { bucketOf } from './calendar.ts'
import { calmLimits } from './calm.ts'
import { createDeviceMemory, recall, type DeviceMemory } from './device-memory.ts'
import { createHeads, type Heads, type Reading } from './heads.ts'
import { planFor, rememberedSlots, type GroupPlan } from './group-plan.ts'
import { distanceLimits, strangenessLimits } from './limits.ts'
import { eventLimits, rangeFields } from './expected-range.ts'
import type { GroupModel, MetricModel } from './model.ts'
import { seatNewcomer } from './newcomer.ts'
import { countRow, groupOf, placeRow, type Group, type Seat } from './places.ts'
import { quietLimits } from './scoring.ts'
import { seatOf } from './seat.ts'
import { missing, settle } from './sliding.ts'
import { forgetUsual, usualIn, type Usual } from './usual.ts'
import {
  advance,
  clearWindows,
  createWindows,
  enterCounts,
  enterPlaces,
  type Windows,
} from './windows.ts'

/** A model made ready to judge with. */
export interface Judging {
  model: GroupModel
  group: Group
  metrics: readonly (MetricModel | null)[]
  /** By metric index: `quietLimits`. */
  quiet: Float64Array[]
  /** By metric index: where its limits begin in a device's `calm`. */
  calmFrom: Int32Array
  /** By metric index: `strangenessLimits`. */
  limits: (Float64Array | null)[]
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
  return {
    model,
    group: groupOf(model.metrics, model.metricIds, plan),
    metrics: model.metrics,
    quiet: model.metrics.map((metric) => quietLimits(metric?.tails ?? [])),
    calmFrom: calmStarts(plan),
    limits: model.metrics.map((metric) => metric && strangenessLimits(metric)),
    heads: createHeads(),
    unrest: new Float64Array(model.metrics.length),
    row: new Int32Array(plan.places.channels),
    absent: new Int32Array(plan.places.channels).fill(missing),
    scratch: new Float64Array(rememberedSlots(model.slotMs)),
    spare: createWindows(plan),
    past: createWindows(plan),
  }
}

function calmStarts({ readers }: GroupPlan): Int32Array {
  let components = 0
  return Int32Array.from(readers, ({ length }) => 2 * ((components += length) - length))
}

/** A device that nothing is remembered of yet. */
export function newMemory(judging: Judging, deviceId: string): DeviceMemory {
  const { model, group } = judging
  const seat = seatOf(model.metrics, deviceId, model.slotMs)
  const calm = model.metrics.flatMap((metric, index) => {
    const quiet = judging.quiet[index] ?? nothing
    const limits = judging.limits[index] ?? nothing
    return metric ? calmLimits(metric, { quiet, limits }, seat.rows[index] ?? 0) : []
  })
  const ranges = new Float64Array(rangeFields * model.metrics.length)
  model.metrics.forEach((_each, index) => {
    ranges.set(rangeLimits(judging, index, seat.rows[index] ?? 0), rangeFields * index)
  })
  return createDeviceMemory(group.plan, seat, { calm: Float32Array.from(calm), ranges })
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

/** `rangeFields` numbers: `distanceLimits` of a row, or of a sparse metric's row the `eventLimits`. */
export function rangeLimits(judging: Judging, index: number, row: number): Float64Array {
  const found = new Float64Array(rangeFields).fill(Infinity)
  const metric = judging.metrics[index]
  const limits = judging.limits[index]
  if (!metric || !limits) return found
  const distances = distanceLimits(metric, limits, row)
  const isDense = metric.family === 'dense'
  found.set(isDense ? distances : eventLimits(metric.devices.levels[row] ?? 0, distances))
  return found
}

/** Where a metric's components are read. */
export function readingOf(
  { group, quiet, calmFrom }: Judging,
  { windows, memory }: { windows: Windows; memory: DeviceMemory },
  index: number,
): Reading {
  return {
    readers: group.plan.readers[index] ?? [],
    quiet: quiet[index] ?? nothing,
    calm: memory.norms.calm,
    calmFrom: calmFrom[index] ?? 0,
    windows,
    row: memory.seat.rows[index] ?? 0,
  }
}

const nothing = new Float64Array(0)

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
  const { windowSlots, placeSlots, departureSlots } = judging.group.plan
  clearWindows(windows)
  let next = slot - windowSlots + 1
  for (; next <= slot - placeSlots; next++) enterCounts(windows, countsAt(judging, memory, next))
  for (; next <= slot - departureSlots; next++)
    enterPlaces(windows, placesAt(judging, memory, next))
  settle(windows.places)
  for (; next <= slot; next++) slide(judging, memory, { windows, slot: next })
}

function countsAt(judging: Judging, memory: DeviceMemory, slot: number): Int32Array {
  const from = recall(memory, slot)
  if (from < 0) return judging.absent
  const bucket = bucketOf(slot, judging.model.slotMs)
  const { row } = judging
  countRow(judging.group, { measures: memory.measures, from, bucket, row })
  return row
}

function placesAt(judging: Judging, memory: DeviceMemory, slot: number): Int32Array {
  const from = recall(memory, slot)
  if (from < 0) return judging.absent
  const bucket = bucketOf(slot, judging.model.slotMs)
  const { row } = judging
  placeRow(judging.group, memory.seat, { measures: memory.measures, from, bucket, row })
  return row
}

/** Takes the slot into windows that end with the one before. */
export function slide(
  judging: Judging,
  memory: DeviceMemory,
  { windows, slot }: { windows: Windows; slot: number },
): void {
  advance(windows, placesAt(judging, memory, slot))
}
