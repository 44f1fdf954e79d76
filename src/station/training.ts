import { asMetricId } from '../contract/model/aws-metrics.ts'
import type { MetricId } from '../contract/model/metric.ts'
import { isMl } from '../contract/model/profile.ts'
import type { TrainingStatus } from '../contract/model/status.ts'
import { slotsPerDay } from '../contract/model/time.ts'
import type { Core } from './core.ts'
import { createEngineLink } from './engine/link.ts'
import type { TrainResult } from './engine/protocol.ts'
import { insertModel, readLatestModels } from './store/models.ts'

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
  const lastAt = Math.max(training.lastAttemptAt, ...core.models.values())
  return core.clock.now() - lastAt >= everyMs
}

/** Gives the engine the newest model of every metric. Called when it starts and after training. */
export async function loadModels(core: Core, training: Training): Promise<void> {
  const rows = readLatestModels(core.store.read)
  await core.engine.load(rows.map(({ bytes }) => bytes))
  core.hasEngineModels = true
  core.models = new Map(rows.map(({ metricId, trainedAt }) => [metricId, trainedAt]))
  for (const { metricId, datapoints } of rows) {
    if (!training.datapoints.has(metricId)) training.datapoints.set(metricId, datapoints)
  }
  if (rows.length === 0 || training.status.state === 'training') return
  const trainedAt = Math.max(...rows.map((row) => row.trainedAt))
  training.status = {
    ...training.status,
    state: 'trained',
    progress: 1,
    trainedAt,
    sentence: learned(rows),
  }
}

/** Models that the engine cannot read are as good as none: fixed limits judge alone until new ones are learned. */
export function giveUpModels(core: Core, training: Training, error: unknown): void {
  const sentence = `The models could not be loaded: ${String(error)}. Only fixed limits are judged until new ones are learned.`
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
  const { engines: host, clock, log } = core.ports
  const engine = createEngineLink({ host, clock, log, role: 'The training engine' })
  training.cancel = () => engine.stop()
  engine.start()
  try {
    const result = await engine.train(jobOf(core), ({ done, total }) => {
      training.status = { ...training.status, progress: total === 0 ? 0 : done / total }
    })
    keepResult(core, training, result)
    training.status = collecting(core, training, before)
    await loadModels(core, training)
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
  for (const { metricId, datapoints } of [...result.models, ...result.skipped]) {
    training.datapoints.set(asMetricId(metricId), datapoints)
  }
  const trainedAt = core.clock.now()
  for (const model of result.models) {
    insertModel(core.store.write, { ...model, metricId: asMetricId(model.metricId), trainedAt })
  }
}

/** Metrics that some behavior judges by a model. */
export function learnedMetrics(core: Core): MetricId[] {
  const isLearned = (metricId: MetricId) =>
    (core.behaviors.get(metricId) ?? []).some(({ behavior }) => isMl(behavior.criteria))
  return [...core.behaviors.keys()].filter(isLearned)
}

function jobOf(core: Core) {
  const { windowDays, minimumDatapoints } = core.settings.training
  return {
    databasePath: core.store.path,
    metricIds: learnedMetrics(core),
    fromSlot: core.judgedThrough - windowDays * slotsPerDay + 1,
    toSlot: core.judgedThrough,
    minimumDatapoints,
  }
}

/** The state when the attempt found too little: how far the best metric has come. */
function collecting(core: Core, training: Training, before: TrainingStatus): TrainingStatus {
  const needed = core.settings.training.minimumDatapoints
  const most = Math.max(0, ...training.datapoints.values())
  const sentence = `Collecting datapoints: ${most} of the ${needed} that a metric needs. Nothing is judged by learned limits yet.`
  return { ...before, state: 'collecting', progress: Math.min(1, most / needed), sentence }
}

function learned(rows: readonly { datapoints: number }[]): string {
  const datapoints = rows.reduce((sum, row) => sum + row.datapoints, 0)
  return `${rows.length} metrics learned from ${datapoints.toLocaleString('en')} datapoints.`
}
