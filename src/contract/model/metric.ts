import { z } from 'zod'

/** A metric's name: AWS's id (`aws:all-bytes-out`) or a custom metric's own name. */
export const metricId = z
  .string()
  .regex(/^[a-zA-Z0-9:_-]{1,128}$/, 'a metric name is 1-128 of a-z A-Z 0-9 : _ -')
  .brand('MetricId')
export type MetricId = z.infer<typeof metricId>

/** How the samples of one slot become its datapoint: summed, last one taken, or size statistics kept. */
export const metricKind = z.enum(['counter', 'gauge', 'size'])
export type MetricKind = z.infer<typeof metricKind>

/** Who measures it: the broker's side, the device's own report, a custom number in that report, or Picket. */
export const metricOrigin = z.enum(['broker', 'device', 'custom', 'picket'])
export type MetricOrigin = z.infer<typeof metricOrigin>

export const metric = z.object({
  id: metricId,
  /** Plain words, as shown to people. */
  name: z.string(),
  kind: metricKind,
  origin: metricOrigin,
  /** Unit of one datapoint's value, empty for a bare number. */
  unit: z.string(),
})
export type Metric = z.infer<typeof metric>
