import type { ConfidenceLevel } from '../../contract/model/profile.ts'

/** A verdict for each datapoint of a file, as columns in the order of the file. */
export interface Judged {
  /** NaN until there is a verdict. */
  score: Float64Array
  p: Float64Array
  /** Expected at p = 1e-4, in the metric's unit; NaN is an open end. */
  low: Float64Array
  high: Float64Array
  emission: Float64Array
  isProvisional: Uint8Array
  /** Of the datapoint's device at its time; NaN until there is one. */
  deviceScore: Float64Array
  deviceP: Float64Array
}

/** An alarm of this confidence is raised at this probability of a datapoint or less. AWS has it the same way round. */
const levels = [
  ['HIGH', 1e-6],
  ['MEDIUM', 1e-5],
  ['LOW', 1e-4],
] as const satisfies [ConfidenceLevel, number][]

export function createJudged(count: number): Judged {
  const empty = () => new Float64Array(count).fill(NaN)
  return {
    score: empty(),
    p: empty(),
    low: empty(),
    high: empty(),
    emission: empty(),
    isProvisional: new Uint8Array(count),
    deviceScore: empty(),
    deviceP: empty(),
  }
}

/** The highest level that a datapoint of this probability reaches. */
export function confidenceOf(p: number): ConfidenceLevel | null {
  return levels.find(([, limit]) => p <= limit)?.[0] ?? null
}
