/** One metric of one device over time. Slots ascend; values are in the metric's unit. */
export interface DeviceHistory {
  deviceId: string
  slots: Int32Array
  values: Float64Array
}

/** What one device normally does. Levels, centres and spreads are in log units (`log-scale.ts`). */
export interface DeviceBaseline {
  /** Datapoints it was learned from. */
  datapoints: number
  /** Middle of the device's values with the fleet's daily shape taken off. */
  level: number
  /** Robust standard deviation about the centre. */
  spread: number
  /** Mean value a slot, drawn to the fleet's. Zero where the metric does not count things. */
  rate: number
  /** Variance in units of the mean, at most 1. 1 is a Poisson process, 0 never moves. */
  dispersion: number
  /** Where the value is expected, one entry a bucket of `calendar.ts`. */
  centres: Float32Array
}

/** What is known of a metric's values whatever the device. */
export interface Traits {
  /** Whole numbers, never negative: things that were counted. */
  isCount: boolean
  /** Negative values were seen. */
  isSigned: boolean
}

export interface Baselines {
  traits: Traits
  /** How far the levels of two devices lie apart: a robust standard deviation, log units. */
  between: number
  /** Stands in for a device that was not in the history. */
  unknown: DeviceBaseline
  devices: ReadonlyMap<string, DeviceBaseline>
}

/**
 * One side's calibrated tail: how rare it is to be so many spreads from the centre. `rarest` is the distance
 * beyond which the fleet's own past says nothing and the exponential beyond `start` alone decides.
 */
export interface Tail {
  points: number
  /** Ascending distances, and the score of each and all beyond it, by counting. */
  knots: Float64Array
  scores: Float64Array
  rarest: number
  start: number
  startScore: number
  /** Distance in which the exponential falls by e. */
  scale: number
  /** No distance scores more. */
  limit: number
}

/** All that was learned of one metric. Plain data: can be cloned, sent and stored. */
export interface MetricModel {
  version: 1
  metricId: string
  /** First and last slot learned from, both included. */
  fromSlot: number
  toSlot: number
  datapoints: number
  baselines: Baselines
  above: Tail
  below: Tail
}
