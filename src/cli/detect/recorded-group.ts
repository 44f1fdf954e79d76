import { dayMs } from '../../contract/model/time.ts'
import type { DeviceHistory } from '../../detect/trained/model.ts'
import { rowsOf, seriesByDevice, type Datapoints, type RowsBySeries } from './datapoints.ts'
import type { RecordedGroup } from './replay.ts'

/** Datapoints that come faster share slots. */
const shortestSlotMs = 1000

/** Slots are counted from a whole number of weeks before the cut: their numbers stay small, hours and weekdays hold. */
const weekMs = 7 * dayMs
const weeksBeforeCut = 52

const highestSlot = 2 ** 31 - 1

/** A file as a group of devices in slots, and where it is cut. */
export interface SlottedFile {
  group: RecordedGroup
  /** First slot at or after the time it is cut at. */
  fromSlot: number
  /** For each device, by metric: the row of each datapoint of its series. */
  rows: (Uint32Array | null)[][]
}

/**
 * Puts datapoints into slots. Each device reports at its own moment within a slot, so its slots start where its
 * first datapoint was; being early or late by less than half a slot changes nothing. Datapoints before `cutAt`
 * (epoch ms) are in slots before `fromSlot`, all others are not.
 */
export function slottedFile(
  datapoints: Datapoints,
  bySeries: RowsBySeries,
  { spacingMs, cutAt }: { spacingMs: number; cutAt: number },
): SlottedFile {
  const slotMs = Math.max(shortestSlotMs, Math.round(spacingMs))
  const originAt = (Math.floor(cutAt / weekMs) - weeksBeforeCut) * weekMs
  const fromSlot = Math.round((cutAt - originAt) / slotMs)
  const table = seriesByDevice(datapoints)
  const rows = table.map((ofDevice) =>
    Array.from(ofDevice, (series) => (series === -1 ? null : rowsOf(bySeries, series))),
  )
  const devices = rows.map((ofDevice, device): DeviceHistory => {
    const slotOf = slotsFrom(firstAt(datapoints, ofDevice), { slotMs, cutAt, fromSlot })
    const historyOf = (series: Uint32Array | null) =>
      series && historyIn(datapoints, series, slotOf)
    return { deviceId: datapoints.devices[device] ?? '', series: ofDevice.map(historyOf) }
  })
  return { group: { slotMs, metricIds: datapoints.metrics, devices }, fromSlot, rows }
}

function firstAt({ at }: Datapoints, rows: readonly (Uint32Array | null)[]): number {
  const ofSeries = rows.map((series) => (series ? at[series[0] ?? 0] : undefined) ?? Infinity)
  return Math.min(...ofSeries)
}

function slotsFrom(
  firstAt: number,
  { slotMs, cutAt, fromSlot }: { slotMs: number; cutAt: number; fromSlot: number },
): (at: number) => number {
  const phase = (((firstAt - cutAt) % slotMs) + slotMs) % slotMs
  return (at) => {
    const slot = fromSlot + Math.round((at - cutAt - phase) / slotMs)
    const cut = at < cutAt ? Math.min(slot, fromSlot - 1) : Math.max(slot, fromSlot)
    return Math.max(-highestSlot, Math.min(highestSlot, cut))
  }
}

function historyIn({ at, value }: Datapoints, rows: Uint32Array, slotOf: (at: number) => number) {
  const slots = new Int32Array(rows.length)
  const values = new Float64Array(rows.length)
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows[index] ?? 0
    slots[index] = slotOf(at[row] ?? 0)
    values[index] = value[row] ?? NaN
  }
  return { slots, values }
}
