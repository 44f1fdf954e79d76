import {
  type Alarm,
  alarm as alarmShape,
  type AlarmEvent,
  alarmEvent as alarmEventShape,
  severity as severityShape,
  type ViolationId,
} from '../../contract/model/alarm.ts'
import { deviceId as deviceIdShape, type DeviceId } from '../../contract/model/device.ts'
import { prepared, type ReadHandle, type WriteHandle } from './handles.ts'
import { deleteOrphanedVerifications } from './verifications.ts'

/** What the alarm state machine must remember of one behavior of one device, as JSON of its own. */
export interface AlarmStateRow {
  key: string
  state: string
}

/** One page of a list, and how long the whole list is. */
export interface AlarmPage {
  total: number
  alarms: Alarm[]
}

interface Page {
  deviceId?: DeviceId | undefined
  limit: number
  offset: number
}

export function readAlarmStates(handle: ReadHandle): AlarmStateRow[] {
  return prepared<AlarmStateRow>(handle, 'SELECT key, state FROM alarm_states ORDER BY key').all()
}

/** Keeps a state under its key; null forgets it. */
export function writeAlarmState(handle: WriteHandle, key: string, state: string | null): void {
  if (state === null) {
    prepared(handle, 'DELETE FROM alarm_states WHERE key = ?').run(key)
    return
  }
  const sql =
    'INSERT INTO alarm_states VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET state = excluded.state'
  prepared(handle, sql).run(key, state)
}

/** Adds an alarm, or replaces the one with its id. */
export function upsertAlarm(handle: WriteHandle, alarm: Alarm): void {
  prepared(
    handle,
    `INSERT OR REPLACE INTO alarms
       (id, device_id, severity_rank, is_suppressed, started_at, ended_at, body)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    alarm.id,
    alarm.deviceId,
    severityShape.options.indexOf(alarm.severity),
    Number(alarm.isSuppressed),
    alarm.startedAt,
    alarm.endedAt,
    JSON.stringify(alarm),
  )
}

/** Adds a line to an alarm's history. An alarm has one line of each type: a second one changes nothing. */
export function insertAlarmEvent(handle: WriteHandle, event: AlarmEvent): void {
  const sql = 'INSERT INTO alarm_events VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING'
  prepared(handle, sql).run(event.alarmId, event.type, event.at, event.value, event.sentence)
}

export function readAlarm(handle: ReadHandle, id: ViolationId): Alarm | null {
  const sql = 'SELECT body FROM alarms WHERE id = ?'
  const row = prepared<{ body: string }>(handle, sql).get(id)
  return row ? alarmOf(row) : null
}

/** An alarm's history, oldest first. */
export function readAlarmEvents(handle: ReadHandle, id: ViolationId): AlarmEvent[] {
  const rows = prepared(
    handle,
    `SELECT alarm_id AS alarmId, type, at, value, sentence
       FROM alarm_events WHERE alarm_id = ? ORDER BY at, type = 'in-alarm' DESC`,
  ).all(id)
  return alarmEventShape.array().parse(rows)
}

/** Alarms that have not ended: the most severe first, among equals the newest. */
export function listActiveAlarms(
  handle: ReadHandle,
  filter: Page & { includeSuppressed: boolean },
): AlarmPage {
  return page(handle, {
    where: `ended_at IS NULL AND (:all = 1 OR is_suppressed = 0)
            AND (:deviceId IS NULL OR device_id = :deviceId)`,
    order: 'severity_rank, started_at DESC, id',
    values: { ...pageValues(filter), all: Number(filter.includeSuppressed) },
  })
}

/** Active alarms about a usual level that moved. */
export function listActiveShifts(handle: ReadHandle): Alarm[] {
  const sql = `SELECT body FROM alarms
                WHERE ended_at IS NULL AND body ->> 'kind' = 'baseline-shift'`
  return prepared<{ body: string }>(handle, sql).all().map(alarmOf)
}

/**
 * Alarms that were active at some time between `from` and `to` (epoch ms, `to` excluded), suppressed ones
 * too, the newest first.
 */
export function listAlarmHistory(
  handle: ReadHandle,
  filter: Page & { from: number; to: number },
): AlarmPage {
  return page(handle, {
    where: `started_at < :to AND (ended_at IS NULL OR ended_at >= :from)
            AND (:deviceId IS NULL OR device_id = :deviceId)`,
    order: 'started_at DESC, id',
    values: { ...pageValues(filter), from: filter.from, to: filter.to },
  })
}

/** How many alarms are active, and how many more are but nobody is told of. */
export function countActiveAlarms(handle: ReadHandle): { active: number; suppressed: number } {
  const rows = prepared<{ isSuppressed: number; count: number }>(
    handle,
    `SELECT is_suppressed AS isSuppressed, count(*) AS count
       FROM alarms WHERE ended_at IS NULL GROUP BY is_suppressed`,
  ).all()
  const counted = new Map(rows.map((row) => [row.isSuppressed, row.count]))
  return { active: counted.get(0) ?? 0, suppressed: counted.get(1) ?? 0 }
}

/** Active alarms that are not suppressed, by device; devices without one are left out. */
export function countActiveByDevice(handle: ReadHandle): Map<DeviceId, number> {
  const rows = prepared<{ deviceId: string; count: number }>(
    handle,
    `SELECT device_id AS deviceId, count(*) AS count
       FROM alarms WHERE ended_at IS NULL AND is_suppressed = 0 GROUP BY device_id`,
  ).all()
  return new Map(rows.map((row) => [deviceIdShape.parse(row.deviceId), row.count]))
}

/** Deletes alarms that ended before an instant, with their history; returns how many alarms. */
export function deleteAlarmsBefore(handle: WriteHandle, at: number): number {
  prepared(
    handle,
    'DELETE FROM alarm_events WHERE alarm_id IN (SELECT id FROM alarms WHERE ended_at < ?)',
  ).run(at)
  const deleted = prepared(handle, 'DELETE FROM alarms WHERE ended_at < ?').run(at).changes
  if (deleted > 0) deleteOrphanedVerifications(handle)
  return deleted
}

function page(
  handle: ReadHandle,
  query: { where: string; order: string; values: Record<string, string | number | null> },
): AlarmPage {
  const { limit, offset, ...filter } = query.values
  const counted = prepared<{ total: number }>(
    handle,
    `SELECT count(*) AS total FROM alarms WHERE ${query.where}`,
  ).get(filter)
  const rows = prepared<{ body: string }>(
    handle,
    `SELECT body FROM alarms WHERE ${query.where} ORDER BY ${query.order}
      LIMIT :limit OFFSET :offset`,
  ).all({ ...filter, limit, offset })
  return { total: counted?.total ?? 0, alarms: rows.map(alarmOf) }
}

function pageValues(filter: Page) {
  return { deviceId: filter.deviceId ?? null, limit: filter.limit, offset: filter.offset }
}

function alarmOf(row: { body: string }): Alarm {
  return alarmShape.parse(JSON.parse(row.body))
}
