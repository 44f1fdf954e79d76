import type { DeviceId } from '../contract/model/device.ts'
import type { MetricId } from '../contract/model/metric.ts'

/** What was measured of one metric of one device, on its way to a slot. In the metric's unit. */
export interface Sample {
  deviceId: DeviceId
  metricId: MetricId
  /** When it was measured or arrived, epoch ms. */
  at: number
  measure: Measure
  /** The device was seen for a part of the slot only, so a counter may be too low. */
  isPartial?: boolean
}

/** One value, or several folded together. */
export interface Measure {
  count: number
  sum: number
  min: number
  max: number
  last: number
}

/** The measure of a single value. */
export function measureOf(value: number): Measure {
  return { count: 1, sum: value, min: value, max: value, last: value }
}

/** One metric of one device in one 5-minute slot. */
export interface Datapoint {
  /** The store's number for (device, metric). */
  seriesId: number
  deviceId: DeviceId
  metricId: MetricId
  slot: number
  measure: Measure
  /** The source was blind for part of the slot, so a counter may be too low. */
  isPartial: boolean
}
