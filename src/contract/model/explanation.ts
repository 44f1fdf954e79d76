import { z } from 'zod'
import { metricId } from './metric.ts'
import { instant } from './time.ts'

/** What a value should have been. `null` is an open end. In the metric's unit. */
export const expectedRange = z.object({ low: z.number().nullable(), high: z.number().nullable() })
export type ExpectedRange = z.infer<typeof expectedRange>

/** One part of the evidence: a way of looking at the datapoint and what came before it. */
export const componentEvidence = z.object({
  /** Its name in the engine, as `mean-8h`. */
  component: z.string(),
  /** Length of what it looks at. */
  spanMs: z.number(),
  /** `fast` sees bursts, `slow` sees what lasts. */
  head: z.enum(['fast', 'slow']),
  /** Of the evidence, 0 to 1. */
  share: z.number().min(0).max(1),
  direction: z.enum(['above', 'below']),
  /** What it looks at (a value, a mean, a count, a change), in the metric's unit. */
  observed: z.number(),
  /** Where that normally lies at the behavior's confidence. */
  expected: expectedRange,
})
export type ComponentEvidence = z.infer<typeof componentEvidence>

/** Why a learned behavior was violated. All of it can be computed again from the stored model and datapoints. */
export const explanation = z.object({
  /** Largest share first. */
  components: componentEvidence.array(),
  /** The usual value at this hour, in the metric's unit: the device's own, and the middle device's. */
  usual: z.object({ device: z.number(), fleet: z.number() }).nullable(),
  /** Other metrics of the device that were strange within half an hour, the strangest first. */
  coFiring: z.array(z.object({ metricId, at: instant, odds: z.number() })),
  /** The nearest values that would not have alarmed; null where none would, for what came before, or other metrics, alone alarm. */
  counterfactual: expectedRange.nullable(),
  /** The device is known for less than a day: it is judged by its peers and its last hours. */
  isProvisional: z.boolean(),
})
export type Explanation = z.infer<typeof explanation>
