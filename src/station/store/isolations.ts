import type { DeviceId } from '../../contract/model/device.ts'
import type { IsolationId } from '../../contract/model/isolation-id.ts'
import { isolationEvent, type IsolationEvent } from '../../contract/model/quarantine.ts'
import { prepared, type ReadHandle, type WriteHandle } from './handles.ts'

/** An isolation; `body` is JSON of the station's own making. */
export interface IsolationRow {
  id: IsolationId
  deviceId: DeviceId
  startedAt: number
  /** Null while the device is off the network, or about to be. At most one such row a device. */
  endedAt: number | null
  body: string
}

/** Adds an isolation, or replaces what is kept of it. */
export function upsertIsolation(handle: WriteHandle, row: IsolationRow): void {
  prepared(
    handle,
    `INSERT INTO isolations VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET ended_at = excluded.ended_at, body = excluded.body`,
  ).run(row.id, row.deviceId, row.startedAt, row.endedAt, row.body)
}

export function readIsolation(handle: ReadHandle, id: IsolationId): string | null {
  const sql = 'SELECT body FROM isolations WHERE id = ?'
  return prepared<{ body: string }>(handle, sql).get(id)?.body ?? null
}

/** Those that have not ended, or ended at or after an instant; oldest first. */
export function readIsolationsSince(handle: ReadHandle, at: number): string[] {
  const sql = `SELECT body FROM isolations WHERE ended_at IS NULL OR ended_at >= ?
                ORDER BY started_at, id`
  return bodies(prepared<{ body: string }>(handle, sql).all(at))
}

/** One page, those that have not ended first, then the newest; and how many there are. */
export function listIsolations(
  handle: ReadHandle,
  page: { deviceId?: DeviceId | undefined; limit: number; offset: number },
): { total: number; bodies: string[] } {
  const deviceId = page.deviceId ?? null
  const where = ':deviceId IS NULL OR device_id = :deviceId'
  const counted = prepared<{ total: number }>(
    handle,
    `SELECT count(*) AS total FROM isolations WHERE ${where}`,
  ).get({ deviceId })
  const rows = prepared<{ body: string }>(
    handle,
    `SELECT body FROM isolations WHERE ${where}
      ORDER BY ended_at IS NOT NULL, started_at DESC, id LIMIT :limit OFFSET :offset`,
  ).all({ deviceId, limit: page.limit, offset: page.offset })
  return { total: counted?.total ?? 0, bodies: bodies(rows) }
}

export function insertIsolationEvent(handle: WriteHandle, event: IsolationEvent): void {
  const sql = 'INSERT INTO isolation_events (isolation_id, body) VALUES (?, ?)'
  prepared(handle, sql).run(event.isolationId, JSON.stringify(event))
}

/** An isolation's history, oldest first. */
export function readIsolationEvents(handle: ReadHandle, id: IsolationId): IsolationEvent[] {
  const sql = 'SELECT body FROM isolation_events WHERE isolation_id = ? ORDER BY id'
  const rows = prepared<{ body: string }>(handle, sql).all(id)
  return bodies(rows).map((body) => isolationEvent.parse(JSON.parse(body)))
}

function bodies(rows: readonly { body: string }[]): string[] {
  return rows.map(({ body }) => body)
}
