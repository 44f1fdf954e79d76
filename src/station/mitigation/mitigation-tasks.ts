import { StationError } from '../../contract/errors.ts'
import type { DeviceId } from '../../contract/model/device.ts'
import type {
  MitigationAction,
  MitigationExecution,
  MitigationTask,
  TaskRequest,
} from '../../contract/model/mitigation.ts'
import type { Approval, QuarantinePlan } from '../../contract/model/quarantine.ts'
import type { Core } from '../core.ts'
import { appendToJournal } from '../journal/append.ts'
import {
  insertExecution,
  readExecutions,
  readRunningTasks,
  readTask,
  updateExecution,
  upsertTask,
} from '../store/mitigation.ts'
import { transaction } from '../store/transaction.ts'
import { wordsOf } from './isolation-acts.ts'
import { knownAction } from './mitigation-actions.ts'
import type { QuarantineDesk } from './quarantine-desk.ts'
import { runAction, type ActionMeans, type ActionOrder } from './run-action.ts'
import { devicesOfTask, type TaskDevice } from './task-targets.ts'

/** AWS's limit. */
const mostRunning = 5

export type TaskStart = TaskRequest & {
  digests: Record<string, string>
  confirmation: string
  approval?: Approval | undefined
}

/** Actions that do not come to an end are shortened to AWS's longest message. */
const longestMessage = 2048

/** Runs AWS's mitigation actions tasks: each action for each device, one after the other. */
export class MitigationTasks {
  readonly #means: ActionMeans
  readonly #core: Core
  readonly #desk: QuarantineDesk
  readonly #running = new Map<string, Promise<void>>()
  readonly #canceled = new Set<string>()

  constructor(means: ActionMeans) {
    this.#means = means
    this.#core = means.core
    this.#desk = means.desk
  }

