import { deviceId as deviceIdSchema, type DeviceId } from '../../contract/model/device.ts'
import type { Core } from '../core.ts'
import { measureOf } from '../datapoint.ts'
import { registerDevice, rememberReports } from '../fleet.ts'
import { attempt, fileSample, letOthersRun, takeDurably } from '../intake.ts'
import { countRejection } from '../rejections.ts'
import { Refusal } from '../refusal.ts'
import type { Change } from '../slots.ts'
import { admitReport } from './report-admission.ts'
import { encodeAnswer } from './report-answer.ts'
import { decodePayload } from './report-encoding.ts'
import { readReport, readReportId, type Report } from './report-fields.ts'
import { answerTopic, type ReportTopic } from './report-topic.ts'

/** A report as it came in. */
export interface Incoming {
  sourceId: string
  topic: ReportTopic
  payload: Uint8Array
  /** False where the source knows the sender and it may not report for this thing; null: it cannot tell. */
  isSenderAllowed: boolean | null
  answer(topic: string, payload: Uint8Array): void
}

export interface ReportDesk {
  /** Takes a report; it is answered once it is durable, or refused. Never throws. */
  receive(incoming: Incoming): void
  /** Resolves when there is room for more. Sources wait for it before they read on. */
  hasRoom(): Promise<void>
  /** Answers what is waiting. */
  flush(): Promise<void>
  accepted: Map<string, number>
}

/** A decoded report that waits for the next transaction. */
interface Waiting {
  incoming: Incoming
  deviceId: DeviceId
  report: Report & { at: number }
}

/** Reports in one transaction: 13 values each make about 200 rows. */
const batchReports = 15

/** How long the first report of a batch waits for others, real milliseconds. */
const gatherMs = 10

/** Reports that may wait; beyond that the sources are held back. */
const roomReports = 1000

/** Where all sources bring Device Defender reports: decode, admit, make durable, answer. */
export function createReportDesk(core: Core): ReportDesk {
  const waiting: Waiting[] = []
  const accepted = new Map<string, number>()
  let flushing: Promise<void> | null = null
  const holdBack: (() => void)[] = []

  function receive(incoming: Incoming): void {
    const decoded = decode(core, incoming)
    if (!decoded) return
    waiting.push(decoded)
    flushing ??= gather().then(flushAll)
  }

  function gather(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, gatherMs))
  }

  async function flushAll(): Promise<void> {
    while (waiting.length > 0) {
      settle(core, waiting.splice(0, batchReports), accepted)
      if (waiting.length < roomReports) releaseAll()
      await letOthersRun()
    }
    flushing = null
  }

  function releaseAll(): void {
    for (const release of holdBack.splice(0)) release()
  }

  function hasRoom(): Promise<void> {
    if (waiting.length < roomReports) return Promise.resolve()
    return new Promise((resolve) => holdBack.push(resolve))
  }

  return { receive, hasRoom, flush: () => flushing ?? Promise.resolve(), accepted }
}

function decode(core: Core, incoming: Incoming): Waiting | null {
  let reportId: number | bigint | null = null
  try {
    const deviceId = checkedDevice(core, incoming)
    const root = readPayload(incoming)
    reportId = readReportId(root)
    const report = { ...readReport(root), at: core.clock.now() }
    return { incoming, deviceId, report }
  } catch (error) {
    refuse(core, { incoming, reportId, refusal: refusalOf(core, error) })
    return null
  }
}

/** Whatever a report does to its reader, it must not end the station. */
function refusalOf({ ports }: Core, error: unknown): Refusal {
  if (error instanceof Refusal) return error
  const stack = error instanceof Error ? error.stack : String(error)
  ports.log.error({ error: stack }, 'A report could not be read')
  return new Refusal('malformed', 'the report could not be read')
}

function checkedDevice(core: Core, { topic, payload, isSenderAllowed }: Incoming): DeviceId {
  const name = deviceIdSchema.safeParse(topic.thingName)
  if (!name.success) throw new Refusal('bad-device-name', 'not a name of 1-128 printable bytes')
  if (isSenderAllowed === false) {
    throw new Refusal('spoofed', 'the sender may not report for this device')
  }
  const { maximumBytes } = core.settings.reports
  if (payload.length > maximumBytes) {
    throw new Refusal('oversized', `${payload.length} bytes; the most is ${maximumBytes}`)
  }
  return name.data
}

