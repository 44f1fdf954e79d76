import { createHash } from 'node:crypto'
import { allMetricsTogether, asMetricId, awsMetrics } from '../contract/model/aws-metrics.ts'
import type { MetricId } from '../contract/model/metric.ts'
import { isMl, type ConfidenceLevel } from '../contract/model/profile.ts'
import type { TrainingStatus } from '../contract/model/status.ts'
import { slotOf, slotsPerDay, slotStartAt } from '../contract/model/time.ts'
import type { LevelCalibration } from '../detect/trained/calibration-report.ts'
import type { DayKindName } from '../detect/trained/known-days.ts'
import { tellShifts } from './baseline-shifts.ts'
import type { Core } from './core.ts'
import { createEngineLink } from './engine/link.ts'
import type { TrainJob, TrainResult } from './engine/protocol.ts'
import { appendToJournal, byStation } from './journal/append.ts'
import { readSummary, writeSummary, type ModelSummary } from './model-summary.ts'
import { readAlarm } from './store/alarms.ts'
import { insertModel, readLatestModel } from './store/models.ts'
import { transaction } from './store/transaction.ts'
import { listFalsePositives } from './store/verifications.ts'

const hourMs = 3_600_000

/** How often a station without any model looks whether it can learn one. */
const firstAttemptsMs = hourMs

/** How learning stands, and what the last attempt found. */
export interface Training {
  status: TrainingStatus
  /** Datapoints of each metric in the window, as of the last attempt. */
  datapoints: Map<MetricId, number>
  lastAttemptAt: number
  /** Ends the job under way, if there is one. */
  cancel(): Promise<void>
}

export function createTraining(): Training {
  return {
    status: {
      state: 'collecting',
      sentence: 'Collecting datapoints. Nothing is judged by learned limits yet.',
      progress: 0,
      trainedAt: null,
      tookMs: null,
    },
    datapoints: new Map(),
    lastAttemptAt: 0,
    cancel: () => Promise.resolve(),
  }
}

/** True when a new model is due: daily, or hourly until there is a first one. */
export function isTrainingDue(core: Core, training: Training): boolean {
  if (training.status.state === 'training') return false
  const everyMs =
    core.models.size > 0 ? core.settings.training.everyHours * hourMs : firstAttemptsMs
  // A restart is no reason to learn again: the models of the last run say when they were learned.
  const trainedAt = [...core.models.values()].map((metric) => metric.trainedAt)
  return core.clock.now() - Math.max(training.lastAttemptAt, ...trainedAt) >= everyMs
}

/** Gives the engine the newest model and the last day. Called when it starts and after training. */
export async function loadModel(core: Core, training: Training): Promise<void> {
  const row = readLatestModel(core.store.read)
  const { path: databasePath } = core.store
  await core.engine.load({
    model: row?.bytes ?? null,
    databasePath,
    throughSlot: core.judgedThrough,
  })
  core.hasEngineModels = true
  core.models = row ? readSummary(row.summary) : new Map()
  if (!row || training.status.state === 'training') return
  for (const [metricId, { datapoints }] of core.models) {
    if (!training.datapoints.has(metricId)) training.datapoints.set(metricId, datapoints)
  }
  const { trainedAt } = row
  const sentence = learned(core.models)
  training.status = { ...training.status, state: 'trained', progress: 1, trainedAt, sentence }
}

/** A model that the engine cannot read is as good as none: fixed limits judge alone until a new one is learned. */
export function giveUpModel(core: Core, training: Training, error: unknown): void {
  const sentence = `The model could not be loaded: ${String(error)}. Only fixed limits are judged until a new one is learned.`
  core.models = new Map()
  training.lastAttemptAt = 0
  training.status = { ...training.status, state: 'failed', sentence }
  core.ports.log.error({ error: String(error) }, sentence)
}

/**
 * Learns every metric that a behavior needs from the trailing window, in an engine of its own so that
 * scoring goes on, and puts the models into use.
 */
export async function train(core: Core, training: Training): Promise<void> {
  const startedAt = performance.now()
  training.lastAttemptAt = core.clock.now()
  const before = training.status
  training.status = {
    ...before,
    state: 'training',
    progress: 0,
    sentence: 'Learning what is normal.',
  }
  const { processes: host, clock, log } = core.ports
  const engine = createEngineLink({ host, clock, log, role: 'The training engine' })
  training.cancel = () => engine.stop()
  engine.start()
  try {
    const result = await engine.train(jobOf(core), ({ done, total }) => {
      training.status = { ...training.status, progress: total === 0 ? 0 : done / total }
    })
    keepResult(core, training, result)
    training.status = collecting(core, training, before)
    await loadModel(core, training)
    const tookMs = Math.round(performance.now() - startedAt)
    training.status = { ...training.status, tookMs }
  } catch (error) {
    const sentence = `Learning failed: ${String(error)}. Earlier models stay in use; it is tried again.`
    training.status = { ...before, state: 'failed', sentence }
    log.error({ error: String(error) }, 'Training failed')
  } finally {
    await engine.stop()
  }
}

