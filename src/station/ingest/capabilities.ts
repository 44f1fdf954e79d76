import { awsMetrics } from '../../contract/model/aws-metrics.ts'
import type { Metric } from '../../contract/model/metric.ts'
import type { Capability } from '../../contract/model/status.ts'

export type Level = Pick<Capability, 'level' | 'reason'>

/** What a source can say about each of AWS's 13 metrics. */
export function capabilitiesOf(judge: (metric: Metric) => Level): Capability[] {
  return awsMetrics.map((metric) => ({ metricId: metric.id, ...judge(metric) }))
}

export const inReports: Level = {
  level: 'observed',
  reason: "Taken from the device's Device Defender reports.",
}

export const reportsNotTaken: Level = {
  level: 'not-measurable',
  reason: 'Device Defender reports are not taken from this source. Set reports: true.',
}

export const countedByBroker: Level = {
  level: 'observed',
  reason: 'Counted by the broker itself.',
}

export const countedByTopic: Level = {
  level: 'partial',
  reason: 'Only messages whose topic names the device are counted.',
}

export const saidByTopic: Level = {
  level: 'partial',
  reason:
    'Births and deaths on topics are taken for connections and their ends. Refused attempts are not seen, nor whoever says nothing.',
}

export const hiddenFromSubscribers: Level = {
  level: 'not-measurable',
  reason: 'An MQTT subscriber is not told of it. The broker would have to log or publish it.',
}

export const noTopicNamesDevice: Level = {
  level: 'not-measurable',
  reason: 'A subscriber is not told who published. Set deviceTopics if the topic names the device.',
}
