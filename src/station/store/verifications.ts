import {
  verification as verificationShape,
  violationId,
  type Verification,
  type VerificationState,
  type ViolationId,
} from '../../contract/model/alarm.ts'
import { prepared, type ReadHandle, type WriteHandle } from './handles.ts'

export interface VerificationRow {
  alarmId: ViolationId
  state: VerificationState
  note: string
  at: number
}

export function writeVerification(handle: WriteHandle, row: VerificationRow): void {
  const sql = 'INSERT OR REPLACE INTO verifications (alarm_id, state, note, at) VALUES (?, ?, ?, ?)'
  prepared(handle, sql).run(row.alarmId, row.state, row.note, row.at)
}

export function readVerification(handle: ReadHandle, alarmId: ViolationId): Verification {
  const sql = 'SELECT state, note, at FROM verifications WHERE alarm_id = ?'
  const row = prepared(handle, sql).get(alarmId)
  return row ? verificationShape.parse(row) : { state: 'UNKNOWN', note: '', at: null }
}

/** Alarms that a person found to be false and that were active at or after an instant. */
export function listFalsePositives(handle: ReadHandle, from: number): ViolationId[] {
  return prepared<{ id: string }>(
    handle,
    `SELECT alarms.id FROM verifications JOIN alarms ON alarms.id = alarm_id
      WHERE state = 'FALSE_POSITIVE' AND (ended_at IS NULL OR ended_at >= ?) ORDER BY alarms.id`,
  )
    .all(from)
    .map(({ id }) => violationId.parse(id))
}

/** Forgets the marks of alarms that are no longer kept. */
export function deleteOrphanedVerifications(handle: WriteHandle): void {
  const sql = 'DELETE FROM verifications WHERE alarm_id NOT IN (SELECT id FROM alarms)'
  prepared(handle, sql).run()
}
