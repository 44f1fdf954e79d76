import type { ConfidenceLevel } from '../../contract/model/profile.ts'
import { parameters } from './parameters.ts'

/** Null is an open end. In the metric's unit. */
export interface Range {
  low: number | null
  high: number | null
}

/** What is said of one datapoint. A pure function of the model, the device's last day and the datapoint. */
export interface Verdict {
  /** -log10 p, 0 to 20: p is the share of normal datapoints of the group that are as strange or stranger. */
  score: number
  /** So many as strange ones came of late that another is no news: `parameters.news`. It is as strange all the same. */
  isTold: boolean
  direction: 'above' | 'below'
  /** The value that was expected, in the metric's unit. */
  centre: number
  /** A value outside reaches the level by itself; one inside may reach it by what came before it. */
  expected: Record<ConfidenceLevel, Range>
  /** The model holds less than a day of this device: it is judged by its peers and its last hours. */
  isProvisional: boolean
  /** Decades that each component adds, in the order of `components.ts`; empty where none does. */
  components: readonly number[]
}

/** -log10 of how often a normal datapoint is news: what was told several times is expected by then. */
export function newsScore({ score, isTold }: Pick<Verdict, 'score' | 'isTold'>): number {
  return isTold ? Math.min(score, parameters.news.told) : score
}

/** All of one device at one slot. */
export interface DeviceVerdict {
  /** By metric index; null where there is no value or no model. */
  metrics: (Verdict | null)[]
  /** How strange the device is over all its metrics: p as above, over the group's devices. */
  device: { score: number; p: number }
}
