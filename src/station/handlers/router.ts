import { implement, ORPCError } from '@orpc/server'
import { contract } from '../../contract/contract.ts'
import { errorSentences, StationError, type ErrorCode } from '../../contract/errors.ts'
import { awsMetrics, metricOf } from '../../contract/model/aws-metrics.ts'
import type { Core } from '../core.ts'
import type { Log } from '../ports.ts'
import { listActions, removeAction, saveAction } from '../mitigation/mitigation-actions.ts'
import { knownTask } from '../mitigation/mitigation-tasks.ts'
import { protect } from '../mitigation/protections.ts'
import { listActiveAlarms, listAlarmHistory } from '../store/alarms.ts'
import { backup } from '../store/care.ts'
import { listExecutions, listTasks, readExecutions } from '../store/mitigation.ts'
import { listRejections } from '../store/rejections.ts'
import { storeErrorOf } from '../store/store-error.ts'
import { getAlarm, verifyAlarm } from './alarms.ts'
import type { HandlerContext } from './context.ts'
import { getDevice, listDevices } from './devices.ts'
import { readDiagnostics } from '../diagnostics/diagnostics.ts'
import { checkJournal, getJournalKey } from './journal.ts'
import { listEntries } from '../journal/list.ts'
import { listProfiles } from './profiles.ts'
import { getIsolation, listProtections, listQuarantine } from './quarantine.ts'
import { getSeries } from './series.ts'
import { getSource, listSources, removeSource, saveSource, testSource } from './sources.ts'
import {
  changeSettings,
  describeHost,
  getSettings,
  setStartAtLogin,
  startDemo,
  testNotification,
} from './settings.ts'
import { checkStore } from './store.ts'

/** Every call of the contract, answered by a station. Hosts put it behind their transport. */
export function createRouter(context: HandlerContext) {
  const { core, status, training, announcer, log } = context
  const os = implementer(log)
  return os.router({
    system: {
      status: os.system.status.handler(status),
      rejections: os.system.rejections.handler(({ input }) =>
        listRejections(core().store.read, input),
      ),
    },
    devices: {
      list: os.devices.list.handler(({ input }) => listDevices(core(), input)),
      get: os.devices.get.handler(({ input }) => getDevice(core(), input.deviceId)),
    },
    metrics: { list: os.metrics.list.handler(() => listMetrics(core())) },
    series: { get: os.series.get.handler(({ input }) => getSeries(core(), input)) },
    alarms: alarmRoutes(os, context),
    profiles: { list: os.profiles.list.handler(() => listProfiles(core(), training)) },
    sources: sourceRoutes(os, context),
    quarantine: quarantineRoutes(os, context),
    mitigation: mitigationRoutes(os, context),
    settings: settingsRoutes(os, context),
    host: hostRoutes(os, context),
    diagnostics: { get: os.diagnostics.get.handler(() => readDiagnostics(core(), status())) },
    journal: journalRoutes(os, context),
    store: storeRoutes(os, context),
    events: {
      watch: os.events.watch.handler(({ input, signal }) => announcer.watch(input.after, signal)),
    },
  })
}

export type StationRouter = ReturnType<typeof createRouter>

/** The contract, to be answered; whatever a handler throws becomes an answer of the closed list. */
function implementer(log: Log) {
  return implement(contract).use(async ({ next }) => {
    try {
      return await next()
    } catch (error) {
      throw answerOf(error, log)
    }
  })
}

function alarmRoutes({ alarms: os }: ReturnType<typeof implementer>, { core }: HandlerContext) {
  return {
    active: os.active.handler(({ input }) => listActiveAlarms(core().store.read, input)),
    history: os.history.handler(({ input }) => listAlarmHistory(core().store.read, input)),
    get: os.get.handler(({ input }) => getAlarm(core(), input.id)),
    verify: os.verify.handler(({ input }) => verifyAlarm(core(), input)),
  }
}

function sourceRoutes(
  { sources: os }: ReturnType<typeof implementer>,
  { core, roster, status }: HandlerContext,
) {
  const calls = () => ({ core: core(), roster: roster(), status: status() })
  return {
    list: os.list.handler(() => listSources(calls())),
    test: os.test.handler(({ input }) => testSource(calls(), input)),
    save: os.save.handler(async ({ input }) => {
      await saveSource(calls(), input)
      return getSource(calls(), input.draft.id)
    }),
    remove: os.remove.handler(({ input }) => removeSource(calls(), input.id)),
  }
}

