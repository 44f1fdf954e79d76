import { metricOf } from '../../contract/model/aws-metrics.ts'
import { deviceId as deviceIdShape, type DeviceId } from '../../contract/model/device.ts'
import type { MetricId } from '../../contract/model/metric.ts'
import { readBlocks } from './blocks.ts'
import { prepared, type ReadHandle } from './handles.ts'
import { readRecentRange } from './recent.ts'
import { mergeSeries, type SeriesData, seriesDataOf } from './series-data.ts'
import { snapshot } from './transaction.ts'

export type { SeriesData } from './series-data.ts'

/** First and last slot, both included. */
type SlotRange = [fromSlot: number, toSlot: number]

/** A device's complete datapoints of one metric, ascending by slot. */
export interface MetricHistory {
  deviceId: DeviceId
  slots: Int32Array
  values: Float64Array
}

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

/**
 * Every device's history of a metric, for training: only datapoints that are complete. One device at a
 * time; nothing is held open between them.
 */
export function* readMetricHistories(
  handle: ReadHandle,
  metricId: MetricId,
  ...range: SlotRange
): Generator<MetricHistory> {
  for (const { id, deviceId } of seriesOfMetric(handle, metricId)) {
    const data = readSeriesData(handle, { id, metricId }, ...range)
    const { slots, values } = completeOf(data)
    if (slots.length > 0) yield { deviceId: deviceIdShape.parse(deviceId), slots, values }
  }
}

function completeOf(data: SeriesData): { slots: Int32Array; values: Float64Array } {
  if (!data.isPartial.includes(1)) return data
  const slots = new Int32Array(data.slots.length)
  const values = new Float64Array(data.slots.length)
  let length = 0
  // A plain loop: `filter` would take longer than reading the datapoints did.
  for (let at = 0; at < data.slots.length; at += 1) {
    slots[length] = data.slots[at] ?? 0
    values[length] = data.values[at] ?? 0
    if (data.isPartial[at] === 0) length += 1
  }
  return { slots: slots.subarray(0, length), values: values.subarray(0, length) }
}

function seriesOfMetric(handle: ReadHandle, metricId: MetricId) {
  return prepared<{ id: number; deviceId: string }>(
    handle,
    `SELECT series.id, devices.device_id AS deviceId
       FROM series JOIN devices ON devices.id = series.device_row
      WHERE series.metric_id = ? ORDER BY series.device_row`,
  ).all(metricId)
}
