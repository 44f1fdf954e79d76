import type { DeviceHistory } from '../../detect/trained/model.ts'

/** First slot, and the one after the last. */
export interface SlotRange {
  from: number
  to: number
}

/** All of a device at one slot. Reused from call to call: keep copies. */
export interface MergedSlot {
  slot: number
  /** By metric index, NaN is missing. */
  values: Float64Array
  /** Where the value is in its series, -1 where it is missing. */
  positions: Int32Array
}

/**
 * The slots of a device in order, its metrics side by side. A second datapoint of a metric in one slot comes as a
 * second slot of the same number.
 */
export function* mergedSlots({ series }: DeviceHistory, range: SlotRange): Generator<MergedSlot> {
  const next = Int32Array.from(series, (one) => (one ? firstFrom(one.slots, range.from) : 0))
  const positions = new Int32Array(series.length)
  const values = new Float64Array(series.length)
  for (;;) {
    let slot = range.to
    for (let metric = 0; metric < series.length; metric += 1) {
      slot = Math.min(slot, series[metric]?.slots[next[metric] ?? 0] ?? range.to)
    }
    if (slot === range.to) return
    for (let metric = 0; metric < series.length; metric += 1) {
      const at = next[metric] ?? 0
      const isHere = series[metric]?.slots[at] === slot
      positions[metric] = isHere ? at : -1
      values[metric] = isHere ? (series[metric]?.values[at] ?? NaN) : NaN
      if (isHere) next[metric] = at + 1
    }
    yield { slot, values, positions }
  }
}

/** Index of the first slot that is not before `slot`. */
export function firstFrom(slots: Int32Array, slot: number): number {
  let low = 0
  let high = slots.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((slots[middle] ?? 0) < slot) low = middle + 1
    else high = middle
  }
  return low
}
