import { metricOf } from '../../contract/model/aws-metrics.ts'
import { isMl, type Behavior } from '../../contract/model/profile.ts'
import { formatValue } from './value.ts'

/** A behavior's rule in plain words. */
export function ruleWords({ criteria, metric }: Behavior): string {
  if (isMl(criteria))
    return `learned, ${criteria.mlDetectionConfig.confidenceLevel.toLowerCase()} confidence`
  const limit = 'count' in criteria.value ? criteria.value.count : criteria.value.number
  const words = criteria.comparisonOperator.replaceAll('-', ' ').replace('equals', 'or equal to')
  return `normal is ${words} ${formatValue(limit, metricOf(metric))}`
}

/** The rule as a line of its own: "Learned, high confidence". */
export function criteriaWords(behavior: Behavior): string {
  const rule = ruleWords(behavior)
  return `${rule.charAt(0).toUpperCase()}${rule.slice(1)}`
}

/** How many datapoints it takes: "alarms after 1 datapoint, clears after 3 in a row". */
export function countWords({ criteria }: Behavior): string {
  const { consecutiveDatapointsToAlarm: alarm, consecutiveDatapointsToClear: clear } = criteria
  return `alarms after ${datapoints(alarm)}, clears after ${datapoints(clear)}`
}

function datapoints(count: number): string {
  return count === 1 ? '1 datapoint' : `${count} in a row`
}
