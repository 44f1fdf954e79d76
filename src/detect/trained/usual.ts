import type { Verdict } from './verdict.ts'

/**
 * What is usual of a device in one quarter hour, as worked out so far: a verdict needs it once a slot, and it stays
 * the same for as long as the quarter hour and the device's seat do.
 */
export interface Usual {
  /** Of `calendar.ts`; -1 where the seat has changed. */
  bucket: number
  /** By metric index, in the metric's unit. Side by side, because every verdict has one. */
  centres: Float64Array
  /** By metric index; null where neither was asked for yet. */
  expected: (Verdict['expected'] | null)[]
}

export function createUsual(metrics: number): Usual {
  const expected = Array.from({ length: metrics }, () => null)
  return { bucket: -1, centres: new Float64Array(metrics), expected }
}

export function forgetUsual(usual: Usual): void {
  usual.bucket = -1
}

export function usualIn(usual: Usual, bucket: number): Usual {
  if (usual.bucket !== bucket) usual.expected.fill(null)
  usual.bucket = bucket
  return usual
}
