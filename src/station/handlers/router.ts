import { implement, ORPCError } from '@orpc/server'
import { contract } from '../../contract/contract.ts'
import { errorSentences, StationError, type ErrorCode } from '../../contract/errors.ts'
import { awsMetrics, metricOf } from '../../contract/model/aws-metrics.ts'
import type { Core } from '../core.ts'
import type { Log } from '../ports.ts'
import { listActiveAlarms, listAlarmHistory } from '../store/alarms.ts'
import { backup } from '../store/care.ts'
import { listRejections } from '../store/rejections.ts'
import { storeErrorOf } from '../store/store-error.ts'
import { getAlarm, verifyAlarm } from './alarms.ts'
import type { HandlerContext } from './context.ts'
import { getDevice, listDevices } from './devices.ts'
import { listProfiles } from './profiles.ts'
import { getSeries } from './series.ts'
import { getSource, listSources, removeSource, saveSource, testSource } from './sources.ts'
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
    alarms: {
      active: os.alarms.active.handler(({ input }) => listActiveAlarms(core().store.read, input)),
      history: os.alarms.history.handler(({ input }) => listAlarmHistory(core().store.read, input)),
      get: os.alarms.get.handler(({ input }) => getAlarm(core(), input.id)),
      verify: os.alarms.verify.handler(({ input }) => verifyAlarm(core(), input)),
    },
    profiles: { list: os.profiles.list.handler(() => listProfiles(core(), training)) },
    sources: sourceRoutes(os, context),
    store: {
      check: os.store.check.handler(() => checkStore(core())),
      backup: os.store.backup.handler(async ({ input: { path } }) => {
        return { path, ...(await backup(core().store.read, path)) }
      }),
    },
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
