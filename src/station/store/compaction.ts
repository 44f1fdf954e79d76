import { asMetricId, metricOf } from '../../contract/model/aws-metrics.ts'
import type { MetricKind } from '../../contract/model/metric.ts'
import { slotsPerDay, slotStartAt } from '../../contract/model/time.ts'
import { deleteAlarmsBefore } from './alarms.ts'
import { dayOf, daysKept, deleteDay, readBlock, writeBlock } from './blocks.ts'
import { deleteGapsBefore } from './gaps.ts'
import { prepared, type ReadHandle, type WriteHandle } from './handles.ts'
import {
  deleteRecentBefore,
  deleteRecentRange,
  oldestRecent,
  readRecentRange,
  type RecentRange,
  type SeriesMeasure,
} from './recent.ts'
import { mergeSeries, seriesDataOf } from './series-data.ts'
import { addToDatapointCount } from './state.ts'
import { transaction } from './transaction.ts'

/**
 * Moves rows of the oldest day that ended before `beforeSlot` into blocks, in one transaction. Whole days
 * of a series are moved: as many series as surely fit into `maxRows`, at least one. Each step touches
 * every slot of the day, so few rows a step make many writes: 1,000 to 3,000 are about right.
 * @returns how many rows were moved; 0 when nothing is left
 */
export function compactStep(
  handle: WriteHandle,
  options: { beforeSlot: number; maxRows: number },
): number {
  const oldest = oldestRecent(handle)
  if (!oldest) return 0
  const fromSlot = dayOf(oldest.slot) * slotsPerDay
  if (fromSlot + slotsPerDay > options.beforeSlot) return 0
  const seriesCount = Math.max(1, Math.floor(options.maxRows / slotsPerDay))
  return transaction(handle, () =>
    moveRows(handle, {
      fromSlot,
      toSlot: fromSlot + slotsPerDay - 1,
      fromSeries: oldest.seriesId,
      toSeries: oldest.seriesId + seriesCount - 1,
    }),
  )
}

/**
 * Retention: deletes datapoints, gaps and ended alarms of before a slot. Datapoints go day by day, at most
 * `maxDays` in a call; a block goes when its whole day is past.
 * @returns how many datapoints, gaps and alarms were deleted; 0 when nothing is left
 */
export function dropBefore(handle: WriteHandle, slot: number, maxDays = 1): number {
  return transaction(handle, () => {
    const dropped = dropDatapoints(handle, slot, maxDays)
    addToDatapointCount(handle, -dropped)
    const at = slotStartAt(slot)
    return dropped + deleteGapsBefore(handle, at) + deleteAlarmsBefore(handle, at)
  })
}

function dropDatapoints(handle: WriteHandle, slot: number, maxDays: number): number {
  const oldestBlock = daysKept(handle).oldest
  const oldestRow = oldestRecent(handle)
  const firstDay = Math.min(oldestBlock, oldestRow ? dayOf(oldestRow.slot) : Infinity)
  const until = Math.min(slot, (firstDay + maxDays) * slotsPerDay)
  let dropped = deleteRecentBefore(handle, until)
  for (let day = oldestBlock; (day + 1) * slotsPerDay <= until; day += 1) {
    dropped += deleteDay(handle, day)
  }
  return dropped
}

function moveRows(handle: WriteHandle, range: RecentRange): number {
  const rows = readRecentRange(handle, range)
  let growth = 0
  for (const [seriesId, ofSeries] of Map.groupBy(rows, (row) => row.seriesId)) {
    growth += mergeIntoBlock(handle, { day: dayOf(range.fromSlot), seriesId }, ofSeries)
  }
  deleteRecentRange(handle, range)
  // Late rows that replace what a block held were counted twice.
  addToDatapointCount(handle, growth - rows.length)
  return rows.length
}

/** Returns by how many datapoints the block grew. */
function mergeIntoBlock(
  handle: WriteHandle,
  id: { day: number; seriesId: number },
  rows: readonly SeriesMeasure[],
): number {
  const late = seriesDataOf(kindOf(handle, id.seriesId), rows)
  const held = readBlock(handle, id)
  const merged = held ? mergeSeries(held, late) : late
  writeBlock(handle, id, merged)
  return merged.slots.length - (held?.slots.length ?? 0)
}

function kindOf(handle: ReadHandle, seriesId: number): MetricKind {
  const sql = 'SELECT metric_id AS metricId FROM series WHERE id = ?'
  const row = prepared<{ metricId: string }>(handle, sql).get(seriesId)
  if (!row) throw new RangeError(`no series has the number ${seriesId}`)
  return metricOf(asMetricId(row.metricId)).kind
}
