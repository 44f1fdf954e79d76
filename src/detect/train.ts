import { calibrate } from './calibrate.ts'
import { fitBaselines } from './fit.ts'
import type { DeviceHistory, MetricModel } from './model.ts'
import { countOf, prepare, spanOf, traitsOf } from './prepared-history.ts'

/**
 * Learns one metric of a whole fleet: tails from baselines that did not see what they judge, then baselines
 * from all datapoints. Values that are not finite are left out. Null where there is nothing to learn from.
 */
export function trainMetric(input: {
  metricId: string
  histories: readonly DeviceHistory[]
}): MetricModel | null {
  const histories = prepare(input.histories)
  const traits = traitsOf(histories)
  const tails = calibrate(histories, traits)
  if (!tails) return null
  return {
    version: 1,
    metricId: input.metricId,
    ...spanOf(histories),
    datapoints: countOf(histories),
    baselines: fitBaselines(histories, traits),
    ...tails,
  }
}
