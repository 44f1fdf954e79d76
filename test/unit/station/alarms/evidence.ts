import { asMetricId } from '../../../../src/contract/model/aws-metrics.ts'
import { deviceId } from '../../../../src/contract/model/device.ts'
import { behavior, type Behavior } from '../../../../src/contract/model/profile.ts'
import type { PointVerdict } from '../../../../src/station/engine/protocol.ts'
import { measureOf, type Datapoint, type Measure } from '../../../../src/station/datapoint.ts'

/** A datapoint of pump-1 in bytes out, unless told otherwise. */
export function datapointOf(
  measure: Measure | number,
  { metric = 'aws:all-bytes-out', isPartial = false, slot = 5_966_666 } = {},
): Datapoint {
  return {
    seriesId: 1,
    deviceId: deviceId.parse('pump-1'),
    metricId: asMetricId(metric),
    slot,
    measure: typeof measure === 'number' ? measureOf(measure) : measure,
    isPartial,
  }
}

/** A behavior with a limit: what is normal, in AWS's words. */
export function limitOf(comparisonOperator: string, limit: number): Behavior {
  const value = { number: limit }
  return behavior.parse({
    name: 'limit',
    metric: 'aws:all-bytes-out',
    criteria: { comparisonOperator, value },
  })
}

/** A behavior that is learned. */
export function learnedOf(confidenceLevel: string): Behavior {
  const criteria = { mlDetectionConfig: { confidenceLevel } }
  return behavior.parse({ name: 'learned', metric: 'aws:all-bytes-out', criteria })
}

/** The engine's verdict of so high a score. */
export function verdictOf(
  score: number,
  direction: PointVerdict['direction'] = 'above',
): PointVerdict {
  return {
    score,
    direction,
    centre: 50,
    expected: {
      LOW: { low: 30, high: 70 },
      MEDIUM: { low: 20, high: 80 },
      HIGH: { low: 10, high: 90 },
    },
    isProvisional: false,
    explanation: null,
  }
}
