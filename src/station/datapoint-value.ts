import type { MetricKind } from '../contract/model/metric.ts'
import type { Measure } from './datapoint.ts'

/**
 * The one number a measure stands for, in the metric's unit: a counter's sum, a gauge's last value, the
 * mean of sizes.
 */
export function valueOf(kind: MetricKind, measure: Measure): number {
  if (kind === 'counter') return measure.sum
  if (kind === 'gauge') return measure.last
  return meanOf(measure.sum, measure.count)
}

/** Sum over count; 0 where nothing was counted. */
export function meanOf(sum: number, count: number): number {
  return count === 0 ? 0 : sum / count
}
