import { z } from 'zod'
import { deviceId } from './device.ts'
import { metric } from './metric.ts'
import { confidenceLevel } from './profile.ts'
import { instant } from './time.ts'

/**
 * A device's metric over time, in buckets of one slot or more. Arrays share one index, one entry a bucket
 * that holds data; min and max keep every spike at any zoom.
 */
export const series = z.object({
  deviceId,
  metric,
  from: instant,
  to: instant,
  /** Length of a bucket, a multiple of the slot. */
  bucketMs: z.number().int(),
  at: instant.array(),
  min: z.number().array(),
  max: z.number().array(),
  /** Mean of the bucket's datapoints; the datapoint itself where a bucket is one slot. */
  mean: z.number().array(),
  /** The expected band, one entry a bucket of the whole range; null where no model is trained yet. */
  band: z
    .object({
      confidence: confidenceLevel,
      at: instant.array(),
      low: z.number().array(),
      high: z.number().array(),
      trainedAt: instant,
    })
    .nullable(),
  /** Spans in which nothing could be measured, with the reason. A gap is not a zero. */
  gaps: z.array(z.object({ from: instant, to: instant, reason: z.string() })),
  /** Datapoints that violate a behavior, whether or not they were enough for an alarm. */
  violations: z.array(z.object({ at: instant, value: z.number() })),
})
export type Series = z.infer<typeof series>
