import type { ExpectedRange } from '../contract/model/explanation.ts'
import { metricOf } from '../contract/model/aws-metrics.ts'
import type { MetricId } from '../contract/model/metric.ts'

/**
 * The range in numbers that can occur: ports and messages come whole, so 2.96 to 3.04 is 3. The same values
 * lie inside. Custom numbers and mean sizes may have decimals and stay as they are.
 */
export function wholeRange(metricId: MetricId, { low, high }: ExpectedRange): ExpectedRange {
  const { origin, kind } = metricOf(metricId)
  if (origin === 'custom' || origin === 'picket' || kind === 'size') return { low, high }
  const inner = { low: low && Math.ceil(low), high: high && Math.floor(high) }
  const isEmpty = inner.low !== null && inner.high !== null && inner.low > inner.high
  return isEmpty ? { low, high } : inner
}
