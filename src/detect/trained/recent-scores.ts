import { scoredSlots } from './group-plan.ts'

/** How strange a device's last datapoints were, whether told or not, so that none is judged a second time. */
export interface RecentScores {
  /** The slot that each place of the ring holds, NaN for none; a slot's place is its number modulo the length. */
  slots: Float64Array
  /** A row a place, by metric index; 0 without a verdict, NaN where it is to be worked out. */
  scores: Float64Array
  /** All that counts for a datapoint of this slot is known; NaN where that is not known of any. */
  readyFor: number
}

export function createRecentScores(slotMs: number, metrics: number): RecentScores {
  const places = scoredSlots(slotMs)
  return {
    slots: new Float64Array(places).fill(NaN),
    scores: new Float64Array(places * metrics),
    readyFor: NaN,
  }
}

/** Index of the slot's first score; -1 where they are not known. */
export function recallScores({ slots, scores }: RecentScores, slot: number): number {
  const place = placeOf(slot, slots.length)
  return slots[place] === slot ? (place * scores.length) / slots.length : -1
}

/** Takes the slot's place for its scores, and returns the index of the first. */
export function claimScores({ slots, scores }: RecentScores, slot: number): number {
  const place = placeOf(slot, slots.length)
  slots[place] = slot
  return (place * scores.length) / slots.length
}

/** Another value in a slot changes its score and those of all that follow. */
export function forgetScoresFrom(recent: RecentScores, slot: number): void {
  const { slots } = recent
  for (let place = 0; place < slots.length; place++) {
    if ((slots[place] ?? NaN) >= slot) slots[place] = NaN
  }
  recent.readyFor = NaN
}

/** Whether so many scores of a metric from the first slot until before the last one reach this level. */
export function haveReached(
  { slots, scores }: RecentScores,
  index: number,
  { from, to, level, datapoints }: { from: number; to: number; level: number; datapoints: number },
): boolean {
  const metrics = scores.length / slots.length
  let count = 0
  for (let place = 0; place < slots.length && count < datapoints; place++) {
    const slot = slots[place] ?? NaN
    if (slot >= from && slot < to && (scores[place * metrics + index] ?? NaN) >= level) count++
  }
  return count >= datapoints
}

function placeOf(slot: number, places: number): number {
  return ((slot % places) + places) % places
}
