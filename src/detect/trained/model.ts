import type { CalibrationReport } from './calibration-report.ts'

/** What training reads. `devices` may be read more than once; one device is in memory at a time. */
export interface GroupHistory {
  slotMs: number
  metricIds: readonly string[]
  devices: Iterable<DeviceHistory>
}

/** `series`: by metric index; null where the device has none. */
export interface DeviceHistory {
  deviceId: string
  series: (SeriesHistory | null)[]
}

/** Slots ascend; values in the metric's unit, NaN is missing. */
export interface SeriesHistory {
  slots: Int32Array
  values: Float64Array
  /** 1: known anomalous, not fitted. */
  isExcluded?: Uint8Array
  /** 1: found normal by a person, fitted whatever else speaks against it. */
  isNormal?: Uint8Array
}

/** All that was learned of a group. Plain data: can be cloned, sent and stored (`codec.ts`). */
export interface GroupModel {
  version: 7
  slotMs: number
  metricIds: readonly string[]
  /** First and last slot learned from, both included. */
  fromSlot: number
  toSlot: number
  /** By metric index; null where there were too few datapoints. */
  metrics: (MetricModel | null)[]
  /** A device's sum over its metrics -> how rare it is. */
  device: Tail | null
  /** `metricId deviceId` of every shifted baseline that was reported, so that it is reported once. */
  shifted: readonly string[]
  calibration: CalibrationReport
}

/** Where one metric's values normally lie. Logs are in the scale of `log-scale.ts`. */
export interface Baseline {
  family: 'dense' | 'sparse'
  /** Of the log scale, in the metric's unit. */
  unit: number
  isSigned: boolean
  /** The middle device's day: distance from its own level, log units, by bucket of `calendar.ts`. */
  shape: Float64Array
  /** How far the levels of two devices lie apart: a robust standard deviation, log units. */
  between: number
  devices: DeviceTable
  /** What it goes with; null where nothing. */
  relation: Relation | null
  /** What it is compared to; null where to nothing. */
  ratio: Ratio | null
}

/** How a metric's log lies to a partner's: where their difference is expected, and without habits of its own. */
export interface Ratio {
  /** Metric id. */
  partner: string
  /** The partner's unit when this was learned. */
  unit: number
  devices: DeviceTable
}

/** One row a device; the last row stands in for a device that was not in the history. */
export interface DeviceTable {
  rows: ReadonlyMap<string, number>
  /** Datapoints that the row was learned from. */
  datapoints: Float64Array
  /** Dense: middle of the device's logs with the fleet's shape taken off. Sparse: events a slot. */
  levels: Float64Array
  /** Robust standard deviation of the logs about the centre. */
  scales: Float64Array
  /** Dense: where the log is expected, a row of buckets a device. */
  centres: Float32Array
  /** How far those may be off for want of such days, log units: of weekdays and of weekends. */
  margins: Float32Array
  /** Dense, of weekdays and of weekends: 1 where the devices have not been seen on such days, 0 where they have. */
  doubts: Float32Array
  /**
   * What each component normally does, a row a device, as `habit-table.ts` lays it out.
   */
  habits: Float32Array
}

/** The place of a metric as its partners' places foretell it: the sum of weight x place. */
export interface Relation {
  /** Metric ids. */
  partners: readonly string[]
  weights: Float64Array
}

export interface MetricModel extends Baseline {
  metricId: string
  /** The last slot that it was learned from. */
  toSlot: number
  /** Of all devices in the window. */
  datapoints: number
  /** For each component of `componentsOf` above and below. */
  tails: Tail[]
  /** In the order of `headNames`. */
  heads: Tail[]
}

/**
 * How rare a distance is: counted in the past up to `start`, a generalized Pareto tail beyond
 * (Coles, An Introduction to Statistical Modeling of Extreme Values, section 4.2).
 */
export interface Tail {
  points: number
  /** Ascending distances with the score of each; between two of them the score runs straight. */
  knots: Float64Array
  scores: Float64Array
  start: number
  startScore: number
  /** Distance in which the tail falls by e at its start. */
  scale: number
  /** 0 exponential, larger is heavier. */
  shape: number
  /** No distance scores more. */
  limit: number
}
