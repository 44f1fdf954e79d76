import { calibrationOf, perDay, type CalibrationReport } from './calibration-report.ts'
import { slotsPerDay } from './calendar.ts'
import { deviceSum } from './device-score.ts'
import type { GatheredHistory } from './gathered-history.ts'
import { halvesOf, type Halves, type HeldOut } from './held-out.ts'
import type { Baseline, Tail } from './model.ts'
import type { Group } from './places.ts'
import { toldAmong } from './news.ts'
import { fitTails, poolOf, scoresOf, type Pool } from './pool.ts'
import type { MetricTails } from './scoring.ts'
import { fitTail } from './tail.ts'

export interface Calibrated {
  /** By metric index. */
  tails: (MetricTails | null)[]
  device: Tail | null
  report: CalibrationReport
  /** By metric index: scores of the last day's datapoints by tails that had not seen them. */
  latestDay: Float32Array[]
}

/** Learns the tails of all metrics and of the device from what was held out, and counts how well they hold. */
export function calibrateGroup(
  group: Group,
  heldOut: HeldOut,
  history: GatheredHistory,
): Calibrated {
  const halves = halvesOf(heldOut, history.slotMs)
  const metrics = group.metrics.map(
    (metric, index) => metric && calibrateMetric(metric, index, { heldOut, halves, history }),
  )
  const unrest = metrics.flatMap((metric) => (metric ? [metric.unrest] : []))
  return {
    tails: metrics.map((metric) => metric && { tails: metric.tails, heads: metric.heads }),
    device: deviceTail(unrest, heldOut, history.slotMs),
    report: { metrics: metrics.flatMap((metric) => (metric ? [metric.report] : [])) },
    latestDay: metrics.map((metric) => metric?.latestDay ?? nothing),
  }
}

/** One after the other, so that no more than one pool is in memory. */
function calibrateMetric(
  metric: Baseline,
  index: number,
  { heldOut, halves, history }: { heldOut: HeldOut; halves: Halves; history: GatheredHistory },
) {
  const { slotMs } = history
  const pool = newsOnly(poolOf(metric, heldOut.tables[index] ?? [], slotMs), heldOut)
  const slots = history.toSlot + 1 - history.fromSlot
  const report = calibrationOf({
    metricId: history.metricIds[index] ?? '',
    pointsPerDay: perDay(history.datapoints[index] ?? 0, slots, slotMs),
    scores: unseenScores(pool, halves),
    heldOut,
    slotMs,
  })
  const latestDay = latestScores(pool, heldOut, slotMs)
  const { tails, heads, unrest } = fitTails(pool, null)
  return { tails, heads, unrest, report, latestDay }
}

/** Marks what is no news after what came before it. */
function newsOnly(pool: Pool, { slots }: HeldOut): Pool {
  const scores = scoresOf(pool, fitTails(pool, null))
  const isTold = new Uint8Array(scores.length)
  for (let from = 0; from < scores.length; from += slots) {
    isTold.set(toldAmong(scores.subarray(from, from + slots), pool.slotMs), from)
  }
  return { ...pool, isTold }
}

/** Each half judged by the tails of the other. */
function unseenScores(pool: Pool, { first, second }: Halves): Float32Array {
  const byFirst = scoresOf(pool, fitTails(pool, first))
  const bySecond = scoresOf(pool, fitTails(pool, second))
  return byFirst.map((score, index) => (first[index] === 1 ? (bySecond[index] ?? NaN) : score))
}

function deviceTail(unrest: readonly Float64Array[], heldOut: HeldOut, slotMs: number): Tail {
  const sums = new Float64Array(heldOut.devices.length * heldOut.slots)
  const own = new Float64Array(unrest.length)
  let count = 0
  let points = 0
  for (let index = 0; index < sums.length; index++) {
    let isThere = false
    unrest.forEach((each, metric) => {
      own[metric] = each[index] ?? NaN
      isThere ||= own[metric] === own[metric]
    })
    if (!isThere) continue
    points++
    const sum = deviceSum(own)
    if (sum > 0) sums[count++] = sum
  }
  return fitTail(sums.subarray(0, count), { points, alike: slotsPerDay(slotMs) / 12 })
}

/** Scores of the last day's datapoints by tails of the days before; none where there are none. */
function latestScores(pool: Pool, heldOut: HeldOut, slotMs: number): Float32Array {
  const from = heldOut.slots - slotsPerDay(slotMs)
  if (from < slotsPerDay(slotMs)) return nothing
  const earlier = new Uint8Array(heldOut.devices.length * heldOut.slots)
  for (let index = 0; index < earlier.length; index++) {
    earlier[index] = Number(index % heldOut.slots < from)
  }
  const scores = scoresOf(pool, fitTails(pool, earlier))
  return scores.filter((score, index) => earlier[index] === 0 && score === score)
}

const nothing = new Float32Array(0)
