import { slotsPerDay } from './calendar.ts'
import type { Baseline } from './model.ts'
import type { Seat } from './places.ts'

/** The device's place in the tables. A device of less than a day is seated in the fleet's row until its level is known. */
export function seatOf(
  metrics: readonly (Baseline | null)[],
  deviceId: string,
  slotMs: number,
): Seat {
  const seat = {
    rows: new Int32Array(metrics.length),
    isNew: new Uint8Array(metrics.length),
    levels: new Float64Array(metrics.length),
    scales: new Float64Array(metrics.length),
    lows: new Float64Array(metrics.length),
    highs: new Float64Array(metrics.length),
    bucket: -1,
  }
  metrics.forEach((metric, index) => {
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
