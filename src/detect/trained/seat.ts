import { slotsPerDay } from './calendar.ts'
import type { Baseline, Ratio } from './model.ts'
import type { Seat } from './places.ts'

/** The device's place in the tables; of less than a day in the fleet's row, until its level is known. */
export function seatOf(
  metrics: readonly (Baseline | null)[],
  deviceId: string,
  slotMs: number,
): Seat {
  const tracks = tracksOf(metrics)
  const seat = {
    rows: new Int32Array(tracks.length),
    isNew: new Uint8Array(tracks.length),
    levels: new Float64Array(tracks.length),
    scales: new Float64Array(tracks.length),
    lows: new Float64Array(tracks.length),
    highs: new Float64Array(tracks.length),
    bucket: -1,
  }
  tracks.forEach((metric, index) => {
    if (!metric) return
    const row = metric.devices.rows.get(deviceId)
    const isNew = (metric.devices.datapoints[row ?? -1] ?? 0) < slotsPerDay(slotMs)
    const used = isNew || row === undefined ? metric.devices.rows.size : row
    seat.rows[index] = used
    seat.isNew[index] = Number(isNew)
    seat.levels[index] = metric.devices.levels[used] ?? 0
    seat.scales[index] = metric.devices.scales[used] ?? 1
  })
  return seat
}

/** What has an expected place: the metrics, then the ratio of each; null where there is none. */
export function tracksOf(
  metrics: readonly (Baseline | null)[],
): readonly (Baseline | Ratio | null)[] {
  return [...metrics, ...metrics.map((metric) => metric?.ratio ?? null)]
}
