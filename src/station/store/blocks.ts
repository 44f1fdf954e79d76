import { slotsPerDay } from '../../contract/model/time.ts'
import { decodeBlock, encodeBlock } from './block-codec.ts'
import { prepared, type ReadHandle, type WriteHandle } from './handles.ts'
import { joinSeries, type SeriesData, sliceSeries } from './series-data.ts'

/** Series fit below a day in a block's key (see `migrations/0001-first.ts`). */
const seriesSpan = 2 ** 32

/** One series on one UTC day, days counted from the epoch. */
export interface BlockId {
  day: number
  seriesId: number
}

/** Number of the UTC day that holds a slot. */
export function dayOf(slot: number): number {
  return Math.floor(slot / slotsPerDay)
}

/** A block's datapoints, or null where there is none. Throws StationError STORE_CORRUPT. */
export function readBlock(handle: ReadHandle, id: BlockId): SeriesData | null {
  const sql = 'SELECT data FROM blocks WHERE key = ?'
  const row = prepared<{ data: Uint8Array }>(handle, sql).get(keyOf(id))
  return row ? shifted(decodeBlock(row.data), id.day * slotsPerDay) : null
}

/** Writes or replaces a block. At least one datapoint. */
export function writeBlock(handle: WriteHandle, id: BlockId, data: SeriesData): void {
  const day = shifted(data, -id.day * slotsPerDay)
  prepared(
    handle,
    'INSERT OR REPLACE INTO blocks (key, first, count, data) VALUES (?, ?, ?, ?)',
  ).run(keyOf(id), day.slots[0] ?? 0, day.slots.length, encodeBlock(day))
}

/** A series' datapoints of a range of slots, ends included, that are in blocks; null where there is none. */
export function readBlocks(
  handle: ReadHandle,
  seriesId: number,
  range: { fromSlot: number; toSlot: number },
): SeriesData | null {
  const { oldest, newest } = daysKept(handle)
  const parts: SeriesData[] = []
  const last = Math.min(dayOf(range.toSlot), newest)
  for (let day = Math.max(dayOf(range.fromSlot), oldest); day <= last; day += 1) {
    const block = readBlock(handle, { day, seriesId })
    if (block) parts.push(sliceSeries(block, range.fromSlot, range.toSlot))
  }
  return parts.length === 0 ? null : joinSeries(parts)
}

/** The oldest and newest day with a block; where there is none, no day is between them. */
export function daysKept(handle: ReadHandle): { oldest: number; newest: number } {
  const row = prepared<{ oldest: number | null; newest: number | null }>(
    handle,
    'SELECT (SELECT min(key) FROM blocks) AS oldest, (SELECT max(key) FROM blocks) AS newest',
  ).get()
  return {
    oldest: dayOfKey(row?.oldest ?? null, Infinity),
    newest: dayOfKey(row?.newest ?? null, -1),
  }
}

/** First slot of a day that is in a block, or null. */
export function firstSlotOfDay(handle: ReadHandle, day: number): number | null {
  const sql = 'SELECT min(first) AS first FROM blocks WHERE key >= ? AND key < ?'
  const row = prepared<{ first: number | null }>(handle, sql).get(...keysOfDay(day))
  const first = row?.first ?? null
  return first === null ? null : day * slotsPerDay + first
}

/** Deletes a day's blocks; returns how many datapoints they held. */
export function deleteDay(handle: WriteHandle, day: number): number {
  const keys = keysOfDay(day)
  const sql = 'SELECT total(count) AS held FROM blocks WHERE key >= ? AND key < ?'
  const row = prepared<{ held: number }>(handle, sql).get(...keys)
  prepared(handle, 'DELETE FROM blocks WHERE key >= ? AND key < ?').run(...keys)
  return row?.held ?? 0
}

/** Every block's key and what is wrong with it, for those that cannot be read. */
export function* damagedBlocks(handle: ReadHandle): Generator<{ id: BlockId; finding: string }> {
  const rows = handle.database
    .prepare<[], { key: number; count: number; data: Uint8Array }>(
      'SELECT key, count, data FROM blocks',
    )
    .iterate()
  for (const { key, count, data } of rows) {
    const finding = findingOf(data, count)
    if (finding) yield { id: { day: dayOfKey(key, 0), seriesId: key % seriesSpan }, finding }
  }
}

function findingOf(data: Uint8Array, count: number): string | null {
  try {
    const held = decodeBlock(data).slots.length
    return held === count ? null : `holds ${held} datapoints where ${count} are noted`
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function shifted(data: SeriesData, slots: number): SeriesData {
  const moved = data.slots.slice()
  // A plain loop: this runs for every datapoint that is trained on.
  for (let at = 0; at < moved.length; at += 1) moved[at] = (moved[at] ?? 0) + slots
  return { ...data, slots: moved }
}

function keyOf({ day, seriesId }: BlockId): number {
  return day * seriesSpan + seriesId
}

function keysOfDay(day: number): [from: number, before: number] {
  return [day * seriesSpan, (day + 1) * seriesSpan]
}

function dayOfKey(key: number | null, otherwise: number): number {
  return key === null ? otherwise : Math.floor(key / seriesSpan)
}
