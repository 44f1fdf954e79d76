import { bucketCount, dayKinds } from './calendar.ts'
import type { DeviceTable } from './model.ts'

/** A row for each id, which ascend, and one for a device that is none of them. */
export function emptyTable(deviceIds: readonly string[]): DeviceTable {
  const rows = deviceIds.length + 1
  return {
    rows: new Map(deviceIds.map((deviceId, row) => [deviceId, row])),
    datapoints: new Float64Array(rows),
    levels: new Float64Array(rows).fill(NaN),
    scales: new Float64Array(rows).fill(1),
    centres: new Float32Array(rows * bucketCount),
    margins: new Float32Array(rows * dayKinds),
    doubts: new Float32Array(dayKinds),
    habits: new Float32Array(0),
  }
}
