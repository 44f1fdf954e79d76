import { prepared, type ReadHandle, type WriteHandle } from './handles.ts'

/**
 * Runs `work` in one transaction: all of it is kept, or, when it throws, nothing. A nested call joins the
 * outer transaction, so its error must reach the outer one. `work` is synchronous.
 */
export function transaction<T>(handle: WriteHandle, work: () => T): T {
  return within(handle, 'BEGIN IMMEDIATE', work)
}

/** Runs reads that must all see the same state, whatever is written meanwhile. */
export function snapshot<T>(handle: ReadHandle, work: () => T): T {
  return within(handle, 'BEGIN', work)
}

function within<T>(handle: ReadHandle, begin: string, work: () => T): T {
  if (handle.database.inTransaction) return work()
  prepared(handle, begin).run()
  try {
    const result = work()
    prepared(handle, 'COMMIT').run()
    return result
  } catch (error) {
    // SQLite rolls back by itself on some errors, a full disk among them.
    if (handle.database.inTransaction) prepared(handle, 'ROLLBACK').run()
    throw error
  }
}
