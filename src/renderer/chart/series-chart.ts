import {
  Chart,
  Filler,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  type ChartArea,
  type ChartConfiguration,
  type ChartDataset,
  type ChartOptions,
} from 'chart.js'
import type { Severity } from '../../contract/model/alarm.ts'
import type { Series } from '../../contract/model/series.ts'
import { slotMs } from '../../contract/model/time.ts'
import type { Zone } from '../words/instant.ts'
import { decades, formatBytes, formatNumber } from '../words/value.ts'
import type { ChartColours } from './colours.ts'
import { hatchGaps, markViolations, reportArea } from './plugins.ts'
import { pointsOf, type Point } from './points.ts'
import { tickWords, timeTicks } from './time-ticks.ts'

Chart.register(LineController, LineElement, PointElement, LinearScale, Filler)
Chart.defaults.font.family = "'Inter Variable', sans-serif"

const axisWidthPx = 74
const labelWidthPx = 64

type Line = ChartDataset<'line', Point[]>

export interface SeriesChartOptions {
  series: Series
  severityAt: (at: number) => Severity
  colours: ChartColours
  zone: Zone
  areaChanged: (area: ChartArea) => void
}

/** Draws a series with its expected band, gaps and violations. The caller destroys the chart. */
export function drawSeries(
  canvas: HTMLCanvasElement,
  options: SeriesChartOptions,
): Chart<'line', Point[]> {
  return new Chart(canvas, configurationOf(options))
}

function configurationOf(options: SeriesChartOptions): ChartConfiguration<'line', Point[]> {
  const { series, severityAt, colours, areaChanged } = options
  return {
    type: 'line',
    data: { datasets: [...bandLines(series, colours), ...valueLines(series, colours)] },
    options: {
      animation: false,
      parsing: false,
      normalized: true,
      maintainAspectRatio: false,
      events: [],
      layout: { padding: { top: 8, right: 8 } },
      scales: { x: timeScale(options), y: valueScale(options) },
    },
    plugins: [
      hatchGaps(series.gaps, colours),
      markViolations(series.violations, severityAt, colours),
      reportArea(areaChanged),
    ],
  }
}

function bandLines({ band, bucketMs }: Series, colours: ChartColours): Line[] {
  if (!band) return []
  const edge = { borderColor: colours.bandEdge, backgroundColor: colours.bandFill, borderWidth: 1 }
  return [
    line({ ...edge, data: pointsOf(band.at, band.low, bucketMs) }),
    line({ ...edge, data: pointsOf(band.at, band.high, bucketMs), fill: '-1' }),
  ]
}

// A wide bucket is drawn from its lowest to its highest value, so that no spike is ever lost.
function valueLines({ at, min, max, mean, bucketMs }: Series, colours: ChartColours): Line[] {
  const value = line({ borderColor: colours.line, data: pointsOf(at, mean, bucketMs) })
  if (bucketMs === slotMs) return [value]
  const edge = { borderColor: colours.envelope, backgroundColor: colours.envelope, borderWidth: 1 }
  return [
    line({ ...edge, data: pointsOf(at, min, bucketMs) }),
    line({ ...edge, data: pointsOf(at, max, bucketMs), fill: '-1' }),
    value,
  ]
}

function line(own: Partial<Line> & { data: Point[] }): Line {
  return { borderWidth: 1.5, pointRadius: 0, borderJoinStyle: 'round', spanGaps: false, ...own }
}

const formats: Readonly<Record<string, (value: number) => string>> = {
  bytes: formatBytes,
  [decades]: decadeTick,
}

type Scale = NonNullable<NonNullable<ChartOptions<'line'>['scales']>[string]>

function timeScale({ series, colours, zone }: SeriesChartOptions): Scale {
  const { from, to } = series
  return {
    type: 'linear',
    min: from,
    max: to,
    border: { display: true, color: colours.hatch },
    grid: { display: false },
    ticks: {
      color: colours.quiet,
      maxRotation: 0,
      autoSkip: false,
      callback: (value: number | string) => tickWords(Number(value), zone),
    },
    afterBuildTicks(axis) {
      const most = Math.max(2, Math.floor((axis.chart.width - axisWidthPx) / labelWidthPx))
      axis.ticks = timeTicks({ from, to, zone, most }).map((value) => ({ value }))
    },
  }
}

function valueScale({ series, colours }: SeriesChartOptions): Scale {
  const format = formats[series.metric.unit] ?? formatNumber
  return {
    type: 'linear',
    beginAtZero: true,
    border: { display: false },
    grid: { color: colours.grid, drawTicks: false },
    ticks: {
      color: colours.quiet,
      maxTicksLimit: 5,
      padding: 6,
      callback: (value: number | string) => format(Number(value)),
    },
    // One width for all, so that the same instant lies at the same place in every chart.
    afterFit(axis) {
      axis.width = axisWidthPx
    },
  }
}

/** "1 in 10⁶": the odds in full are too long for an axis. */
function decadeTick(value: number): string {
  if (value === 0) return 'usual'
  const digits = [...String(value)].map((digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'.charAt(Number(digit)))
  return Number.isInteger(value) ? `1 in 10${digits.join('')}` : ''
}
