import type { Alarm } from '../contract/model/alarm.ts'
import { allMetricsTogether, metricOf } from '../contract/model/aws-metrics.ts'
import { plain, rangeWords } from '../contract/words/range.ts'
import { inert } from './terminal.ts'

/** An alarm in one line: device, metric, value, usual range, confidence, since when. */
export function alarmLine(alarm: Alarm): string {
  const { name, unit } = metricOf(alarm.metricId)
  const device = inert(alarm.deviceId)
  const since = `since ${timeOf(alarm.startedAt)}`
  if (alarm.kind === 'baseline-shift') return shiftLine(alarm)
  if (alarm.state === 'alarm-cleared') {
    return `CLEARED ${device} · ${name} is back to usual · ${since}, until ${timeOf(alarm.endedAt)}`
  }
  if (alarm.state === 'alarm-invalidated') {
    return `SILENT ${device} · ${name}: nothing to judge for two days, the alarm is withdrawn · ${since}`
  }
  const severity = alarm.severity.toUpperCase()
  const start = `ALARM ${severity} ${device}`
  if (isTogether(alarm)) {
    const words = `${name} ${chanceOf(10 ** alarm.value)}, no single one is out of range`
    return [start, words, `confidence ${alarm.confidence}`, since].join(' · ')
  }
  const value = `${name} ${plain(alarm.value)} ${unit}`.trimEnd()
  return [start, value, rangeOf(alarm), sureness(alarm), since].join(' · ')
}

/** What is usual has moved, or has been learned since. */
function shiftLine(alarm: Alarm): string {
  const { name, unit } = metricOf(alarm.metricId)
  const state = alarm.state === 'in-alarm' ? `SHIFT ${alarm.severity.toUpperCase()}` : 'LEARNED'
  const levels = `usual moved from ${plain(alarm.expected.low ?? 0)} to ${plain(alarm.value)} ${unit}`
  return `${state} ${inert(alarm.deviceId)} · ${name} ${levels.trimEnd()} · found ${timeOf(alarm.startedAt)}`
}

function isTogether({ metricId, kind }: Alarm): boolean {
  return metricId === allMetricsTogether.id && kind === 'machine-learning'
}

/** A learned alarm may be about what came before a value that is itself usual. */
function rangeOf({ kind, value, expected }: Alarm): string {
  const isWithin =
    (expected.low === null || value >= expected.low) &&
    (expected.high === null || value <= expected.high)
  const range = rangeWords(expected) || 'no usual range'
  return isWithin && kind === 'machine-learning'
    ? `in itself usual: ${range.replace('usually ', '')}`
    : range
}

/** Beyond this the odds are an extrapolation that nobody can picture. */
const longestOdds = 1e9

function sureness({ confidence, odds }: Alarm): string {
  if (confidence === null || odds === null) return 'fixed limit'
  return `confidence ${confidence} (${chanceOf(odds)})`
}

/** "1 in 310,000" datapoints. */
export function chanceOf(odds: number): string {
  if (odds > longestOdds) return 'less than 1 in a billion'
  return `1 in ${plain(Number(odds.toPrecision(2)))}`
}

/** To the minute, in UTC. */
export function timeOf(at: number | null): string {
  return at === null ? 'now' : `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
