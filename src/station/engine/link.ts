import { StationError } from '../../contract/errors.ts'
import type { EngineStatus } from '../../contract/model/status.ts'
import type { BandQuery } from '../../detect/trained/judge.ts'
import type { Clock, Log, ProcessHost } from '../ports.ts'
import { createPendingRequests } from './pending-requests.ts'
import {
  isEngineMessage,
  type AnswerTo,
  type Ask,
  type Band,
  type LoadJob,
  type Progress,
  type Question,
  type ScorePoint,
  type Scores,
  type Soundness,
  type TrainJob,
  type TrainResult,
} from './protocol.ts'
import { EngineSupervisor } from './supervisor.ts'

/** An engine answers nothing while it reads much: that is no reason to end it. */
const longWork: readonly Ask[] = ['load', 'train', 'check']

/**
 * The station's end of an engine. Every call rejects with a StationError: ENGINE_DOWN where no process runs or
 * it ends before it answers, the engine's own code where it fails.
 */
export interface EngineLink {
  start(): void
  stop(): Promise<void>
  status(): EngineStatus
  /** Returns a function that ends the subscription. */
  onStatus(listener: (status: EngineStatus) => void): () => void
  /** Told after every start, the first included: the engine is up and holds no models. */
  onUp(listener: () => void): () => void
  /** All points of a device and slot must come in one call. */
  score(points: readonly ScorePoint[]): Promise<Scores>
  /** Null where the metric has no model. */
  band(query: BandQuery): Promise<Band | null>
  /** Replaces the model; returns the metrics that are now judged. */
  load(job: LoadJob): Promise<string[]>
  train(job: TrainJob, onProgress?: (progress: Progress) => void): Promise<TrainResult>
  /** Reads the whole database at this path. */
  check(databasePath: string): Promise<Soundness>
}

/** Makes a link that starts nothing yet. `role` begins a sentence, as "The detection engine". */
export function createEngineLink(options: {
  host: ProcessHost
  clock: Clock
  log: Log
  role: string
}): EngineLink {
  const pending = createPendingRequests()
  const listeners = createStatusListeners()
  const supervisor = new EngineSupervisor({
    ...options,
    program: 'engine',
    ping: () => void ask({ ask: 'ping' }).then(() => supervisor.alive(), ignoreLoss),
    isBusy: () => pending.isWaitingFor(longWork),
    receive: (message) => isEngineMessage(message) && pending.receive(message),
    lost: (sentence) => pending.abandon(sentence),
    changed: listeners.tell,
  })

  async function ask<K extends Ask>(
    question: Question & { ask: K },
    onProgress?: (progress: Progress) => void,
  ): Promise<AnswerTo<K>['value']> {
    const { state, sentence } = supervisor.status()
    if (state === 'down') throw new StationError('ENGINE_DOWN', sentence)
    return pending.ask(question, (request) => supervisor.post(request), onProgress)
  }

  return {
    start: () => supervisor.start(),
    stop: () => supervisor.stop(),
    status: () => supervisor.status(),
    onStatus: listeners.add,
    onUp: (listener) => listeners.add(({ state }) => state === 'up' && listener()),
    score: (points) => ask({ ask: 'score', points }),
    band: (query) => ask({ ask: 'band', query }),
    load: (job) => ask({ ask: 'load', job }),
    train: (job, onProgress) => ask({ ask: 'train', job }, onProgress),
    check: (databasePath) => ask({ ask: 'check', databasePath }),
  }
}

function createStatusListeners() {
  const listeners = new Set<(status: EngineStatus) => unknown>()

  function add(listener: (status: EngineStatus) => unknown): () => void {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }

  function tell(status: EngineStatus): void {
    for (const listener of listeners) listener(status)
  }

  return { add, tell }
}

/** A ping that is lost with its process was already told as a loss. */
function ignoreLoss(): void {
  // Nothing is left to do.
}
