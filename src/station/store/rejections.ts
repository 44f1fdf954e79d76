import type { DeviceId } from '../../contract/model/device.ts'
import { type Rejection, rejection as rejectionShape } from '../../contract/model/status.ts'
import { prepared, type ReadHandle, type WriteHandle } from './handles.ts'
import { transaction } from './transaction.ts'

/** Stands for "no usable device"; a device's name is never empty. */
const noDevice = ''

/**
 * Beyond so many rows a new device's rejections are counted without its name: someone who makes up names
 * must not fill the disk.
 */
const mostRows = 10_000

/** Adds to what was counted so far of the same source, device and reason; the last detail replaces the one before. */
export function addRejections(handle: WriteHandle, counts: readonly Rejection[]): void {
  transaction(handle, () => {
    for (const counted of counts) addRejection(handle, counted)
  })
}

/** What was refused, the newest first. */
export function listRejections(
  handle: ReadHandle,
  filter: { deviceId?: DeviceId | undefined; limit: number },
): Rejection[] {
  const rows = prepared(
    handle,
    `SELECT source_id AS sourceId, nullif(device_id, '') AS deviceId, reason, count,
            first_at AS firstAt, last_at AS lastAt, last_detail AS lastDetail
       FROM rejections WHERE :deviceId IS NULL OR device_id = :deviceId
      ORDER BY last_at DESC, source_id, device_id, reason LIMIT :limit`,
  ).all({ deviceId: filter.deviceId ?? null, limit: filter.limit })
  return rejectionShape.array().parse(rows)
}

/** How many inputs were ever refused. */
export function countRejections(handle: ReadHandle): number {
  const sql = 'SELECT total(count) AS count FROM rejections'
  return prepared<{ count: number }>(handle, sql).get()?.count ?? 0
}

/** The same by device, without those that named no usable one. */
export function countRejectionsByDevice(handle: ReadHandle): Map<string, number> {
  const rows = prepared<{ deviceId: string; count: number }>(
    handle,
    `SELECT device_id AS deviceId, sum(count) AS count
       FROM rejections WHERE device_id <> '' GROUP BY device_id`,
  ).all()
  return new Map(rows.map((row) => [row.deviceId, row.count]))
}

function addRejection(handle: WriteHandle, counted: Rejection): void {
  if (addToExisting(handle, counted, counted.deviceId ?? noDevice)) return
  const rows = prepared<{ count: number }>(handle, 'SELECT count(*) AS count FROM rejections').get()
  const isFull = (rows?.count ?? 0) >= mostRows
  if (isFull && addToExisting(handle, counted, noDevice)) return
  insertRejection(handle, counted, isFull ? noDevice : (counted.deviceId ?? noDevice))
}

function addToExisting(handle: WriteHandle, counted: Rejection, deviceId: string): boolean {
  const { changes } = prepared(
    handle,
    `UPDATE rejections
        SET count = count + :count,
            first_at = min(first_at, :firstAt),
            last_detail = iif(:lastAt >= last_at, :lastDetail, last_detail),
            last_at = max(last_at, :lastAt)
      WHERE source_id = :sourceId AND device_id = :deviceId AND reason = :reason`,
  ).run({ ...counted, deviceId })
  return changes > 0
}

function insertRejection(handle: WriteHandle, counted: Rejection, deviceId: string): void {
  prepared(
    handle,
    `INSERT INTO rejections
     VALUES (:sourceId, :deviceId, :reason, :count, :firstAt, :lastAt, :lastDetail)`,
  ).run({ ...counted, deviceId })
}
