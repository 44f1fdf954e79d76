import type { Alarm, Severity } from '../../contract/model/alarm.ts'
import { metricOf } from '../../contract/model/aws-metrics.ts'
import { inertShort } from '../../contract/words/inert.ts'
import { plain, rangeWords } from '../../contract/words/range.ts'

const severityWords: Readonly<Record<Severity, string>> = {
  critical: 'Critical',
  high: 'High',
  medium: 'Medium',
  low: 'Low',
}

/** "High: pump-07". Names of devices are hostile text and come out inert. */
export function alarmTitle({ severity, deviceId }: Alarm): string {
  return `${severityWords[severity]}: ${inertShort(deviceId)}`
}

/** Where the page shows an alarm with its evidence. */
export function alarmPlace(alarmId: string): string {
  return `#/alarms/${alarmId}`
}

/** "Messages sent 412, usually 20 to 60". */
export function alarmBody({ metricId, value, expected, kind }: Alarm): string {
  const { name, unit } = metricOf(metricId)
  const label = inertShort(name)
  if (kind === 'baseline-shift') return `${label}: what is usual has moved for good`
  const range = rangeWords(expected)
  // A joint judgement of all metrics has neither a value that means something by itself nor a range.
  if (range === '') return `${label}: out of the usual`
  return `${label} ${`${plain(value)} ${unit}`.trimEnd()}, ${range}`
}
