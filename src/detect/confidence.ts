import type { ConfidenceLevel } from '../contract/model/profile.ts'

/** The score at which a datapoint violates a behavior of this confidence. */
export const confidenceScore = { LOW: 4, MEDIUM: 5, HIGH: 6 } satisfies Record<
  ConfidenceLevel,
  number
>

export const highestScore = 20
