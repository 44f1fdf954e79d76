import type { Alarm } from '../contract/model/alarm.ts'
import { metricOf } from '../contract/model/aws-metrics.ts'
import { inert } from './terminal.ts'

/** An alarm in one line: device, metric, value, usual range, confidence, since when. */
export function alarmLine(alarm: Alarm): string {
  const { name, unit } = metricOf(alarm.metricId)
  const device = inert(alarm.deviceId)
  const since = `since ${timeOf(alarm.startedAt)}`
  if (alarm.state === 'alarm-cleared') {
    return `CLEARED ${device} · ${name} is back to usual · ${since}, until ${timeOf(alarm.endedAt)}`
  }
  if (alarm.state === 'alarm-invalidated') {
    return `SILENT ${device} · ${name}: nothing to judge for two days, the alarm is withdrawn · ${since}`
  }
  const value = `${name} ${plain(alarm.value)} ${unit}`.trimEnd()
  const severity = alarm.severity.toUpperCase()
  return [`ALARM ${severity} ${device}`, value, rangeOf(alarm), sureness(alarm), since].join(' · ')
}

function rangeOf({ expected: { low, high } }: Alarm): string {
  if (low !== null && high !== null) {
    return plain(low) === plain(high)
      ? `usually ${plain(low)}`
      : `usually ${plain(low)} to ${plain(high)}`
  }
  if (high !== null) return `usually at most ${plain(high)}`
  return low === null ? 'no usual range' : `usually at least ${plain(low)}`
}

/** Beyond this the odds are an extrapolation that nobody can picture. */
const longestOdds = 1e9

function sureness({ confidence, odds }: Alarm): string {
  if (confidence === null || odds === null) return 'fixed limit'
  const chance =
    odds > longestOdds ? 'less than 1 in a billion' : `1 in ${plain(Number(odds.toPrecision(2)))}`
  return `confidence ${confidence} (${chance})`
}

/** Decimals only where they say something. */
function plain(value: number): string {
  const maximumFractionDigits = Math.abs(value) >= 100 ? 0 : 1
  return value.toLocaleString('en', { maximumFractionDigits })
}

function timeOf(at: number | null): string {
  return at === null ? 'now' : `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
