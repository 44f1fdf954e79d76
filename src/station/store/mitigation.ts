import type { ViolationId } from '../../contract/model/alarm.ts'
import { deviceId as deviceIdShape, type DeviceId } from '../../contract/model/device.ts'
import {
  mitigationAction,
  mitigationExecution,
  mitigationTask,
  type MitigationAction,
  type MitigationExecution,
  type MitigationTask,
} from '../../contract/model/mitigation.ts'
import { person, protection, type Protection } from '../../contract/model/quarantine.ts'
import { prepared, type ReadHandle, type WriteHandle } from './handles.ts'

interface Body {
  body: string
}

export function readProtections(handle: ReadHandle): Map<DeviceId, Protection> {
  const rows = prepared<{ deviceId: string; protection: string }>(
    handle,
    'SELECT device_id AS deviceId, protection FROM protections ORDER BY device_id',
  ).all()
  return new Map(
    rows.map((row) => [deviceIdShape.parse(row.deviceId), protection.parse(row.protection)]),
  )
}

export function writeProtection(
  handle: WriteHandle,
  { deviceId, protection }: { deviceId: DeviceId; protection: Protection },
): void {
  const sql = 'INSERT OR REPLACE INTO protections VALUES (?, ?)'
  prepared(handle, sql).run(deviceId, protection)
}

export function readApprovers(handle: ReadHandle): string[] {
  const sql = 'SELECT person FROM approvers ORDER BY person'
  return prepared<{ person: string }>(handle, sql)
    .all()
    .map((row) => person.parse(row.person))
}

export function insertApprover(handle: WriteHandle, name: string): void {
  prepared(handle, 'INSERT OR IGNORE INTO approvers VALUES (?)').run(name)
}

export function deleteApprover(handle: WriteHandle, name: string): void {
  prepared(handle, 'DELETE FROM approvers WHERE person = ?').run(name)
}

export function readActions(handle: ReadHandle): MitigationAction[] {
  return prepared<Body>(handle, 'SELECT body FROM mitigation_actions ORDER BY name')
    .all()
    .map(({ body }) => mitigationAction.parse(JSON.parse(body)))
}

export function readAction(handle: ReadHandle, name: string): MitigationAction | null {
  const row = prepared<Body>(handle, 'SELECT body FROM mitigation_actions WHERE name = ?').get(name)
  return row ? mitigationAction.parse(JSON.parse(row.body)) : null
}

export function upsertAction(handle: WriteHandle, action: MitigationAction): void {
  const sql = 'INSERT OR REPLACE INTO mitigation_actions VALUES (?, ?)'
  prepared(handle, sql).run(action.name, JSON.stringify(action))
}

export function deleteAction(handle: WriteHandle, name: string): void {
  prepared(handle, 'DELETE FROM mitigation_actions WHERE name = ?').run(name)
}

/** Adds a task, or replaces what is kept of it. */
export function upsertTask(handle: WriteHandle, task: MitigationTask): void {
  const isRunning = Number(task.taskStatus === 'IN_PROGRESS')
  const sql = 'INSERT OR REPLACE INTO mitigation_tasks VALUES (?, ?, ?, ?)'
  prepared(handle, sql).run(task.taskId, isRunning, task.taskStartTime, JSON.stringify(task))
}

export function readTask(handle: ReadHandle, taskId: string): MitigationTask | null {
  const sql = 'SELECT body FROM mitigation_tasks WHERE task_id = ?'
  const row = prepared<Body>(handle, sql).get(taskId)
  return row ? taskOf(row) : null
}

export function readRunningTasks(handle: ReadHandle): MitigationTask[] {
  const sql = 'SELECT body FROM mitigation_tasks WHERE is_running = 1 ORDER BY started_at'
  return prepared<Body>(handle, sql).all().map(taskOf)
}

/** Newest first. */
export function listTasks(
  handle: ReadHandle,
  { limit, offset }: { limit: number; offset: number },
): MitigationTask[] {
  const sql = 'SELECT body FROM mitigation_tasks ORDER BY started_at DESC, task_id LIMIT ? OFFSET ?'
  return prepared<Body>(handle, sql).all(limit, offset).map(taskOf)
}

/** Adds an execution and returns the number it is kept under. */
export function insertExecution(handle: WriteHandle, execution: MitigationExecution): number {
  const { taskId, violationId, deviceId, executionStartDate } = execution
  const sql = `INSERT INTO mitigation_executions (task_id, violation_id, device_id, started_at, body)
               VALUES (?, ?, ?, ?, ?)`
  const body = JSON.stringify(execution)
  const { lastInsertRowid } = prepared(handle, sql).run(
    taskId,
    violationId,
    deviceId,
    executionStartDate,
    body,
  )
  return Number(lastInsertRowid)
}

export function updateExecution(
  handle: WriteHandle,
  id: number,
  execution: MitigationExecution,
): void {
  const sql = 'UPDATE mitigation_executions SET body = ? WHERE id = ?'
  prepared(handle, sql).run(JSON.stringify(execution), id)
}

/** Executions of a task in their order, with the numbers they are kept under. */
export function readExecutions(
  handle: ReadHandle,
  taskId: string,
): { id: number; execution: MitigationExecution }[] {
  const sql = 'SELECT id, body FROM mitigation_executions WHERE task_id = ? ORDER BY id'
  const rows = prepared<Body & { id: number }>(handle, sql).all(taskId)
  return rows.map(({ id, body }) => ({ id, execution: executionOf({ body }) }))
}

export function hasExecution(
  handle: ReadHandle,
  of: { taskId: string; violationId: ViolationId },
): boolean {
  const sql = 'SELECT 1 FROM mitigation_executions WHERE task_id = ? AND violation_id = ? LIMIT 1'
  return prepared(handle, sql).get(of.taskId, of.violationId) !== undefined
}

/** Executions that began from `from` to `to` (epoch ms, `to` excluded), newest first. */
export function listExecutions(
  handle: ReadHandle,
  filter: {
    from: number
    to: number
    deviceId?: DeviceId | undefined
    limit: number
    offset: number
  },
): MitigationExecution[] {
  const { from, to, deviceId = null, limit, offset } = filter
  const sql = `SELECT body FROM mitigation_executions
                WHERE started_at >= :from AND started_at < :to
                  AND (:deviceId IS NULL OR device_id = :deviceId)
                ORDER BY started_at DESC, id DESC LIMIT :limit OFFSET :offset`
  return prepared<Body>(handle, sql).all({ from, to, deviceId, limit, offset }).map(executionOf)
}

function taskOf({ body }: Body): MitigationTask {
  return mitigationTask.parse(JSON.parse(body))
}

function executionOf({ body }: Body): MitigationExecution {
  return mitigationExecution.parse(JSON.parse(body))
}
