import type { ErrorCode } from '../../contract/errors.ts'
import type { ConfidenceLevel } from '../../contract/model/profile.ts'
import type { Verdict } from '../../detect/verdict.ts'

/** One datapoint to judge. The value is in the metric's unit. */
export interface ScorePoint {
  deviceId: string
  metricId: string
  slot: number
  value: number
}

/** Every `step`-th slot from `fromSlot`, up to but without `toSlot`. */
export interface BandQuery {
  deviceId: string
  metricId: string
  fromSlot: number
  toSlot: number
  step: number
  confidence: ConfidenceLevel
}

/** The expected range at each slot of a query, in the metric's unit. */
export interface Band {
  low: number[]
  high: number[]
}

/** Models to learn from the datapoints of the slots given, both included. */
export interface TrainJob {
  databasePath: string
  metricIds: readonly string[]
  fromSlot: number
  toSlot: number
  /** A metric with fewer is skipped. */
  minimumDatapoints: number
}

export interface TrainedModel {
  metricId: string
  fromSlot: number
  toSlot: number
  datapoints: number
  bytes: Uint8Array
}

export interface TrainResult {
  models: TrainedModel[]
  skipped: { metricId: string; datapoints: number }[]
}

export interface Soundness {
  isSound: boolean
  findings: string[]
}

/** What can be asked, and what each question carries. */
interface Questions {
  ping: object
  /** Replaces all models. */
  load: { models: readonly Uint8Array[] }
  score: { points: readonly ScorePoint[] }
  band: { query: BandQuery }
  train: { job: TrainJob }
  check: { databasePath: string }
}

interface Answers {
  ping: null
  /** Metrics that now have a model. */
  load: string[]
  /** One entry a point; null where its metric has no model. */
  score: (Verdict | null)[]
  /** Null where the metric has no model. */
  band: Band | null
  train: TrainResult
  check: Soundness
}

export type Ask = keyof Questions

type Asked<K extends Ask> = { ask: K } & Questions[K]

/** A question without its number. */
export type Question = { [K in Ask]: Asked<K> }[Ask]

/** Station to engine. Each is answered by one message with the same id, sent in any order. */
export type EngineRequest = Question & { id: number }

/** The answer that carries a question's result. */
export type AnswerTo<K extends Ask> = { kind: 'answer'; id: number; ask: K; value: Answers[K] }

export type Answer = { [K in Ask]: AnswerTo<K> }[Ask]

/** The question could not be answered, with a sentence a person can act on. */
export interface Failure {
  kind: 'failure'
  id: number
  code: ErrorCode
  sentence: string
}

/** Metrics trained so far, while a train request runs. */
export interface Progress {
  kind: 'progress'
  id: number
  done: number
  total: number
}

/** Engine to station. */
export type EngineMessage = Answer | Failure | Progress

export function isAnswerTo<K extends Ask>(
  message: EngineMessage,
  ask: K,
): message is EngineMessage & AnswerTo<K> {
  return message.kind === 'answer' && message.ask === ask
}

/**
 * Both ends are this program, at one version, so a message is trusted once it is known to be one of ours and not
 * something a library or the debugger posted.
 */
export function isEngineMessage(message: unknown): message is EngineMessage {
  return hasId(message) && 'kind' in message
}

/** See `isEngineMessage`. */
export function isEngineRequest(message: unknown): message is EngineRequest {
  return hasId(message) && 'ask' in message
}

function hasId(message: unknown): message is { id: number } {
  return (
    typeof message === 'object' &&
    message !== null &&
    'id' in message &&
    typeof message.id === 'number'
  )
}
