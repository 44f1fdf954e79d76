import { prepared, type ReadHandle, type WriteHandle } from './handles.ts'

const datapointsKey = 'store.datapoints'

/** What was last written under a key, or null. */
export function readState(handle: ReadHandle, key: string): string | null {
  const row = prepared<{ value: string }>(handle, 'SELECT value FROM state WHERE key = ?').get(key)
  return row?.value ?? null
}

/** Keeps a text under a key. Keys that begin with `store.` are the store's own. */
export function writeState(handle: WriteHandle, key: string, value: string): void {
  prepared(
    handle,
    'INSERT INTO state VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  ).run(key, value)
}

/** Everything kept under keys that begin with `prefix/`, by the rest of its key, in the order of the keys. */
export function readStates(handle: ReadHandle, prefix: string): [rest: string, value: string][] {
  const from = `${prefix}/`
  // '0' is the character after '/'.
  const rows = prepared<{ key: string; value: string }>(
    handle,
    'SELECT key, value FROM state WHERE key >= ? AND key < ? ORDER BY key',
  ).all(from, `${prefix}0`)
  return rows.map(({ key, value }) => [key.slice(from.length), value])
}

export function deleteState(handle: WriteHandle, key: string): void {
  prepared(handle, 'DELETE FROM state WHERE key = ?').run(key)
}

/** Datapoints in the store, kept as a running count so that nobody has to count rows. */
export function readDatapointCount(handle: ReadHandle): number {
  return Number(readState(handle, datapointsKey) ?? 0)
}

export function addToDatapointCount(handle: WriteHandle, change: number): void {
  if (change === 0) return
  writeState(handle, datapointsKey, String(readDatapointCount(handle) + change))
}
