import type { Alarm, Severity } from '../../../contract/model/alarm.ts'
import type { MetricId } from '../../../contract/model/metric.ts'

/** Severity of a violation of one metric: its alarm's, or low when it was not enough for an alarm. */
export function severityAt(alarms: readonly Alarm[], metricId: MetricId): (at: number) => Severity {
  const own = alarms.filter((alarm) => alarm.metricId === metricId)
  return (at) => own.find((alarm) => covers(alarm, at))?.severity ?? 'low'
}

function covers({ startedAt, lastViolationAt }: Alarm, at: number): boolean {
  return at >= startedAt && at <= lastViolationAt
}
