import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  taskRequest,
  type MitigationTask,
  type TaskTarget,
} from '../../../../src/contract/model/mitigation.ts'
import {
  addUsualActions,
  listActions,
  removeAction,
  saveAction,
} from '../../../../src/station/mitigation/mitigation-actions.ts'
import {
  knownTask,
  MitigationTasks,
  type TaskStart,
} from '../../../../src/station/mitigation/mitigation-tasks.ts'
import {
  insertExecution,
  readExecutions,
  upsertTask,
} from '../../../../src/station/store/mitigation.ts'
import { createFakeBroker, refusal } from '../../../support/fake-controller.ts'
import { createHandClock } from '../../../support/hand-clock.ts'
import { dayStartsAt } from '../../../support/hand-station.ts'
import { until } from '../../../support/poll.ts'
import { openQuarantineStation } from '../../../support/quarantine-station.ts'
import { storeAlarm } from '../../../support/stored-alarm.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

async function open() {
  const clock = createHandClock(dayStartsAt)
  const site = await openQuarantineStation({ data: temporaryFolder(), clock })
  addUsualActions(site.core)
  const tasks = new MitigationTasks({ core: site.core, desk: site.desk, ownClients: new Set() })

  async function request(target: TaskTarget, changes: object = {}): Promise<TaskStart> {
    const wanted = taskRequest.parse({
      taskId: 'task-1',
      target,
      actions: ['quarantine'],
      by: 'Ada',
      reason: 'they flood the broker',
      ...changes,
    })
    const { deviceIds, plans } = await tasks.plan(wanted)
    const digests = Object.fromEntries(plans.map(({ deviceId, digest }) => [deviceId, digest]))
    const one = deviceIds.length === 1 ? deviceIds[0] : undefined
    return { ...wanted, digests, confirmation: one ?? `${deviceIds.length} devices`, ...changes }
  }

  /** Runs a task to its end. */
  async function run(start: TaskStart) {
    await tasks.begin(start)
    const task = await until('the task has ended', () => {
      const now = knownTask(site.core, start.taskId)
      return now.taskStatus === 'IN_PROGRESS' ? null : now
    })
    return { task, executions: executionsOf(start.taskId) }
  }

  function executionsOf(taskId: string) {
    return readExecutions(site.core.store.read, taskId).map(({ execution }) => execution)
  }
  return { ...site, tasks, request, run, executionsOf }
}

describe('Mitigation actions', () => {
  test('quarantine, release and ticket are there from the start, and stay away once removed', async () => {
    const { core } = await open()
    expect(listActions(core).map(({ name }) => name)).toEqual(['quarantine', 'release', 'ticket'])
    await removeAction(core, { name: 'ticket', by: 'Ada' })
    addUsualActions(core)
    expect(listActions(core).map(({ name }) => name)).toEqual(['quarantine', 'release'])
  })

  test('keep a secret that never comes back, and is not sent elsewhere', async () => {
    const { core } = await open()
    const target = { kind: 'webhook', url: 'https://chat.example/hook' } as const
    const parameters = { type: 'notify', target } as const
    const wanted = { name: 'tell', parameters, by: 'Ada' }
    const saved = await saveAction(core, { ...wanted, secret: 'token', replaces: false })
    expect(saved).toMatchObject({ isSecretSet: true })
    expect(JSON.stringify(listActions(core))).not.toContain('token')
    await expect(saveAction(core, { ...wanted, replaces: false })).rejects.toMatchObject({
      code: 'ACTION_EXISTS',
    })
    const elsewhere = { ...parameters, target: { ...target, url: 'https://evil.example/' } }
    const moved = saveAction(core, { ...wanted, parameters: elsewhere, replaces: true })
    await expect(moved).rejects.toMatchObject({ code: 'SECRET_NEEDED' })
    const without = await saveAction(core, { ...wanted, secret: null, replaces: true })
    expect(without).toMatchObject({ isSecretSet: false, createdAt: saved.createdAt })
  })
})

