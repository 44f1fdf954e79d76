import { metricOf } from '../../contract/model/aws-metrics.ts'
import type { DeviceId } from '../../contract/model/device.ts'
import type { MetricId } from '../../contract/model/metric.ts'
import { readBlocks } from './blocks.ts'
import { readAllSeries, readDevices } from './catalog.ts'
import type { ReadHandle } from './handles.ts'
import { readRecentRange } from './recent.ts'
import { mergeSeries, pickSeries, type SeriesData, seriesDataOf } from './series-data.ts'
import { snapshot } from './transaction.ts'

export type { SeriesData } from './series-data.ts'

/** First and last slot, both included. */
type SlotRange = [fromSlot: number, toSlot: number]

/**
 * A series' datapoints of slots `fromSlot` to `toSlot`, both included. Throws StationError STORE_CORRUPT
 * where a block is damaged.
 */
export function readSeriesData(
  handle: ReadHandle,
  series: { id: number; metricId: MetricId },
  ...[fromSlot, toSlot]: SlotRange
): SeriesData {
  const range = { fromSlot, toSlot, fromSeries: series.id, toSeries: series.id }
  const { kind } = metricOf(series.metricId)
  return snapshot(handle, () => {
    const recent = seriesDataOf(kind, readRecentRange(handle, range))
    const past = readBlocks(handle, series.id, range)
    return past ? mergeSeries(past, recent) : recent
  })
}

/** What of the store a group of devices is learned from. */
export interface GroupWindow {
  metricIds: readonly string[]
  /** First and last slot, both included. */
  fromSlot: number
  toSlot: number
}

/** A device's series of a group, by metric index; null where it has none. Partial datapoints are left out. */
export interface GroupDevice {
  deviceId: DeviceId
  series: (SeriesData | null)[]
}

/** Every device of the fleet that has any of the metrics. Can be read more than once; one device at a time. */
export function groupDevices(handle: ReadHandle, window: GroupWindow): Iterable<GroupDevice> {
  return { [Symbol.iterator]: () => readGroupDevices(handle, window) }
}

function* readGroupDevices(handle: ReadHandle, window: GroupWindow): Generator<GroupDevice> {
  const { metricIds, fromSlot, toSlot } = window
  const byDevice = Map.groupBy(readAllSeries(handle), ({ deviceRowId }) => deviceRowId)
  for (const { id, deviceId } of readDevices(handle)) {
    const own = new Map(
      (byDevice.get(id) ?? []).map((series) => [series.metricId as string, series]),
    )
    const series = metricIds.map((metricId) => {
      const found = own.get(metricId)
      return found ? completeOf(readSeriesData(handle, found, fromSlot, toSlot)) : null
    })
    if (series.some((data) => data !== null && data.slots.length > 0)) yield { deviceId, series }
  }
}

/** A datapoint that is only a lower bound says nothing of what is usual. */
function completeOf(data: SeriesData): SeriesData {
  if (!data.isPartial.includes(1)) return data
  const complete = Int32Array.from(data.slots.keys()).filter((at) => data.isPartial[at] === 0)
  return pickSeries(data, complete)
}