function readPayload({ payload, topic }: Incoming) {
  try {
    return decodePayload(payload, topic.encoding)
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    throw new Refusal('malformed', `not ${topic.encoding.toUpperCase()}: ${detail}`)
  }
}

/** One transaction for the batch; answers go out once it is durable, or has failed as a whole. */
function settle(core: Core, batch: readonly Waiting[], accepted: Map<string, number>): void {
  const refusals = fileBatch(core, batch)
  batch.forEach((waiting, index) => {
    const refusal = refusals[index]
    if (refusal) refuseWaiting(core, waiting, refusal)
    else accept(core, waiting, accepted)
  })
}

/** Why each report is refused, or null where it is durable now. */
function fileBatch(core: Core, batch: readonly Waiting[]): (Refusal | null | void)[] {
  try {
    return takeDurably(core, (changes) => batch.map((waiting) => admit(core, waiting, changes)))
  } catch (error) {
    core.ports.log.error({ error: String(error) }, 'Reports could not be stored')
    const sentence = 'the report could not be stored; send it again'
    return batch.map(() => new Refusal('store-unavailable', sentence))
  }
}

/** Files a report's values and returns null, or returns why it is refused whole. */
function admit(core: Core, { incoming, deviceId, report }: Waiting, changes: Change[]) {
  const { sourceId } = incoming
  const { at } = report
  return attempt<Refusal | null>(
    () => {
      const device = registerDevice(core.fleet, core.store.write, { deviceId, at })
      const admission = admitReport(device.reports, report, rulesFor(core, deviceId))
      rememberReports(core.store.write, device, admission.history)
      for (const { reason, detail } of admission.refusedParts) {
        countRejection(core.rejections, { sourceId, deviceId, reason, detail, at })
      }
      for (const [metricId, value] of admission.values) {
        const sample = { deviceId, metricId, at, measure: measureOf(value) }
        attempt(
          () => changes.push(...fileSample(core, { sourceId, sample, now: core.clock.now() })),
          ({ reason, message }) => {
            countRejection(core.rejections, { sourceId, deviceId, reason, detail: message, at })
          },
        )
      }
      return null
    },
    (refusal) => refusal,
  )
}

function rulesFor({ settings }: Core, deviceId: DeviceId) {
  return {
    minimumPeriodMs: settings.reports.minimumPeriodSeconds * 1000,
    sendsTotals: settings.reports.sendTotals.includes(deviceId),
    mostCustomMetrics: settings.limits.customMetricsPerDevice,
  }
}

function accept(core: Core, { incoming, report }: Waiting, accepted: Map<string, number>): void {
  const { topic, sourceId } = incoming
  accepted.set(sourceId, (accepted.get(sourceId) ?? 0) + 1)
  const { reportId } = report
  const answer = { thingName: topic.thingName, reportId, at: core.clock.now(), refusal: null }
  incoming.answer(answerTopic(topic, 'accepted'), encodeAnswer(answer, topic.encoding))
}

function refuseWaiting(core: Core, { incoming, report }: Waiting, refusal: Refusal): void {
  refuse(core, { incoming, reportId: report.reportId, refusal })
}

function refuse(
  core: Core,
  {
    incoming,
    reportId,
    refusal,
  }: { incoming: Incoming; reportId: number | bigint | null; refusal: Refusal },
): void {
  const { topic, sourceId } = incoming
  const { reason, message: detail } = refusal
  const at = core.clock.now()
  const name = deviceIdSchema.safeParse(topic.thingName)
  const deviceId = name.success ? name.data : null
  countRejection(core.rejections, { sourceId, deviceId, reason, detail, at })
  const answer = { thingName: topic.thingName, reportId, at, refusal: { reason, detail } }
  incoming.answer(answerTopic(topic, 'rejected'), encodeAnswer(answer, topic.encoding))
}
