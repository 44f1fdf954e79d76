import type { Series } from '../../contract/model/series.ts'
import { slotMs } from '../../contract/model/time.ts'
import { inertShort } from '../words/inert.ts'
import { formatMoment, type Zone } from '../words/instant.ts'
import { formatRange, formatValue } from '../words/value.ts'
import { nearestIndex } from './points.ts'

/** What a chart says of one bucket. */
export interface Readout {
  at: number
  value: string
  expected: string
  isViolation: boolean
  /** Names of the gaps in the whole range, each once: where a gap is narrow its name has no room in the chart. */
  gaps: string
}

/** The bucket at `at`, or the last one with data when `at` is not given. */
export function readoutAt(series: Series, at: number | undefined): Readout {
  const time = at ?? series.at.at(-1) ?? series.to
  return {
    at: time,
    value: valueAt(series, time),
    expected: expectedAt(series, time),
    isViolation: series.violations.some((one) => Math.abs(one.at - time) <= series.bucketMs / 2),
    gaps: gapWords(series),
  }
}

/** One sentence on the whole chart, for those who cannot see it. */
export function summaryOf(series: Series, zone: Zone): string {
  const { metric, min, max, gaps, violations } = series
  const span = `${formatMoment(series.from, zone)} to ${formatMoment(series.to, zone)}`
  if (series.at.length === 0) return `${metric.name}, ${span}: no data.`
  const lowest = formatValue(Math.min(...min), metric)
  const highest = formatValue(Math.max(...max), metric)
  const counts = `${violations.length} violating, ${gaps.length} ${gaps.length === 1 ? 'gap' : 'gaps'}`
  return `${metric.name}, ${span}: lowest ${lowest}, highest ${highest}, ${counts}.`
}

function valueAt(series: Series, time: number): string {
  const index = nearestIndex(series.at, time, series.bucketMs / 2)
  const [min, max, mean] = [series.min[index], series.max[index], series.mean[index]]
  if (min === undefined || max === undefined || mean === undefined) return gapAt(series, time)
  if (series.bucketMs === slotMs || min === max) return formatValue(mean, series.metric)
  return formatRange({ low: min, high: max }, series.metric)
}

function gapWords({ gaps }: Series): string {
  if (gaps.length === 0) return ''
  const reasons = [...new Set(gaps.map(({ reason }) => inertShort(reason)))].join(', ')
  return `${gaps.length === 1 ? '1 gap' : `${gaps.length} gaps`}: ${reasons}`
}

function gapAt(series: Series, time: number): string {
  const gap = series.gaps.find(({ from, to }) => time >= from && time < to)
  return gap ? `No data: ${inertShort(gap.reason)}` : 'No data'
}

function expectedAt({ band, bucketMs, metric }: Series, time: number): string {
  if (!band) return 'nothing learned yet'
  const index = nearestIndex(band.at, time, bucketMs)
  const [low, high] = [band.low[index], band.high[index]]
  if (low === undefined || high === undefined) return ''
  return `usually ${formatRange({ low, high }, metric)}`
}
