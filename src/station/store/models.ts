import { prepared, type ReadHandle, type WriteHandle } from './handles.ts'
import { transaction } from './transaction.ts'

/** A trained model of the whole group of devices. */
export interface ModelRow {
  /** Epoch ms. */
  trainedAt: number
  /** What people are told of it, as JSON of its own. */
  summary: string
  /** The engine's own format. */
  bytes: Uint8Array
}

const kept = 5

/** Adds a model and forgets all but the newest five. */
export function insertModel(handle: WriteHandle, { trainedAt, summary, bytes }: ModelRow): void {
  transaction(handle, () => {
    const sql = 'INSERT INTO models (trained_at, summary, bytes) VALUES (?, ?, ?)'
    prepared(handle, sql).run(trainedAt, summary, bytes)
    prepared(
      handle,
      `DELETE FROM models WHERE id IN (
         SELECT id FROM models ORDER BY trained_at DESC, id DESC LIMIT -1 OFFSET ${kept})`,
    ).run()
  })
}

/** The newest model, or null. */
export function readLatestModel(handle: ReadHandle): ModelRow | null {
  const sql = `SELECT trained_at AS trainedAt, summary, bytes
                 FROM models ORDER BY trained_at DESC, id DESC LIMIT 1`
  return prepared<ModelRow>(handle, sql).get() ?? null
}