function storeRoutes({ store: os }: ReturnType<typeof implementer>, { core }: HandlerContext) {
  return {
    check: os.check.handler(() => checkStore(core())),
    backup: os.backup.handler(async ({ input: { path } }) => {
      return { path, ...(await backup(core().store.read, path)) }
    }),
  }
}

function quarantineRoutes(
  { quarantine: os }: ReturnType<typeof implementer>,
  { core, quarantine }: HandlerContext,
) {
  return {
    controllers: os.controllers.handler(() => quarantine().controllers.list()),
    list: os.list.handler(({ input }) => listQuarantine(core(), input)),
    get: os.get.handler(({ input }) => getIsolation(core(), input.id)),
    plan: os.plan.handler(({ input }) => quarantine().plan(input.deviceId)),
    isolate: os.isolate.handler(({ input }) => quarantine().isolate(input)),
    release: os.release.handler(({ input }) => quarantine().release(input)),
    verify: os.verify.handler(({ input }) => quarantine().verify(input.id)),
    extend: os.extend.handler(({ input }) => quarantine().extend(input)),
    protections: os.protections.handler(() => listProtections(core())),
    protect: os.protect.handler(({ input }) => protect(core(), input)),
    approvers: os.approvers.handler(() => quarantine().approvers.list()),
    setPin: os.setPin.handler(({ input }) => quarantine().approvers.setPin(input)),
  }
}

function mitigationRoutes(
  { mitigation: os }: ReturnType<typeof implementer>,
  { core, tasks }: HandlerContext,
) {
  return {
    actions: os.actions.handler(() => listActions(core())),
    saveAction: os.saveAction.handler(({ input }) => saveAction(core(), input)),
    removeAction: os.removeAction.handler(({ input }) => removeAction(core(), input)),
    planTask: os.planTask.handler(({ input }) => tasks().plan(input)),
    startTask: os.startTask.handler(({ input }) => tasks().begin(input)),
    tasks: os.tasks.handler(({ input }) => listTasks(core().store.read, input)),
    task: os.task.handler(({ input }) => ({
      task: knownTask(core(), input.taskId),
      executions: readExecutions(core().store.read, input.taskId).map(({ execution }) => execution),
    })),
    cancelTask: os.cancelTask.handler(({ input }) => tasks().cancel(input.taskId)),
    executions: os.executions.handler(({ input }) => listExecutions(core().store.read, input)),
  }
}

function settingsRoutes(
  { settings: os }: ReturnType<typeof implementer>,
  { core }: HandlerContext,
) {
  return {
    get: os.get.handler(() => getSettings(core())),
    change: os.change.handler(({ input }) => changeSettings(core(), input)),
  }
}

function hostRoutes({ host: os }: ReturnType<typeof implementer>, { host }: HandlerContext) {
  return {
    features: os.features.handler(() => describeHost(host)),
    setStartAtLogin: os.setStartAtLogin.handler(({ input }) => setStartAtLogin(host, input.isOn)),
    testNotification: os.testNotification.handler(() => testNotification(host)),
    startDemo: os.startDemo.handler(() => startDemo(host)),
  }
}

function journalRoutes({ journal: os }: ReturnType<typeof implementer>, { core }: HandlerContext) {
  return {
    list: os.list.handler(({ input }) => listEntries(core().store.read, input)),
    verify: os.verify.handler(({ input }) => checkJournal(core(), input)),
    key: os.key.handler(() => getJournalKey(core())),
  }
}

function listMetrics({ fleet }: Core) {
  const seen = new Set([...fleet.series.values()].map(({ metricId }) => metricId))
  for (const { id } of awsMetrics) seen.delete(id)
  return [...awsMetrics, ...[...seen].sort().map(metricOf)]
}

/** Callers get a code of the closed list and a sentence; anything else stays in the log. */
function answerOf(error: unknown, log: Log): ORPCError<ErrorCode, unknown> {
  if (error instanceof ORPCError && error.code === 'BAD_REQUEST') {
    const { data } = error as { data: unknown }
    return new ORPCError('INPUT_INVALID', { message: errorSentences.INPUT_INVALID, data })
  }
  const known = error instanceof StationError ? error : storeErrorOf(error)
  if (known) return new ORPCError(known.code, { message: known.message })
  log.error({ error: error instanceof Error ? error.stack : String(error) }, 'A call failed')
  return new ORPCError('INTERNAL', { message: errorSentences.INTERNAL })
}
