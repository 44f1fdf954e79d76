import { slotsPerDay } from '../contract/model/time.ts'
import { bucketOf } from './calendar.ts'
import { toLog } from './log-scale.ts'
import { at } from './median.ts'
import type { DeviceHistory, Traits } from './model.ts'

/** A history with what every pass over it needs. Arrays share one index, slots ascend. */
export interface Prepared extends DeviceHistory {
  logs: Float64Array
  buckets: Uint8Array
}

/** Leaves out values that are not finite, and devices without any value left. */
export function prepare(histories: readonly DeviceHistory[]): Prepared[] {
  return histories
    .map((history) => pick(history, (index) => Number.isFinite(history.values[index])))
    .filter(({ slots }) => slots.length > 0)
    .map(withLogs)
}

/** The part before the slot and the part from it on. Views, not copies. */
export function splitAt(history: Prepared, slot: number): [Prepared, Prepared] {
  const found = history.slots.findIndex((candidate) => candidate >= slot)
  const cut = found < 0 ? history.slots.length : found
  return [view(history, 0, cut), view(history, cut, history.slots.length)]
}

/** Copies the datapoints whose slot lies in an even or an odd period of so many slots. */
export function everyOther(history: Prepared, fold: { period: number; parity: 0 | 1 }): Prepared {
  const belongs = (slot: number) => Math.floor(slot / fold.period) % 2 === fold.parity
  return withLogs(pick(history, (index) => belongs(at(history.slots, index))))
}

/** First and last slot of all. */
export function spanOf(histories: readonly Prepared[]): { fromSlot: number; toSlot: number } {
  let fromSlot = Infinity
  let toSlot = -Infinity
  for (const { slots } of histories) {
    fromSlot = Math.min(fromSlot, at(slots, 0))
    toSlot = Math.max(toSlot, at(slots, slots.length - 1))
  }
  return { fromSlot, toSlot }
}

export function traitsOf(histories: readonly Prepared[]): Traits {
  const isSigned = histories.some(({ values }) => values.some((value) => value < 0))
  const isWhole = histories.every(({ values }) => values.every(Number.isInteger))
  return { isCount: isWhole && !isSigned, isSigned }
}

export function countOf(histories: readonly DeviceHistory[]): number {
  return histories.reduce((total, { slots }) => total + slots.length, 0)
}

/** A day of datapoints, however they lie. */
export function isSettled(datapoints: number): boolean {
  return datapoints >= slotsPerDay
}

/** Those with a day of history; all where none has. */
export function settledOf<T extends { datapoints: number }>(all: readonly T[]): readonly T[] {
  const settled = all.filter(({ datapoints }) => isSettled(datapoints))
  return settled.length > 0 ? settled : all
}

function pick(history: DeviceHistory, keeps: (index: number) => boolean): DeviceHistory {
  const { deviceId, slots, values } = history
  const kept = slots.map((_slot, index) => index).filter(keeps)
  if (kept.length === slots.length) return history
  const picked = Float64Array.from(kept, (index) => at(values, index))
  return { deviceId, slots: kept.map((index) => at(slots, index)), values: picked }
}

function withLogs(history: DeviceHistory): Prepared {
  const { deviceId, slots, values } = history
  const buckets = Uint8Array.from(slots, bucketOf)
  return { deviceId, slots, values, logs: values.map(toLog), buckets }
}

function view(history: Prepared, from: number, to: number): Prepared {
  const { deviceId } = history
  const slots = history.slots.subarray(from, to)
  const values = history.values.subarray(from, to)
  const logs = history.logs.subarray(from, to)
  return { deviceId, slots, values, logs, buckets: history.buckets.subarray(from, to) }
}
