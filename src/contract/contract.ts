import { eventIterator, type ContractRouterClient } from '@orpc/contract'
import { z } from 'zod'
import { call, page, range } from './call.ts'
import { journal } from './journal-calls.ts'
import { mitigation, quarantine } from './mitigation-calls.ts'
import { diagnostics, host, settings } from './settings-calls.ts'
import { alarm, alarmEvent, verification, violationId } from './model/alarm.ts'
import { device, deviceId } from './model/device.ts'
import { stationEvent } from './model/event.ts'
import { metric, metricId } from './model/metric.ts'
import { securityProfile, trainingSummary } from './model/profile.ts'
import { series } from './model/series.ts'
import { probeReport, sourceDraft, sourceEntry, sourceId, sourceSecrets } from './model/source.ts'
import { rejection, systemStatus } from './model/status.ts'

const sourceChoice = { draft: sourceDraft, secrets: sourceSecrets.default({}) }

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
      .output(z.object({ alarm, events: alarmEvent.array(), verification })),
    /** What a person found out about an alarm, as AWS's PutVerificationStateOnViolation. */
    verify: call
      .input(
        z.object({
          id: violationId,
          state: verification.shape.state,
          note: verification.shape.note.default(''),
        }),
      )
      .output(verification),
  },
  profiles: {
    list: call.output(
      z.array(z.object({ profile: securityProfile, training: trainingSummary.array() })),
    ),
  },
  sources: {
    /** `secrecy`: how this host keeps secrets, in a sentence. */
    list: call.output(z.object({ sources: sourceEntry.array(), secrecy: z.string() })),
    /** Tries a source without keeping anything. It sends nothing but what it takes to connect and subscribe. */
    test: call.input(z.object(sourceChoice)).output(probeReport),
    /** Keeps a source and watches it from now on. `replaces`: one of the same id that was added here. */
    save: call
      .input(z.object({ ...sourceChoice, replaces: z.boolean().default(false) }))
      .output(sourceEntry),
    /** Stops to watch a source that was added here, and forgets it and its secrets. */
    remove: call.input(z.object({ id: sourceId })).output(z.object({ id: sourceId })),
  },
  quarantine,
  mitigation,
  settings,
  host,
  diagnostics,
  journal,
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
