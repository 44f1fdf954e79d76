import type { DeviceId } from '../contract/model/device.ts'
import type { MetricId } from '../contract/model/metric.ts'
import { metricOf } from '../contract/model/aws-metrics.ts'
import { noReportsYet, type ReportHistory } from './ingest/report-admission.ts'
import { Refusal } from './refusal.ts'
import {
  insertDevice,
  insertSeries,
  readAllSeries,
  readDevices,
  writeReportState,
} from './store/catalog.ts'
import type { ReadHandle, WriteHandle } from './store/handles.ts'

/** Every device and series known, in memory. The store has the same; `loadFleet` reads it anew. */
export interface Fleet {
  devices: Map<DeviceId, FleetDevice>
  series: Map<number, FleetSeries>
  limits: FleetLimits
}

export interface FleetDevice {
  rowId: number
  deviceId: DeviceId
  firstSeenAt: number
  series: Map<MetricId, number>
  customMetrics: number
  reports: ReportHistory
}

export interface FleetSeries {
  id: number
  deviceId: DeviceId
  metricId: MetricId
}

export interface FleetLimits {
  devices: number
  customMetricsPerDevice: number
}

export function loadFleet(read: ReadHandle, limits: FleetLimits): Fleet {
  const fleet: Fleet = { devices: new Map(), series: new Map(), limits }
  const byRow = new Map<number, FleetDevice>()
  for (const row of readDevices(read)) {
    const reports = row.reportState ? (JSON.parse(row.reportState) as ReportHistory) : noReportsYet
    byRow.set(row.id, addDevice(fleet, { ...row, reports }))
  }
  for (const row of readAllSeries(read)) {
    const device = byRow.get(row.deviceRowId)
    if (device) addSeries(fleet, device, { id: row.id, metricId: row.metricId })
  }
  return fleet
}

/** The device of this name, made known if it is new. Throws a Refusal when the fleet is full. */
export function registerDevice(
  fleet: Fleet,
  write: WriteHandle,
  { deviceId, at }: { deviceId: DeviceId; at: number },
): FleetDevice {
  const known = fleet.devices.get(deviceId)
  if (known) return known
  if (fleet.devices.size >= fleet.limits.devices) {
    throw new Refusal(
      'too-many-devices',
      `the limit of ${fleet.limits.devices} devices is reached; raise limits.devices if they are real`,
    )
  }
  const row = insertDevice(write, { deviceId, firstSeenAt: at })
  return addDevice(fleet, { ...row, reports: noReportsYet })
}

/** The number of a device's series, made if it is new. Throws a Refusal when it has too many. */
export function registerSeries(
  fleet: Fleet,
  write: WriteHandle,
  { device, metricId }: { device: FleetDevice; metricId: MetricId },
): number {
  const known = device.series.get(metricId)
  if (known !== undefined) return known
  const isCustom = metricOf(metricId).origin === 'custom'
  if (isCustom && device.customMetrics >= fleet.limits.customMetricsPerDevice) {
    throw new Refusal(
      'too-many-metrics',
      `${device.deviceId} has ${device.customMetrics} custom metrics already, the most allowed`,
    )
  }
  const row = insertSeries(write, { deviceRowId: device.rowId, metricId })
  addSeries(fleet, device, { id: row.id, metricId })
  return row.id
}

/** Remembers what a device's reports told, in memory and in the store. */
export function rememberReports(
  write: WriteHandle,
  device: FleetDevice,
  reports: ReportHistory,
): void {
  device.reports = reports
  writeReportState(write, device.rowId, JSON.stringify(reports))
}

function addDevice(
  fleet: Fleet,
  row: { id: number; deviceId: DeviceId; firstSeenAt: number; reports: ReportHistory },
): FleetDevice {
  const { id, deviceId, firstSeenAt, reports } = row
  const device: FleetDevice = {
    rowId: id,
    deviceId,
    firstSeenAt,
    series: new Map(),
    customMetrics: 0,
    reports,
  }
  fleet.devices.set(deviceId, device)
  return device
}

function addSeries(
  fleet: Fleet,
  device: FleetDevice,
  { id, metricId }: { id: number; metricId: MetricId },
): void {
  device.series.set(metricId, id)
  if (metricOf(metricId).origin === 'custom') device.customMetrics += 1
  fleet.series.set(id, { id, deviceId: device.deviceId, metricId })
}
