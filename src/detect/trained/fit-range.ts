import type { DeviceCells } from './device-cells.ts'
import type { GatheredHistory } from './gathered-history.ts'
import type { Gathered } from './hour-medians.ts'

/** The slots that a fit looks at: all of the history but those held out, [heldFrom, heldTo). */
export interface FitRange {
  heldFrom: number
  heldTo: number
}

export const everything: FitRange = { heldFrom: 0, heldTo: 0 }

/**
 * How many times longer the history is than what of it is fitted. A device is as well known, or as new, to a fold as
 * to the model whose tails are learned there.
 */
export function wholeOver(
  { heldFrom, heldTo }: FitRange,
  { fromSlot, toSlot }: Pick<GatheredHistory, 'fromSlot' | 'toSlot'>,
): number {
  const slots = toSlot + 1 - fromSlot
  return slots / Math.max(1, slots - (heldTo - heldFrom))
}

/** Collects a metric's measures that are to be fitted, or how far they lie `over` another's, with the bucket of each. */
export function gather(
  { fromSlot, toSlot, buckets }: GatheredHistory,
  device: DeviceCells,
  target: { metric: number; over: number | null; range: FitRange; gathered: Gathered },
): void {
  const { metric, over, range, gathered } = target
  const last = Math.min(device.fromSlot + device.slots - 1, toSlot)
  let length = 0
  for (let slot = Math.max(device.fromSlot, fromSlot); slot <= last; slot++) {
    if (slot >= range.heldFrom && slot < range.heldTo) continue
    const row = (slot - device.fromSlot) * device.metrics
    const own = device.cells[row + metric] ?? NaN
    const measure = over === null ? own : own - (device.cells[row + over] ?? NaN)
    if (measure !== measure) continue
    gathered.logs[length] = measure
    gathered.buckets[length++] = buckets[slot - fromSlot] ?? 0
  }
  gathered.length = length
}
