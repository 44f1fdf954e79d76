import type { Chart, ChartArea, Plugin } from 'chart.js'
import type { Severity } from '../../contract/model/alarm.ts'
import type { Series } from '../../contract/model/series.ts'
import { inertShort } from '../words/inert.ts'
import type { ChartColours } from './colours.ts'
import { severityPaths } from './severity-shapes.ts'

const hatchStepPx = 7
const shapePx = 11
const crowdedShapePx = 8
const crowd = 12
const shapeBox = 16

/** Hatches the spans without data and names them where there is room. */
export function hatchGaps(gaps: Series['gaps'], colours: ChartColours): Plugin<'line'> {
  return {
    id: 'hatch-gaps',
    beforeDatasetsDraw(chart) {
      for (const gap of gaps) {
        const left = Math.max(chart.chartArea.left, pixelOf(chart, gap.from))
        const right = Math.min(chart.chartArea.right, pixelOf(chart, gap.to))
        if (right > left) drawGap(chart, { left, right, name: inertShort(gap.reason), colours })
      }
    },
  }
}

/** Puts a filled shape of its severity on every violating datapoint. */
export function markViolations(
  violations: Series['violations'],
  severityAt: (at: number) => Severity,
  colours: ChartColours,
): Plugin<'line'> {
  return {
    id: 'mark-violations',
    afterDatasetsDraw(chart) {
      const y = chart.scales.y
      const sizePx = violations.length > crowd ? crowdedShapePx : shapePx
      for (const { at, value } of violations) {
        const x = pixelOf(chart, at)
        if (!y || x < chart.chartArea.left - 1 || x > chart.chartArea.right + 1) continue
        const severity = severityAt(at)
        drawShape(chart.ctx, { x, y: y.getPixelForValue(value), severity, sizePx, colours })
      }
    },
  }
}

/** Tells where the plot lies each time that it is laid out. */
export function reportArea(tell: (area: ChartArea) => void): Plugin<'line'> {
  return { id: 'report-area', afterLayout: (chart) => tell({ ...chart.chartArea }) }
}

interface Gap {
  left: number
  right: number
  name: string
  colours: ChartColours
}

function drawGap({ ctx, chartArea }: Chart, { left, right, name, colours }: Gap): void {
  const height = chartArea.bottom - chartArea.top
  ctx.save()
  ctx.beginPath()
  ctx.rect(left, chartArea.top, right - left, height)
  ctx.clip()
  ctx.beginPath()
  for (let x = left - height; x < right; x += hatchStepPx) {
    ctx.moveTo(x, chartArea.bottom)
    ctx.lineTo(x + height, chartArea.top)
  }
  ctx.strokeStyle = colours.hatch
  ctx.lineWidth = 1
  ctx.stroke()
  writeName(ctx, {
    x: (left + right) / 2,
    y: chartArea.top + 12,
    roomPx: right - left,
    name,
    colours,
  })
  ctx.restore()
}

interface GapName {
  x: number
  y: number
  roomPx: number
  name: string
  colours: ChartColours
}

function writeName(ctx: CanvasRenderingContext2D, { x, y, roomPx, name, colours }: GapName): void {
  ctx.font = "12px 'Inter Variable', sans-serif"
  const width = ctx.measureText(name).width + 10
  if (width > roomPx) return
  ctx.fillStyle = colours.panel
  ctx.fillRect(x - width / 2, y - 9, width, 18)
  ctx.fillStyle = colours.quiet
  ctx.textAlign = 'center'
  ctx.textBaseline = 'middle'
  ctx.fillText(name, x, y)
}

interface Shape {
  x: number
  y: number
  severity: Severity
  sizePx: number
  colours: ChartColours
}

function drawShape(
  ctx: CanvasRenderingContext2D,
  { x, y, severity, sizePx, colours }: Shape,
): void {
  const scale = sizePx / shapeBox
  const path = new Path2D(severityPaths[severity])
  ctx.save()
  ctx.translate(x - sizePx / 2, y - sizePx / 2)
  ctx.scale(scale, scale)
  ctx.lineWidth = 2.5
  ctx.strokeStyle = colours.panel
  ctx.stroke(path)
  ctx.fillStyle = colours[severity]
  ctx.fill(path)
  ctx.restore()
}

function pixelOf(chart: Chart, at: number): number {
  return chart.scales.x?.getPixelForValue(at) ?? NaN
}
