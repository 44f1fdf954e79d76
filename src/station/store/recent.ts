import type { Measure } from '../datapoint.ts'
import { prepared, type ReadHandle, type WriteHandle } from './handles.ts'
import { type ScoredMeasure, storedScore } from './series-data.ts'
import { addToDatapointCount } from './state.ts'

/** A datapoint that is not yet in a block. */
export interface RecentRow {
  slot: number
  seriesId: number
  measure: Measure
  isPartial: boolean
}

export interface SeriesMeasure extends ScoredMeasure {
  seriesId: number
}

const columns = 'slot, series_id AS seriesId, count, sum, min, max, last, is_partial AS isPartial'

// Steps from slot to slot by the key's order, then looks up the series in each: the work depends on the
// number of slots, not on the size of the fleet.
const presentSlots = `
  WITH RECURSIVE present (slot) AS (
    SELECT min(slot) FROM recent WHERE slot >= :from
    UNION ALL
    SELECT (SELECT min(slot) FROM recent WHERE slot > present.slot)
      FROM present WHERE present.slot < :to
  )`

/**
 * Adds datapoints, or replaces the measure of those that exist; their scores stay. All numbers must be
 * finite. Not a transaction of its own.
 */
export function upsertRecent(handle: WriteHandle, rows: readonly RecentRow[]): void {
  let added = 0
  for (const row of rows) {
    if (insertRow(handle, row)) added += 1
    else updateRow(handle, row)
  }
  addToDatapointCount(handle, added)
}

/** Keeps scores beside their datapoints. Those already in a block keep the score they have. */
export function writeScores(
  handle: WriteHandle,
  scores: readonly { slot: number; seriesId: number; score: number }[],
): void {
  const sql = 'UPDATE recent SET score = ? WHERE slot = ? AND series_id = ?'
  for (const { slot, seriesId, score } of scores) {
    prepared(handle, sql).run(storedScore(score), slot, seriesId)
  }
}

/** The first slot after this one that has rows, or null. */
export function nextRecentSlot(handle: ReadHandle, slot: number): number | null {
  const sql = 'SELECT min(slot) AS next FROM recent WHERE slot > ?'
  return prepared<{ next: number | null }>(handle, sql).get(slot)?.next ?? null
}

/** A slot's rows, ascending by series. */
export function readRecentSlot(handle: ReadHandle, slot: number): RecentRow[] {
  const sql = `SELECT ${columns}, score FROM recent WHERE slot = ? ORDER BY series_id`
  return prepared<SeriesMeasure>(handle, sql).all(slot).map(recentRowOf)
}

/** All rows of later slots, ascending by slot. */
export function readRecentAfter(handle: ReadHandle, slot: number): RecentRow[] {
  const sql = `SELECT ${columns}, score FROM recent WHERE slot > ? ORDER BY slot, series_id`
  return prepared<SeriesMeasure>(handle, sql).all(slot).map(recentRowOf)
}

/** A range of slots and series, ends included. */
export interface RecentRange {
  fromSlot: number
  toSlot: number
  fromSeries: number
  toSeries: number
}

/** The rows of a range, ascending by slot, then series. */
export function readRecentRange(handle: ReadHandle, range: RecentRange): SeriesMeasure[] {
  const sql = `${presentSlots}
    SELECT recent.${columns}, score
      FROM present CROSS JOIN recent ON recent.slot = present.slot
     WHERE present.slot <= :to AND series_id BETWEEN :fromSeries AND :toSeries
     ORDER BY recent.slot, series_id`
  const { fromSlot: from, toSlot: to, fromSeries, toSeries } = range
  return prepared<SeriesMeasure>(handle, sql).all({ from, to, fromSeries, toSeries })
}

export function deleteRecentRange(handle: WriteHandle, range: RecentRange): number {
  const sql = 'DELETE FROM recent WHERE slot = ? AND series_id BETWEEN ? AND ?'
  const slots = prepared<{ slot: number | null }>(
    handle,
    `${presentSlots} SELECT slot FROM present WHERE slot <= :to`,
  ).all({ from: range.fromSlot, to: range.toSlot })
  return slots.reduce(
    (total, { slot }) =>
      total + prepared(handle, sql).run(slot, range.fromSeries, range.toSeries).changes,
    0,
  )
}

/** The oldest row's key, or null where there is none. */
export function oldestRecent(handle: ReadHandle): { slot: number; seriesId: number } | null {
  const sql = 'SELECT slot, series_id AS seriesId FROM recent ORDER BY slot, series_id LIMIT 1'
  return prepared<{ slot: number; seriesId: number }>(handle, sql).get() ?? null
}

/** Deletes the rows of slots before this one; returns how many. */
export function deleteRecentBefore(handle: WriteHandle, slot: number): number {
  return prepared(handle, 'DELETE FROM recent WHERE slot < ?').run(slot).changes
}

function recentRowOf(row: SeriesMeasure): RecentRow {
  const { slot, seriesId, isPartial, count, sum, min, max, last } = row
  const measure = { count, sum, min, max, last }
  return { slot, seriesId, measure, isPartial: isPartial === 1 }
}

function insertRow(handle: WriteHandle, row: RecentRow): boolean {
  const { slot, seriesId, measure, isPartial } = row
  const { count, sum, min, max, last } = measure
  const statement = prepared(
    handle,
    `INSERT INTO recent (slot, series_id, count, sum, min, max, last, is_partial)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  )
  return statement.run(slot, seriesId, count, sum, min, max, last, Number(isPartial)).changes > 0
}

function updateRow(handle: WriteHandle, row: RecentRow): void {
  const { slot, seriesId, measure, isPartial } = row
  const { count, sum, min, max, last } = measure
  prepared(
    handle,
    `UPDATE recent SET count = ?, sum = ?, min = ?, max = ?, last = ?, is_partial = ?
      WHERE slot = ? AND series_id = ?`,
  ).run(count, sum, min, max, last, Number(isPartial), slot, seriesId)
}
