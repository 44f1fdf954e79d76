import { z } from 'zod'

/** Epoch milliseconds. */
export const instant = z.number().int()

/** Length of a slot in milliseconds. Slots are aligned to UTC: slot = floor(at / slotMs). */
export const slotMs = 300_000

export const slotsPerDay = 288

export const dayMs = slotMs * slotsPerDay

/** Number of the 5-minute UTC slot that holds `at` (epoch ms). */
export function slotOf(at: number): number {
  return Math.floor(at / slotMs)
}

/** First millisecond of a slot, epoch ms. */
export function slotStartAt(slot: number): number {
  return slot * slotMs
}
