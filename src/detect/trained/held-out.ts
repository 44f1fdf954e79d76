import { componentsOf } from './components.ts'
import type { GatheredHistory } from './gathered-history.ts'
import { slotsPerDay } from './calendar.ts'
import type { FitRange } from './fit-range.ts'
import type { Baseline } from './model.ts'
import { parameters } from './parameters.ts'

/**
 * What the components said of datapoints by baselines that had not seen them. A table for each metric and component
 * with a row a device and a column a slot: strangeness, negative on the lower side, NaN where there is none.
 */
export interface HeldOut {
  fromSlot: number
  /** Columns. */
  slots: number
  /** Rows, by index in the kept history. */
  devices: Int32Array
  /** By metric index, by component. */
  tables: Float32Array[][]
}

/** The parts of the history that are held out one after the other: the end, or all of it where that is little. */
export function foldsOf(history: GatheredHistory): FitRange[] {
  const { heldOutShare, fewestRows, folds } = parameters.calibration
  const slots = history.toSlot + 1 - history.fromSlot
  const heldOut = Math.round(heldOutShare * slots)
  const end = history.toSlot + 1
  const isEnough = heldOut * history.kept.length >= fewestRows
  if (isEnough) return [{ heldFrom: end - heldOut, heldTo: end }]
  const step = Math.ceil(slots / folds)
  return Array.from({ length: folds }, (_, fold) => ({
    heldFrom: history.fromSlot + fold * step,
    heldTo: Math.min(end, history.fromSlot + (fold + 1) * step),
  })).filter(({ heldFrom, heldTo }) => heldFrom < heldTo)
}

/** Tables for all folds together, full of NaN. */
export function createHeldOut(
  history: GatheredHistory,
  folds: readonly FitRange[],
  metrics: readonly (Baseline | null)[],
): HeldOut {
  const fromSlot = Math.min(...folds.map(({ heldFrom }) => heldFrom))
  const slots = Math.max(...folds.map(({ heldTo }) => heldTo)) - fromSlot
  const { devices: mostDevices, mostRows } = parameters.calibration
  const count = Math.min(history.kept.length, mostDevices, Math.ceil(mostRows / slots))
  const step = history.kept.length / count
  const devices = Int32Array.from({ length: count }, (_, index) => Math.floor(index * step))
  const tables = metrics.map((metric) =>
    (metric ? componentsOf(metric) : []).map(() => new Float32Array(count * slots).fill(NaN)),
  )
  return { fromSlot, slots, devices, tables }
}

/** By datapoint of the tables: 1 where it belongs to the half. */
export interface Halves {
  first: Uint8Array
  second: Uint8Array
}

/** Halves by turns: of days, and from device to device the other way round. */
export function halvesOf(heldOut: HeldOut, slotMs: number): Halves {
  const perDay = slotsPerDay(slotMs)
  const first = new Uint8Array(heldOut.devices.length * heldOut.slots)
  for (let index = 0; index < first.length; index++) {
    const row = Math.floor(index / heldOut.slots)
    const day = Math.floor((heldOut.fromSlot + (index % heldOut.slots)) / perDay)
    first[index] = (row + day) % 2 === 0 ? 1 : 0
  }
  return { first, second: first.map((isFirst) => 1 - isFirst) }
}
