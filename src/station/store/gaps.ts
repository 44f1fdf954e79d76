import { prepared, type ReadHandle, type WriteHandle } from './handles.ts'

/** A span in which a source could not measure, epoch ms. */
export interface Gap {
  sourceId: string
  from: number
  to: number
  reason: string
}

export function insertGap(handle: WriteHandle, gap: Gap): void {
  const sql = 'INSERT INTO gaps (source_id, from_at, to_at, reason) VALUES (?, ?, ?, ?)'
  prepared(handle, sql).run(gap.sourceId, gap.from, gap.to, gap.reason)
}

/** Gaps that overlap `from` to `to` (epoch ms, `to` excluded), oldest first. */
export function listGaps(handle: ReadHandle, from: number, to: number): Gap[] {
  return prepared<Gap>(
    handle,
    `SELECT source_id AS sourceId, from_at AS "from", to_at AS "to", reason
       FROM gaps WHERE to_at > ? AND from_at < ? ORDER BY from_at, id`,
  ).all(from, to)
}

/** Deletes gaps that ended before an instant; returns how many. */
export function deleteGapsBefore(handle: WriteHandle, at: number): number {
  return prepared(handle, 'DELETE FROM gaps WHERE to_at < ?').run(at).changes
}