  /** What an earlier run left under way is over: nobody knows how far its last action came. */
  start(): void {
    for (const task of readRunningTasks(this.#core.store.read)) endInterrupted(this.#core, task)
  }

  async stop(): Promise<void> {
    for (const taskId of this.#running.keys()) this.#canceled.add(taskId)
    await Promise.all(this.#running.values())
  }

  /** Whom it would act on, and the dry run of each device that it would isolate. */
  async plan(request: TaskRequest): Promise<{ deviceIds: DeviceId[]; plans: QuarantinePlan[] }> {
    const actions = this.#actionsOf(request)
    const deviceIds = devicesOfTask(this.#core, request).map(({ deviceId }) => deviceId)
    if (!actions.some(isQuarantine)) return { deviceIds, plans: [] }
    return { deviceIds, plans: await Promise.all(deviceIds.map((one) => this.#desk.plan(one))) }
  }

  /** Begins a task. Throws TASK_EXISTS, TASK_LIMIT, and what forbids it before anything is done. */
  async begin(start: TaskStart): Promise<MitigationTask> {
    const { taskId, target, by, reason } = start
    const { read } = this.#core.store
    if (readTask(read, taskId)) throw new StationError('TASK_EXISTS')
    if (readRunningTasks(read).length >= mostRunning) throw new StationError('TASK_LIMIT')
    const actions = this.#actionsOf(start)
    const devices = devicesOfTask(this.#core, start)
    const approvedBy = actions.some(isQuarantine) ? await this.#consent(start, devices) : null
    if (readTask(read, taskId)) throw new StationError('TASK_EXISTS')
    const task: MitigationTask = {
      ...{ taskId, target, by, reason, actions: start.actions },
      taskStatus: 'IN_PROGRESS',
      taskStartTime: this.#core.clock.now(),
      taskEndTime: null,
      taskStatistics: { actionsExecuted: 0, actionsSkipped: 0, actionsFailed: 0 },
    }
    keepTask(this.#core, task, 'mitigation-planned')
    this.#run({ task, actions, devices, order: { by, reason, approvedBy, digests: start.digests } })
    return task
  }

  /** What is left is not begun. Throws TASK_UNKNOWN. */
  cancel(taskId: string): MitigationTask {
    const task = knownTask(this.#core, taskId)
    if (this.#running.has(taskId)) this.#canceled.add(taskId)
    return this.#canceled.has(taskId) ? { ...task, taskStatus: 'CANCELED' } : task
  }

  #actionsOf({ actions }: TaskRequest): MitigationAction[] {
    return actions.map((name) => knownAction(this.#core, name))
  }

  /** What a person must say before devices are taken off the network. Returns who agreed besides. */
  #consent(
    { confirmation, digests, approval, by }: TaskStart,
    devices: readonly TaskDevice[],
  ): Promise<string | null> {
    const deviceIds = devices.map(({ deviceId }) => deviceId)
    const expected = deviceIds.length === 1 ? deviceIds[0] : `${deviceIds.length} devices`
    if (confirmation !== expected) {
      const sentence = `What was typed is not ${JSON.stringify(expected)}. Nothing was changed. Type it exactly.`
      throw new StationError('CONFIRMATION_WRONG', sentence)
    }
    if (deviceIds.some((one) => digests[one] === undefined)) {
      throw new StationError('QUARANTINE_PLAN_CHANGED')
    }
    return this.#desk.approvalFor(deviceIds, approval, by)
  }

  #run(run: TaskRun): void {
    const { taskId } = run.task
    const work = this.#runAll(run)
      .catch((error: unknown) => {
        const facts = { task: taskId, error: String(error) }
        this.#core.ports.log.error(facts, 'A mitigation task could not be kept')
      })
      .finally(() => {
        this.#running.delete(taskId)
        this.#canceled.delete(taskId)
      })
    this.#running.set(taskId, work)
  }

  async #runAll({ task, actions, devices, order }: TaskRun): Promise<void> {
    const { taskId } = task
    const counts = { ...task.taskStatistics }
    for (const device of devices) {
      let status: MitigationExecution['status'] = 'SUCCESSFUL'
      for (const action of actions) {
        if (this.#canceled.has(taskId)) break
        status =
          status === 'SUCCESSFUL'
            ? await this.#execute(taskId, { device, action, order })
            : this.#skip(taskId, device, action)
        if (status === 'SUCCESSFUL') counts.actionsExecuted += 1
        else if (status === 'SKIPPED') counts.actionsSkipped += 1
        else counts.actionsFailed += 1
      }
    }
    const isCanceled = this.#canceled.has(taskId)
    const taskStatus = isCanceled ? 'CANCELED' : counts.actionsFailed > 0 ? 'FAILED' : 'SUCCESSFUL'
    const ended = {
      taskStatus,
      taskEndTime: this.#core.clock.now(),
      taskStatistics: counts,
    } as const
    keepTask(this.#core, { ...task, ...ended }, journalOf(taskStatus))
  }

  #skip(taskId: string, device: TaskDevice, action: MitigationAction): 'SKIPPED' {
    const message = 'Skipped, because an action before it failed.'
    const now = this.#core.clock.now()
    const over = { status: 'SKIPPED', message, executionEndDate: now } as const
    insertExecution(this.#core.store.write, {
      ...newExecution({ taskId, device, action, now }),
      ...over,
    })
    return 'SKIPPED'
  }

  async #execute(
    taskId: string,
    { device, action, order }: { device: TaskDevice; action: MitigationAction; order: Order },
  ): Promise<MitigationExecution['status']> {
    const { clock, store } = this.#core
    const begun = newExecution({ taskId, device, action, now: clock.now() })
    const id = insertExecution(store.write, begun)
    const outcome = await this.#outcomeOf({ ...order, taskId, device, action })
    const message = outcome.message.slice(0, longestMessage)
    const ended = { ...begun, ...outcome, message, executionEndDate: clock.now() }
    updateExecution(store.write, id, ended)
    return ended.status
  }

  async #outcomeOf(order: ActionOrder): Promise<Outcome> {
    try {
      return await runAction(this.#means, order)
    } catch (error) {
      const errorCode = error instanceof StationError ? error.code : 'INTERNAL'
      const message = wordsOf(this.#core, error)
      return { status: 'FAILED', errorCode, message, isolationId: null }
    }
  }
}

type Order = Omit<ActionOrder, 'taskId' | 'device' | 'action'>

interface TaskRun {
  task: MitigationTask
  actions: readonly MitigationAction[]
  devices: readonly TaskDevice[]
  order: Order
}

export type Outcome = Pick<MitigationExecution, 'status' | 'errorCode' | 'message' | 'isolationId'>

/** Throws TASK_UNKNOWN. */
export function knownTask({ store }: Core, taskId: string): MitigationTask {
  const task = readTask(store.read, taskId)
  if (!task) throw new StationError('TASK_UNKNOWN')
  return task
}

function isQuarantine({ parameters }: MitigationAction): boolean {
  return parameters.type === 'quarantine'
}

function newExecution(of: {
  taskId: string
  device: TaskDevice
  action: MitigationAction
  now: number
}): MitigationExecution {
  const { taskId, device, action, now } = of
  return {
    taskId,
    violationId: device.alarms[0]?.id ?? null,
    actionName: action.name,
    deviceId: device.deviceId,
    executionStartDate: now,
    executionEndDate: null,
    status: 'IN_PROGRESS',
    errorCode: null,
    message: '',
    isolationId: null,
  }
}

type TaskJournalKind =
  'mitigation-planned' | 'mitigation-acted' | 'mitigation-failed' | 'mitigation-canceled'

function journalOf(status: 'CANCELED' | 'FAILED' | 'SUCCESSFUL'): TaskJournalKind {
  if (status === 'CANCELED') return 'mitigation-canceled'
  return status === 'FAILED' ? 'mitigation-failed' : 'mitigation-acted'
}

function keepTask(core: Core, task: MitigationTask, kind: TaskJournalKind): void {
  const { write } = core.store
  const { taskId, by, reason, target, actions, taskStatistics, taskStatus } = task
  transaction(write, () => {
    upsertTask(write, task)
    const detail = { what: 'task', taskStatus, reason, target, actions, taskStatistics }
    appendToJournal(core, { kind, by, subject: taskId, detail })
  })
}

function endInterrupted(core: Core, task: MitigationTask): void {
  const { write } = core.store
  const now = core.clock.now()
  const message = 'Picket was ended in the middle of it. See the device for how far it came.'
  transaction(write, () => {
    const open = readExecutions(write, task.taskId).filter(
      ({ execution }) => execution.status === 'IN_PROGRESS',
    )
    for (const { id, execution } of open) {
      const over = {
        status: 'FAILED',
        errorCode: 'INTERNAL',
        message,
        executionEndDate: now,
      } as const
      updateExecution(write, id, { ...execution, ...over })
    }
    const { taskStatistics: counts } = task
    const taskStatistics = { ...counts, actionsFailed: counts.actionsFailed + open.length }
    keepTask(
      core,
      { ...task, taskStatus: 'FAILED', taskEndTime: now, taskStatistics },
      'mitigation-failed',
    )
  })
}
