import { createDeviceDetector } from '../../detect/adaptive/device-detector.ts'
import { createSeriesDetector } from '../../detect/adaptive/series-detector.ts'
import { rowsOf, seriesByDevice, type Datapoints, type RowsBySeries } from './datapoints.ts'
import type { Judged } from './judged.ts'
import { spacingAtStart } from './spacing.ts'

interface Pass {
  datapoints: Datapoints
  judged: Judged
  /** What the device is judged by, of every datapoint that was passed. */
  bursts: Float64Array
  isYoung: Uint8Array
  isStopgap: boolean
}

/**
 * Judges by its own past every datapoint that has no verdict yet, one series after the other so that the past of
 * only one is in memory, then each device by the scores of its metrics. As a stopgap for models that are not
 * there, every verdict is provisional.
 */
export function judgeByOwnPast(
  { datapoints, bySeries }: { datapoints: Datapoints; bySeries: RowsBySeries },
  judged: Judged,
  { isStopgap }: { isStopgap: boolean },
): void {
  const bursts = new Float64Array(datapoints.count)
  const isYoung = new Uint8Array(datapoints.count)
  const pass = { datapoints, judged, bursts, isYoung, isStopgap }
  for (const ofDevice of seriesByDevice(datapoints)) {
    const series = [...ofDevice].filter((one) => one !== -1).map((one) => rowsOf(bySeries, one))
    const deviceUntil = lastWithout(judged.deviceScore, datapoints, series)
    for (const rows of series) {
      const until = Math.max(deviceUntil, lastWithout(judged.score, datapoints, [rows]))
      judgeSeries(pass, rows, until)
    }
    judgeDevice(pass, series, deviceUntil)
  }
}

/** Time of the last datapoint without a verdict; -Infinity where all have one. */
function lastWithout(
  verdicts: Float64Array,
  { at }: Datapoints,
  series: readonly Uint32Array[],
): number {
  const times = series.map((rows) => at[rows.findLast((row) => Number.isNaN(verdicts[row])) ?? -1])
  return Math.max(-Infinity, ...times.map((time) => time ?? -Infinity))
}

function judgeSeries(
  { datapoints, judged, bursts, isYoung, isStopgap }: Pass,
  rows: Uint32Array,
  until: number,
): void {
  const { at, value } = datapoints
  const detector = createSeriesDetector({ spacingMs: spacingAtStart(at, rows) })
  for (const row of rows) {
    const now = at[row] ?? NaN
    if (now > until) return
    const verdict = detector.step(now, value[row] ?? NaN)
    bursts[row] = verdict.burst
    isYoung[row] = verdict.provisional ? 1 : 0
    if (!Number.isNaN(judged.score[row])) continue
    judged.score[row] = verdict.score
    judged.p[row] = verdict.p
    judged.low[row] = verdict.expectedLow
    judged.high[row] = verdict.expectedHigh
    judged.emission[row] = verdict.emission
    judged.isProvisional[row] = isStopgap || verdict.provisional ? 1 : 0
  }
}

/** Steps through the times of a device; at each there may be several datapoints even of one metric. */
function judgeDevice(
  { datapoints, judged, bursts, isYoung }: Pass,
  series: Uint32Array[],
  until: number,
): void {
  const { at } = datapoints
  const detector = createDeviceDetector()
  const next = series.map(() => 0)
  for (;;) {
    const now = Math.min(
      ...series.map((rows, index) => at[rows[next[index] ?? 0] ?? -1] ?? Infinity),
    )
    if (now > until || now === Infinity) return
    const here = series.flatMap((rows, index) => {
      const from = next[index] ?? 0
      let to = from
      while (at[rows[to] ?? -1] === now) to += 1
      next[index] = to
      return [...rows.subarray(from, to)]
    })
    const { score, p } = detector.step(
      here.map((row) => ({ burst: bursts[row] ?? 0, provisional: isYoung[row] === 1 })),
    )
    for (const row of here) {
      if (!Number.isNaN(judged.deviceScore[row])) continue
      judged.deviceScore[row] = score
      if (Number.isNaN(judged.deviceP[row])) judged.deviceP[row] = p
    }
  }
}