describe('A mitigation task', () => {
  test('isolates the devices of the alarms selected, each once, for all of its alarms', async () => {
    const site = await open()
    const pump = site.addDevice('pump-1')
    const valve = site.addDevice('valve-1')
    const alarms = [pump, valve].map((device) => storeAlarm(site.core, device))
    alarms.push(storeAlarm(site.core, pump, { behaviorName: 'message-byte-size' }))
    const start = await site.request({ violationIds: alarms.map(({ id }) => id) })
    expect(start.confirmation).toBe('2 devices')
    const { task, executions } = await site.run(start)
    expect(task).toMatchObject({
      taskStatus: 'SUCCESSFUL',
      taskStatistics: { actionsExecuted: 2, actionsFailed: 0, actionsSkipped: 0 },
    })
    expect(executions.map(({ deviceId, status }) => [deviceId, status])).toEqual([
      ['pump-1', 'SUCCESSFUL'],
      ['valve-1', 'SUCCESSFUL'],
    ])
    expect(site.core.isolations.get(pump)?.alarmIds).toEqual([alarms[0]?.id, alarms[2]?.id])
  })

  test('runs actions in their order, and skips the rest of a device after a failure', async () => {
    const site = await open()
    site.brokers.get('plant')?.failNext('isolate', { error: refusal() })
    const alarms = ['pump-1', 'pump-2'].map((name) => storeAlarm(site.core, site.addDevice(name)))
    const target = { violationIds: alarms.map(({ id }) => id) }
    const start = await site.request(target, { actions: ['quarantine', 'release'] })
    const { task, executions } = await site.run(start)
    expect(task).toMatchObject({
      taskStatus: 'FAILED',
      taskStatistics: { actionsExecuted: 2, actionsFailed: 1, actionsSkipped: 1 },
    })
    expect(
      executions.map(({ deviceId, actionName, status, errorCode }) => {
        return [deviceId, actionName, status, errorCode]
      }),
    ).toEqual([
      ['pump-1', 'quarantine', 'FAILED', 'BROKER_REFUSED'],
      ['pump-1', 'release', 'SKIPPED', null],
      ['pump-2', 'quarantine', 'SUCCESSFUL', null],
      ['pump-2', 'release', 'SUCCESSFUL', null],
    ])
    expect(site.brokers.get('plant')?.blocked.size).toBe(0)
  })

  test('leaves out alarms that have ended or are suppressed, unless it is asked for them', async () => {
    const site = await open()
    const active = storeAlarm(site.core, site.addDevice('pump-1'))
    const ended = { state: 'alarm-cleared', endedAt: dayStartsAt } as const
    storeAlarm(site.core, site.addDevice('pump-2'), ended)
    storeAlarm(site.core, site.addDevice('pump-3'), { isSuppressed: true })
    const target = {
      securityProfileName: active.securityProfileName,
      behaviorName: active.behaviorName,
    }
    const devicesOf = async (changes: object) => {
      const { deviceIds } = await site.tasks.plan(await site.request(target, changes))
      return deviceIds.toSorted()
    }
    expect(await devicesOf({})).toEqual(['pump-1'])
    expect(await devicesOf({ includeSuppressedAlerts: true })).toEqual(['pump-1', 'pump-3'])
    expect(await devicesOf({ includeOnlyActiveViolations: false })).toEqual(['pump-1', 'pump-2'])
  })

  test('needs the number of devices typed, and the dry run of each as it was shown', async () => {
    const site = await open()
    const alarms = ['pump-1', 'pump-2'].map((name) => storeAlarm(site.core, site.addDevice(name)))
    const start = await site.request({ violationIds: alarms.map(({ id }) => id) })
    await expect(site.tasks.begin({ ...start, confirmation: '3 devices' })).rejects.toMatchObject({
      code: 'CONFIRMATION_WRONG',
    })
    await expect(site.tasks.begin({ ...start, digests: {} })).rejects.toMatchObject({
      code: 'QUARANTINE_PLAN_CHANGED',
    })
    site.brokers.get('plant')?.recorded.push('the role operator')
    const { executions } = await site.run(start)
    expect(executions.map(({ errorCode }) => errorCode)).toEqual([
      'QUARANTINE_PLAN_CHANGED',
      'QUARANTINE_PLAN_CHANGED',
    ])
    expect(site.brokers.get('plant')?.blocked.size).toBe(0)
  })

  test('has an id of its own and names actions that are there', async () => {
    const site = await open()
    const start = await site.request({ deviceId: site.addDevice('pump-1') })
    await site.run(start)
    await expect(site.tasks.begin(start)).rejects.toMatchObject({ code: 'TASK_EXISTS' })
    const unknown = { ...start, taskId: 'task-2', actions: ['no-such'] }
    await expect(site.tasks.begin(unknown)).rejects.toMatchObject({ code: 'ACTION_UNKNOWN' })
  })

  test('is canceled between two actions: what was done stays, what is left is not begun', async () => {
    const site = await open()
    const alarms = ['pump-1', 'pump-2'].map((name) => storeAlarm(site.core, site.addDevice(name)))
    const broker = site.brokers.get('plant') ?? createFakeBroker('plant')
    const { isolate } = broker.controller
    const held = Promise.withResolvers<void>()
    const start = await site.request({ violationIds: alarms.map(({ id }) => id) })
    broker.controller.isolate = async (record) => {
      await held.promise
      await isolate(record)
    }
    await site.tasks.begin(start)
    expect(site.tasks.cancel('task-1').taskStatus).toBe('CANCELED')
    held.resolve()
    const task = await until('the task has ended', () => {
      const now = knownTask(site.core, 'task-1')
      return now.taskEndTime === null ? null : now
    })
    expect(task.taskStatus).toBe('CANCELED')
    expect([...broker.blocked]).toEqual(['pump-1'])
    expect(site.executionsOf('task-1')).toHaveLength(1)
  })

  test('tells other systems of the device and its alarms, with the secret that is kept', async () => {
    const site = await open()
    const taken: { authorization: string | undefined; body: string }[] = []
    const server = createServer(async (request, response) => {
      const { authorization } = request.headers
      taken.push({ authorization, body: await text(request) })
      response.end()
    }).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const target = { kind: 'webhook', url: `http://127.0.0.1:${port}/hook` } as const
    await saveAction(site.core, {
      name: 'tell',
      parameters: { type: 'notify', target },
      secret: 'token',
      replaces: false,
      by: 'Ada',
    })
    const alarm = storeAlarm(site.core, site.addDevice('pump-1'))
    const { executions } = await site.run(
      await site.request({ violationIds: [alarm.id] }, { actions: ['tell'] }),
    )
    expect(executions).toMatchObject([{ status: 'SUCCESSFUL' }])
    expect(taken).toMatchObject([{ authorization: 'Bearer token' }])
    expect(JSON.parse(taken[0]?.body ?? '')).toMatchObject({
      deviceId: 'pump-1',
      alarms: [{ id: alarm.id }],
    })
  })

  test('is refused while five run already', async () => {
    const site = await open()
    const pump = site.addDevice('pump-1')
    const start = await site.request({ deviceId: pump })
    for (let number = 1; number <= 5; number += 1)
      upsertTask(site.core.store.write, running(number))
    await expect(site.tasks.begin(start)).rejects.toMatchObject({ code: 'TASK_LIMIT' })
  })

  test('that Picket was ended in has failed, and says so', async () => {
    const site = await open()
    upsertTask(site.core.store.write, running(1))
    insertExecution(site.core.store.write, {
      taskId: 'running-1',
      violationId: null,
      actionName: 'quarantine',
      deviceId: site.addDevice('pump-1'),
      executionStartDate: dayStartsAt,
      executionEndDate: null,
      status: 'IN_PROGRESS',
      errorCode: null,
      message: '',
      isolationId: null,
    })
    site.tasks.start()
    expect(knownTask(site.core, 'running-1')).toMatchObject({
      taskStatus: 'FAILED',
      taskStatistics: { actionsFailed: 1 },
    })
    expect(site.executionsOf('running-1')[0]?.message).toContain('Picket was ended')
  })
})

function running(number: number): MitigationTask {
  return {
    taskId: `running-${number}`,
    taskStatus: 'IN_PROGRESS',
    taskStartTime: dayStartsAt,
    taskEndTime: null,
    target: { securityProfileName: 'any', behaviorName: 'any' },
    actions: ['quarantine'],
    by: 'Ada',
    reason: 'because',
    taskStatistics: { actionsExecuted: 0, actionsSkipped: 0, actionsFailed: 0 },
  }
}
