import type { ConfidenceLevel } from '../contract/model/profile.ts'

export interface Verdict {
  /** -log10 of the two-sided probability of a value this far out on a normal day; 0 to 20. */
  score: number
  direction: 'above' | 'below'
  /** The value that was expected, in the metric's unit. */
  centre: number
  /** A value inside does not reach the level's score. Null is an open end. In the metric's unit. */
  expected: Record<ConfidenceLevel, { low: number | null; high: number | null }>
  /** The model holds less than a day of this device. */
  isProvisional: boolean
}

/** The score at which a datapoint violates a behavior of this confidence. */
export const confidenceScore = { LOW: 4, MEDIUM: 5, HIGH: 6 } satisfies Record<
  ConfidenceLevel,
  number
>

export const highestScore = 20
