import type { Verdict } from './verdict.ts'

/**
 * What is usual of a device in one quarter hour, as worked out so far: a verdict needs it once a slot, and it stays
 * the same for as long as the quarter hour and the device's seat do.
 */
export interface Usual {
  /** Of `calendar.ts`; -1 where the seat has changed. */
  bucket: number
  /** By metric index; null where it was not asked for yet. */
  metrics: (Pick<Verdict, 'centre' | 'expected'> | null)[]
}

export function createUsual(metrics: number): Usual {
  return { bucket: -1, metrics: Array.from({ length: metrics }, () => null) }
}

export function forgetUsual(usual: Usual): void {
  usual.bucket = -1
}

export function usualIn(usual: Usual, bucket: number): Usual {
  if (usual.bucket !== bucket) usual.metrics.fill(null)
  usual.bucket = bucket
  return usual
}
