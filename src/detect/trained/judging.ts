import { bucketOf } from './calendar.ts'
import { recall, type DeviceMemory } from './device-memory.ts'
import { createHeads, type Heads } from './heads.ts'
import { planFor } from './group-plan.ts'
import { distanceLimits, strangenessLimits } from './limits.ts'
import { eventLimits } from './expected-range.ts'
import type { GroupModel, MetricModel } from './model.ts'
import { seatNewcomer } from './newcomer.ts'
import { groupOf, placeRow, type Group, type Seat } from './places.ts'
import { quietLimits } from './scoring.ts'
import { missing } from './sliding.ts'
import { advance, clearWindows, createWindows, type Windows } from './windows.ts'

/** A model made ready to judge with. */
export interface Judging {
  model: GroupModel
  group: Group
  metrics: readonly (MetricModel | null)[]
  /** By metric index: `quietLimits`. */
  quiet: Float64Array[]
  /** By metric index: `strangenessLimits`. */
  limits: (Float64Array | null)[]
  /** By metric index and row: how far values may lie, as asked for so far. */
  distances: (Float64Array | undefined)[][]
  heads: Heads
  /** Unrest of one device's metrics, by metric index; NaN where there is no value. */
  unrest: Float64Array
  row: Int32Array
  absent: Int32Array
  /** For slots that do not follow on one another. */
  spare: Windows
}

/** A device's windows as of one slot. */
export interface View {
  windows: Windows
  seat: Seat
  slot: number
  bucket: number
}

export function createJudging(model: GroupModel): Judging {
  const plan = planFor(model.metrics, model.slotMs)
  return {
    model,
    group: groupOf(model.metrics, model.metricIds, plan),
    metrics: model.metrics,
    quiet: model.metrics.map((metric) => quietLimits(metric?.tails ?? [])),
    limits: model.metrics.map((metric) => metric && strangenessLimits(metric)),
    distances: model.metrics.map(() => []),
    heads: createHeads(),
    unrest: new Float64Array(model.metrics.length),
    row: new Int32Array(plan.places.channels),
    absent: new Int32Array(plan.places.channels).fill(missing),
    spare: createWindows(plan),
  }
}

/**
 * The windows that end with this slot. The device's own where it follows on what they hold; otherwise filled anew
 * from what is remembered, which gives the same to the last bit.
 */
export function viewAt(judging: Judging, memory: DeviceMemory, slot: number): View {
  const { slotMs } = judging.model
  const bucket = bucketOf(slot, slotMs)
  const { windowSlots } = judging.group.plan
  const { seat } = memory
  if (seatNewcomers(judging, memory, slot)) {
    fill(judging, memory, { windows: judging.spare, slot })
    return { windows: judging.spare, seat, slot, bucket }
  }
  if (slot < memory.slidTo || (slot < memory.newest && slot !== memory.slidTo)) {
    fill(judging, memory, { windows: judging.spare, slot })
    return { windows: judging.spare, seat, slot, bucket }
  }
  if (slot - memory.slidTo >= windowSlots) fill(judging, memory, { windows: memory.windows, slot })
  else
    for (let next = memory.slidTo + 1; next <= slot; next++)
      slide(judging, memory, { windows: memory.windows, slot: next })
  memory.slidTo = slot
  return { windows: memory.windows, seat, slot, bucket }
}

/** The windows before a slot, filled anew, for trying out what the slot might have held: `counterfactual.ts`. */
export function viewBefore(judging: Judging, memory: DeviceMemory, slot: number): View {
  seatNewcomers(judging, memory, slot)
  fill(judging, memory, { windows: judging.spare, slot, isWithout: true })
  const bucket = bucketOf(slot, judging.model.slotMs)
  return { windows: judging.spare, seat: memory.seat, slot, bucket }
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

/** True when there are values of metrics that the model hardly knows of this device. */
function seatNewcomers(judging: Judging, memory: DeviceMemory, slot: number): boolean {
  const { slotMs } = judging.model
  let isAny = false
  for (let index = 0; index < judging.metrics.length; index++) {
    if (memory.seat.isNew[index] !== 1 || memory.hasMetric[index] !== 1) continue
    const metric = judging.metrics[index]
    if (metric?.family !== 'dense') continue
    seatNewcomer(memory, metric, { index, slot, slotMs })
    isAny = true
  }
  return isAny
}

function fill(
  judging: Judging,
  memory: DeviceMemory,
  { windows, slot, isWithout = false }: { windows: Windows; slot: number; isWithout?: boolean },
): void {
  clearWindows(windows)
  const last = isWithout ? slot - 1 : slot
  for (let next = slot - judging.group.plan.windowSlots + 1; next <= last; next++) {
    slide(judging, memory, { windows, slot: next })
  }
}

function slide(
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
