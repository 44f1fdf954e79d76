import { slotsPerDay } from './calendar.ts'
import { componentsOf } from './components.ts'
import { componentValue } from './component-value.ts'
import type { DeviceCells } from './device-cells.ts'
import type { FitRange } from './fit-range.ts'
import type { GatheredHistory } from './gathered-history.ts'
import { ownHabits, type Habits } from './habit.ts'
import type { HeldOut } from './held-out.ts'
import { parameters } from './parameters.ts'
import { placeRow, type Group, type Seat } from './places.ts'
import { advance, clearWindows, createWindows, type Windows } from './windows.ts'

/** Runs a group's baselines over its own history. */
export interface Observation {
  group: Group
  history: GatheredHistory
  /** Slots whose components are wanted. */
  range: FitRange
  windows: Windows
  row: Int32Array
  /** By metric and component of dense metrics: what was seen at every so many-th slot outside the range. */
  samples: Samples[][]
}

interface Samples {
  count: number
  values: Float64Array
}

export function createObservation(
  group: Group,
  history: GatheredHistory,
  range: FitRange,
): Observation {
  const slots = history.toSlot + 1 - history.fromSlot
  const days = Math.ceil(slots / slotsPerDay(history.slotMs)) + 1
  const room = Math.ceil(slots / parameters.habit.stride) + days
  return {
    group,
    history,
    range,
    windows: createWindows(group.plan),
    row: new Int32Array(group.plan.places.channels),
    samples: group.metrics.map((metric) =>
      (metric?.family === 'dense' ? componentsOf(metric) : []).map(() => ({
        count: 0,
        values: new Float64Array(room),
      })),
    ),
  }
}

/**
 * Runs over one device. Its held-out components go into row `target.row` of the tables, as they are; habits come
 * from what `samples` then hold (`habitOf`).
 */
export function observe(
  observation: Observation,
  device: DeviceCells,
  target: { seat: Seat; row: number; heldOut: HeldOut | null },
): void {
  const { group, history, range, windows, row, samples } = observation
  clearWindows(windows)
  for (const each of samples.flat()) each.count = 0
  const last = Math.min(device.fromSlot + device.slots - 1, history.toSlot)
  for (let slot = Math.max(device.fromSlot, history.fromSlot); slot <= last; slot++) {
    const from = (slot - device.fromSlot) * device.metrics
    const bucket = history.buckets[slot - history.fromSlot] ?? 0
    placeRow(group, target.seat, { measures: device.cells, from, bucket, row })
    advance(windows, row)
    const isHeldOut = slot >= range.heldFrom && slot < range.heldTo
    if (isHeldOut && target.heldOut)
      record(observation, target.seat, { ...target, heldOut: target.heldOut, slot })
    if (!isHeldOut && isSampled(slot - history.fromSlot, history.slotMs)) sample(observation)
  }
}

/** Every so many-th slot, and of each day others: what comes daily at the same time is not to be passed over. */
function isSampled(sinceStart: number, slotMs: number): boolean {
  return (sinceStart + Math.floor(sinceStart / slotsPerDay(slotMs))) % parameters.habit.stride === 0
}

/** What a component of the device observed last does by itself. Reorders what was sampled. */
export function habitsOf({ samples }: Observation, metric: number, component: number): Habits {
  const own = samples[metric]?.[component]
  return ownHabits(own ? own.values.subarray(0, own.count) : new Float64Array(0))
}

function record(
  { group, windows }: Observation,
  seat: Seat,
  target: { row: number; heldOut: HeldOut; slot: number },
): void {
  const { heldOut, row, slot } = target
  const index = row * heldOut.slots + slot - heldOut.fromSlot
  for (let metric = 0; metric < group.metrics.length; metric++) {
    const readers = group.plan.readers[metric] ?? []
    const rate = rateOf(group, seat, metric)
    for (let component = 0; component < readers.length; component++) {
      const reader = readers[component]
      const table = heldOut.tables[metric]?.[component]
      if (reader && table) table[index] = componentValue(reader, windows, rate)
    }
  }
}

/** A dense metric has no rate. */
function sample({ group, windows, samples }: Observation): void {
  for (let metric = 0; metric < group.metrics.length; metric++) {
    const readers = group.plan.readers[metric] ?? []
    const own = samples[metric] ?? []
    for (let component = 0; component < own.length; component++) {
      const reader = readers[component]
      const into = own[component]
      if (!reader || !into) continue
      const value = componentValue(reader, windows, 0)
      if (value !== value) continue
      into.values[into.count++] = value
    }
  }
}

/** Events a slot; of no meaning for a dense metric. */
export function rateOf({ metrics }: Group, seat: Seat, metric: number): number {
  return metrics[metric]?.devices.levels[seat.rows[metric] ?? 0] ?? 0
}
