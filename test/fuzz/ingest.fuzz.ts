import { deviceId } from '../../src/contract/model/device.ts'
import { rejectionReason, type RejectionReason } from '../../src/contract/model/status.ts'
import {
  admitReport,
  noReportsYet,
  type Admission,
  type ReportHistory,
} from '../../src/station/ingest/report-admission.ts'
import { encodeAnswer } from '../../src/station/ingest/report-answer.ts'
import { decodePayload } from '../../src/station/ingest/report-encoding.ts'
import { readReport } from '../../src/station/ingest/report-fields.ts'
import { parseReportTopic } from '../../src/station/ingest/report-topic.ts'
import { Refusal } from '../../src/station/refusal.ts'
import { drawsOf, hostileReport, type HostileReport } from './hostile-report.ts'

/** How a run of hostile reports went. */
export interface FuzzOutcome {
  inputs: number
  accepted: number
  refused: Partial<Record<RejectionReason | 'other topic', number>>
  seconds: number
  /** Memory of the process at its most, megabytes. */
  peakMb: number
}

interface FuzzRun {
  inputs: number
  seed: number
  /** Reports decoded one after the other count as one device's. */
  history: ReportHistory
  now: number
}

const memoryEvery = 1000
const ownKeys = Reflect.ownKeys(Object.prototype).length

/**
 * Sends seeded hostile reports down the way of a report, up to its values. Throws when anything but a refusal
 * comes back, or values that no store may take; the error names the input, which the seed makes again.
 */
export function fuzzIngest({ inputs, seed }: { inputs: number; seed: number }): FuzzOutcome {
  const run: FuzzRun = { inputs, seed, history: noReportsYet, now: 1_790_000_000_000 }
  const draw = drawsOf(seed)
  const outcome: FuzzOutcome = { inputs, accepted: 0, refused: {}, seconds: 0, peakMb: 0 }
  const startedAt = performance.now()
  for (let index = 0; index < inputs; index += 1) {
    const report = hostileReport(draw)
    const fate = named(index, report, () => fateOf(run, report))
    if (fate === 'accepted') outcome.accepted += 1
    else outcome.refused[fate] = (outcome.refused[fate] ?? 0) + 1
    if (index % memoryEvery === 0) outcome.peakMb = Math.max(outcome.peakMb, memoryMb())
  }
  return { ...outcome, seconds: (performance.now() - startedAt) / 1000 }
}

function fateOf(run: FuzzRun, { topic, payload, encoding }: HostileReport) {
  const parsed = parseReportTopic(topic)
  const thingName = parsed?.thingName ?? 'pump-1'
  try {
    run.now += 200_000
    const admission = admitted(run, payload, encoding)
    checkAdmission(admission)
    run.history = admission.history
    if (!parsed) return 'other topic'
    if (!deviceId.safeParse(thingName).success) return 'bad-device-name'
    return 'accepted'
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const { reason, message: detail } = error
    rejectionReason.parse(reason)
    const refusal = { reason, detail }
    encodeAnswer({ thingName, reportId: null, at: run.now, refusal }, encoding)
    return reason
  }
}

function admitted(run: FuzzRun, payload: Uint8Array, encoding: HostileReport['encoding']) {
  const report = readReport(decoded(payload, encoding))
  const { reportId } = report
  encodeAnswer({ thingName: 'pump-1', reportId, at: run.now, refusal: null }, encoding)
  // The setting changes now and then, so that both ways of counting traffic meet hostile counters.
  const rules = { minimumPeriodMs: 300_000, sendsTotals: run.now % 7 === 0, mostCustomMetrics: 100 }
  return admitReport(run.history, { ...report, at: run.now }, rules)
}

/** Decoding may throw any Error; the desk makes it a refusal. */
function decoded(payload: Uint8Array, encoding: HostileReport['encoding']) {
  try {
    return decodePayload(payload, encoding)
  } catch (error) {
    if (error instanceof Error) throw new Refusal('malformed', error.message)
    throw error
  }
}

function checkAdmission({ values, history }: Admission): void {
  for (const [metricId, value] of values) {
    const isCount = metricId.startsWith('aws:')
    if (!Number.isFinite(value * 1e6)) throw new Error(`${metricId} is ${value}`)
    if (isCount && value < 0) throw new Error(`${metricId} is ${value}`)
  }
  const kept = JSON.stringify(history)
  if (kept.length > 1000) throw new Error(`${kept.length} characters of history are kept`)
  if (Reflect.ownKeys(Object.prototype).length !== ownKeys)
    throw new Error('a prototype was reached')
}

function named<Result>(index: number, { payload, encoding }: HostileReport, work: () => Result) {
  try {
    return work()
  } catch (cause) {
    const start = Buffer.from(payload.subarray(0, 300)).toString(
      encoding === 'json' ? 'utf8' : 'hex',
    )
    throw new Error(`Input ${index} (${encoding}) was not handled: ${start}`, { cause })
  }
}

function memoryMb(): number {
  return Math.round(process.memoryUsage.rss() / 1e6)
}
