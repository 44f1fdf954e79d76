import { rememberedSlots, type GroupPlan } from './group-plan.ts'
import type { Seat } from './places.ts'
import { createRecentScores, forgetScoresFrom, type RecentScores } from './recent-scores.ts'
import { createUsual, type Usual } from './usual.ts'
import { createWindows, type Windows } from './windows.ts'

/** What the model's tables make of one device: side by side, because all of it is looked at again and again. */
export interface DeviceNorms {
  /** `calmLimits` of one metric after the other. */
  calm: Float32Array
  /** `rangeLimits` of one metric after the other. */
  ranges: Float64Array
}

/** The last day of one device, and its sliding windows where they stand. */
export interface DeviceMemory {
  /** The device's own, which move with it; null while it is new. */
  seat: Seat
  norms: DeviceNorms
  /** The slot that each place of the ring holds; a slot's place is its number modulo the ring's length. */
  slots: Float64Array
  /** A row of measures a place. */
  measures: Float64Array
  recent: RecentScores
  windows: Windows
  /** The newest slot in `windows`; -Infinity when it must be filled anew. */
  slidTo: number
  newest: number
  usual: Usual
}

export function createDeviceMemory(plan: GroupPlan, seat: Seat, norms: DeviceNorms): DeviceMemory {
  const places = rememberedSlots(plan.slotMs)
  const metrics = plan.readers.length
  return {
    seat,
    norms,
    slots: new Float64Array(places).fill(NaN),
    measures: new Float64Array(places * metrics),
    recent: createRecentScores(plan.slotMs, metrics),
    windows: createWindows(plan),
    slidTo: -Infinity,
    newest: -Infinity,
    usual: createUsual(metrics),
  }
}

/** Index of the slot's first measure; -1 where the slot is not remembered. */
export function recall({ slots, measures }: DeviceMemory, slot: number): number {
  const place = placeOf(slot, slots.length)
  return slots[place] === slot ? (place * measures.length) / slots.length : -1
}

/** Takes the slot's place for its measures, and returns the index of the first. */
export function claim(memory: DeviceMemory, slot: number): number {
  const place = placeOf(slot, memory.slots.length)
  memory.slots[place] = slot
  if (slot <= memory.newest) forgetScoresFrom(memory.recent, slot)
  memory.newest = Math.max(memory.newest, slot)
  if (slot <= memory.slidTo) memory.slidTo = -Infinity
  return (place * memory.measures.length) / memory.slots.length
}

function placeOf(slot: number, places: number): number {
  return ((slot % places) + places) % places
}
