import { eventIterator, oc, type ContractRouterClient } from '@orpc/contract'
import { z } from 'zod'
import { errorSentences, type ErrorCode } from './errors.ts'
import { alarm, alarmEvent, violationId } from './model/alarm.ts'
import { device, deviceId } from './model/device.ts'
import { stationEvent } from './model/event.ts'
import { metric, metricId } from './model/metric.ts'
import { securityProfile, trainingSummary } from './model/profile.ts'
import { series } from './model/series.ts'
import { rejection, systemStatus } from './model/status.ts'
import { instant } from './model/time.ts'

const call = oc.errors(errorMap())

const page = {
  limit: z.number().int().min(1).max(1000).default(200),
  offset: z.number().int().min(0).default(0),
}

const range = { from: instant, to: instant }

const alarmPage = z.object({ total: z.number().int(), alarms: alarm.array() })

/** Everything that can be asked of a station. */
export const contract = {
  system: {
    status: call.output(systemStatus),
    rejections: call
      .input(z.object({ deviceId: deviceId.optional(), limit: page.limit }))
      .output(rejection.array()),
  },
  devices: {
    list: call
      .input(z.object({ search: z.string().max(128).default(''), ...page }))
      .output(z.object({ total: z.number().int(), devices: device.array() })),
    get: call.input(z.object({ deviceId })).output(device),
  },
  metrics: {
    list: call.output(metric.array()),
  },
  series: {
    get: call
      .input(
        z
          .object({ deviceId, metricId, ...range, buckets: z.number().int().min(1).max(4032) })
          .refine(({ from, to }) => from < to, 'from must be before to'),
      )
      .output(series),
  },
  alarms: {
    active: call
      .input(
        z.object({
          deviceId: deviceId.optional(),
          includeSuppressed: z.boolean().default(false),
          ...page,
        }),
      )
      .output(alarmPage),
    history: call
      .input(z.object({ deviceId: deviceId.optional(), ...range, ...page }))
      .output(alarmPage),
    get: call
      .input(z.object({ id: violationId }))
      .output(z.object({ alarm, events: alarmEvent.array() })),
  },
  profiles: {
    list: call.output(
      z.array(z.object({ profile: securityProfile, training: trainingSummary.array() })),
    ),
  },
  store: {
    /** Reads the whole database and reports damage. May take minutes. */
    check: call.output(z.object({ isSound: z.boolean(), findings: z.string().array() })),
    /** Copies the database while the station runs. The path is on the station's machine and must not exist. */
    backup: call
      .input(z.object({ path: z.string().min(1).max(4096) }))
      .output(z.object({ path: z.string(), bytes: z.number().int() })),
  },
  events: {
    /** The one push call. `after`: the last number already seen. */
    watch: call
      .input(z.object({ after: z.number().int().min(0).optional() }))
      .output(eventIterator(stationEvent)),
  },
}

/** A typed client of the contract, whatever carries it. */
export type StationClient = ContractRouterClient<typeof contract>

function errorMap() {
  const entries = Object.entries(errorSentences).map(([code, message]) => [code, { message }])
  return Object.fromEntries(entries) as Record<ErrorCode, { message: string }>
}
