import type { JournalRow } from '../journal/chain.ts'
import { prepared, type ReadHandle, type WriteHandle } from './handles.ts'

// As text, a hash that somebody put nothing or anything else into is still one that can be compared.
const columns = 'sequence, at, kind, by_whom AS "by", subject, detail, lower(hex(hash)) AS hash'

export function insertJournalRow(handle: WriteHandle, row: JournalRow): void {
  prepared(handle, 'INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?)').run(
    row.sequence,
    row.at,
    row.kind,
    row.by,
    row.subject,
    row.detail,
    Buffer.from(row.hash, 'hex'),
  )
}

/** The newest entry, or null. */
export function readLastJournalRow(handle: ReadHandle): JournalRow | null {
  const sql = `SELECT ${columns} FROM journal ORDER BY sequence DESC LIMIT 1`
  return prepared<JournalRow>(handle, sql).get() ?? null
}

/** The newest checkpoint, or null. It is looked for from the end, where one is every few entries. */
export function readLastCheckpointRow(handle: ReadHandle): JournalRow | null {
  const sql = `SELECT ${columns} FROM journal WHERE kind = 'checkpoint'
                ORDER BY sequence DESC LIMIT 1`
  return prepared<JournalRow>(handle, sql).get() ?? null
}

export function readJournalRow(handle: ReadHandle, sequence: number): JournalRow | null {
  const sql = `SELECT ${columns} FROM journal WHERE sequence = ?`
  return prepared<JournalRow>(handle, sql).get(sequence) ?? null
}

/** The next `limit` entries after a number, oldest first. */
export function readJournalAfter(
  handle: ReadHandle,
  sequence: number,
  limit: number,
): JournalRow[] {
  const sql = `SELECT ${columns} FROM journal WHERE sequence > ? ORDER BY sequence LIMIT ?`
  return prepared<JournalRow>(handle, sql).all(sequence, limit)
}

/** Newest first. */
export function listJournalRows(
  handle: ReadHandle,
  { before, limit, includeCheckpoints }: ListQuery,
): JournalRow[] {
  const sql = `SELECT ${columns} FROM journal
                WHERE sequence < ? AND (? OR kind <> 'checkpoint')
                ORDER BY sequence DESC LIMIT ?`
  const end = before ?? Number.MAX_SAFE_INTEGER
  return prepared<JournalRow>(handle, sql).all(end, Number(includeCheckpoints), limit)
}

interface ListQuery {
  before?: number | undefined
  limit: number
  includeCheckpoints: boolean
}
