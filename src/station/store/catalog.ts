import { asMetricId } from '../../contract/model/aws-metrics.ts'
import { deviceId as deviceIdShape, type DeviceId } from '../../contract/model/device.ts'
import type { MetricId } from '../../contract/model/metric.ts'
import { prepared, type ReadHandle, type WriteHandle } from './handles.ts'

export interface DeviceRow {
  id: number
  deviceId: DeviceId
  /** Epoch ms. */
  firstSeenAt: number
  /** What the report decoder must remember of this device, as JSON of its own. */
  reportState: string | null
}

/** One metric of one device. */
export interface SeriesRow {
  id: number
  deviceRowId: number
  metricId: MetricId
}

interface StoredDevice {
  id: number
  deviceId: string
  firstSeenAt: number
  reportState: string | null
}

/** Adds a device. Throws when one of this name exists. */
export function insertDevice(
  handle: WriteHandle,
  device: { deviceId: DeviceId; firstSeenAt: number },
): DeviceRow {
  const sql = 'INSERT INTO devices (device_id, first_seen_at) VALUES (?, ?)'
  const { lastInsertRowid } = prepared(handle, sql).run(device.deviceId, device.firstSeenAt)
  return { id: Number(lastInsertRowid), ...device, reportState: null }
}

/** Adds a metric to a device. Throws when the device has it. */
export function insertSeries(
  handle: WriteHandle,
  series: { deviceRowId: number; metricId: MetricId },
): SeriesRow {
  const sql = 'INSERT INTO series (device_row, metric_id) VALUES (?, ?)'
  const { lastInsertRowid } = prepared(handle, sql).run(series.deviceRowId, series.metricId)
  return { id: Number(lastInsertRowid), ...series }
}

export function readDevices(handle: ReadHandle): DeviceRow[] {
  const rows = prepared<StoredDevice>(
    handle,
    `SELECT id, device_id AS deviceId, first_seen_at AS firstSeenAt,
            report_state AS reportState
       FROM devices ORDER BY id`,
  ).all()
  return rows.map((row) => ({ ...row, deviceId: deviceIdShape.parse(row.deviceId) }))
}

export function readAllSeries(handle: ReadHandle): SeriesRow[] {
  const rows = prepared<{ id: number; deviceRowId: number; metricId: string }>(
    handle,
    'SELECT id, device_row AS deviceRowId, metric_id AS metricId FROM series ORDER BY id',
  ).all()
  return rows.map((row) => ({ ...row, metricId: asMetricId(row.metricId) }))
}

export function writeReportState(handle: WriteHandle, deviceRowId: number, state: string): void {
  prepared(handle, 'UPDATE devices SET report_state = ? WHERE id = ?').run(state, deviceRowId)
}
