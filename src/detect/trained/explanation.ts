import type { Range } from './verdict.ts'

/** One component's part in a verdict. */
export interface ComponentEvidence {
  /** Name in `components.ts`. */
  component: string
  /** Length of what it looks at. */
  spanMs: number
  head: 'fast' | 'slow'
  /** Of the deciding head's decades, 0 to 1. */
  share: number
  direction: 'above' | 'below'
  /** What it looks at (a mean, a count, a change), in the metric's unit. */
  observed: number
  /** Where that normally lies at the confidence asked for. */
  expected: Range
}

/** Another metric of the same device that was strange within half an hour. */
export interface CoFiring {
  metricId: string
  slot: number
  score: number
}

export interface Explanation {
  value: number
  score: number
  /** One in so many datapoints of this group. */
  odds: number
  head: 'fast' | 'slow'
  /** Of the value, at the confidence asked for. */
  expected: Range
  centre: number
  /** Largest share first; only those that add something. */
  components: ComponentEvidence[]
  /** The usual value at this hour, in the metric's unit: the device's own, and the middle device's. */
  usual: { device: number; fleet: number }
  coFiring: CoFiring[]
  /** The nearest values of this slot that would not have alarmed; null where none would. */
  counterfactual: Range | null
  isProvisional: boolean
}