function keepResult(core: Core, training: Training, result: TrainResult): void {
  for (const { metricId, datapoints } of [...result.learned, ...result.skipped]) {
    training.datapoints.set(asMetricId(metricId), datapoints)
  }
  const { model: bytes } = result
  if (!bytes) return
  const trainedAt = core.clock.now()
  const summary = writeSummary(summaryOf(core, result, trainedAt))
  transaction(core.store.write, () => {
    insertModel(core.store.write, { trainedAt, summary, bytes })
    tellJournal(core, result, bytes)
  })
  tellShifts(core, result.shifts)
}

function tellJournal(core: Core, { learned, kept }: TrainResult, model: Uint8Array): void {
  const facts = { subject: null, by: byStation }
  const sha256 = createHash('sha256').update(model).digest('hex')
  const detail = { metrics: learned.length, sha256 }
  appendToJournal(core, { ...facts, kind: 'model-published', detail })
  const reasons = kept.map(({ sentence }) => sentence)
  if (reasons.length === 0) return
  appendToJournal(core, { ...facts, kind: 'model-refused', detail: { reasons } })
}

/** A metric that is judged by the previous model keeps the time of the one that it is judged by. */
function summaryOf(core: Core, result: TrainResult, trainedAt: number): ModelSummary {
  const summary: ModelSummary = new Map()
  const { calibration } = result
  for (const { metricId, datapoints, unseenDays } of result.learned) {
    const id = asMetricId(metricId)
    const kept = result.kept.find((one) => one.metricId === metricId)
    const levels = calibration.metrics.find((one) => one.metricId === metricId)?.levels
    summary.set(id, {
      trainedAt: (kept?.isPreviousInUse ? core.models.get(id)?.trainedAt : null) ?? trainedAt,
      datapoints,
      keptReason: kept?.sentence ?? null,
      unseenDays,
      falseAlarmsPerDay: levels ? episodesOf(levels) : null,
    })
  }
  const datapoints = result.learned.reduce((sum, metric) => sum + metric.datapoints, 0)
  const whole = {
    trainedAt,
    datapoints,
    keptReason: null,
    unseenDays: [],
    falseAlarmsPerDay: null,
  }
  summary.set(allMetricsTogether.id, whole)
  return summary
}

function episodesOf({ LOW, MEDIUM, HIGH }: Record<ConfidenceLevel, LevelCalibration>) {
  return {
    LOW: LOW.episodesPerDay,
    MEDIUM: MEDIUM.episodesPerDay,
    HIGH: HIGH.episodesPerDay,
  }
}

/** Metrics that some behavior judges by a model; all of them where one judges them together. */
export function learnedMetrics(core: Core): MetricId[] {
  const isLearned = (metricId: MetricId) =>
    (core.behaviors.get(metricId) ?? []).some(({ behavior }) => isMl(behavior.criteria))
  const watched = [...core.behaviors.keys()].filter(isLearned)
  const all = watched.includes(allMetricsTogether.id) ? awsMetrics.map(({ id }) => id) : []
  return [...new Set([...all, ...watched])].filter((id) => id !== allMetricsTogether.id)
}

function jobOf(core: Core): TrainJob {
  const { windowDays, minimumDatapoints } = core.settings.training
  const toSlot = core.judgedThrough
  const fromSlot = toSlot - windowDays * slotsPerDay + 1
  return {
    databasePath: core.store.path,
    metricIds: learnedMetrics(core),
    fromSlot,
    toSlot,
    minimumDatapoints,
    previous: readLatestModel(core.store.read)?.bytes ?? null,
    falsePositives: falsePositivesSince(core, slotStartAt(fromSlot)),
  }
}

/** The spans of alarms that a person found to be false. */
function falsePositivesSince({ store: { read } }: Core, from: number): TrainJob['falsePositives'] {
  return listFalsePositives(read, from).flatMap((id) => {
    const alarm = readAlarm(read, id)
    if (!alarm) return []
    const { deviceId, metricId, startedAt, lastViolationAt } = alarm
    return [{ deviceId, metricId, fromSlot: slotOf(startedAt), toSlot: slotOf(lastViolationAt) }]
  })
}

/** The state when the attempt found too little: how far the best metric has come. */
function collecting(core: Core, training: Training, before: TrainingStatus): TrainingStatus {
  const needed = core.settings.training.minimumDatapoints
  const most = Math.max(0, ...training.datapoints.values())
  const sentence = `Collecting datapoints: ${most} of the ${needed} that a metric needs. Nothing is judged by learned limits yet.`
  return { ...before, state: 'collecting', progress: Math.min(1, most / needed), sentence }
}

function learned(models: ModelSummary): string {
  const metrics = [...models].filter(([metricId]) => metricId !== allMetricsTogether.id)
  const datapoints = metrics.reduce((sum, [, metric]) => sum + metric.datapoints, 0)
  const kept = metrics.filter(([, { keptReason }]) => keptReason !== null).length
  const days = new Set(metrics.flatMap(([, { unseenDays }]) => unseenDays))
  return [
    `${metrics.length} metrics learned from ${datapoints.toLocaleString('en')} datapoints.`,
    ...(kept === 0
      ? []
      : [
          `${kept} of them did not hold on the latest day: the profiles say what is in use instead.`,
        ]),
    ...Array.from(days, unseenSentence),
  ].join(' ')
}

function unseenSentence(day: DayKindName): string {
  return `Too little of a ${day} was seen yet: on the first, silence raises no learned alarm, and any hour may be as busy as any other so far, or quieter than all.`
}
