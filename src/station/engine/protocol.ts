import type { ErrorCode } from '../../contract/errors.ts'
import type { Explanation } from '../../contract/model/explanation.ts'
import type { ConfidenceLevel } from '../../contract/model/profile.ts'
import type { BandQuery } from '../../detect/trained/judge.ts'
import type { DayKindName } from '../../detect/trained/known-days.ts'
import type { BaselineShift, TrainingOutcome } from '../../detect/trained/train.ts'
import type { Verdict } from '../../detect/trained/verdict.ts'

/** One datapoint to judge. The value is in the metric's unit. */
export interface ScorePoint {
  deviceId: string
  metricId: string
  slot: number
  value: number
  /** A lower bound: judged as it is, and not remembered. */
  isPartial: boolean
  /** Say why where the score reaches this level; null for never. */
  explainAt: ConfidenceLevel | null
}

/** What the engine says of a datapoint. */
export interface PointVerdict extends Pick<
  Verdict,
  'score' | 'direction' | 'centre' | 'expected' | 'isProvisional'
> {
  explanation: Explanation | null
}

/** What the engine says of all metrics of a device together. */
export interface DeviceScore {
  deviceId: string
  slot: number
  /** -log10 p. */
  score: number
  isProvisional: boolean
  /** The metrics that make it up, the strangest first, where it reaches LOW. */
  coFiring: Explanation['coFiring']
}

export interface Scores {
  /** One entry a point; null where its metric has no model. */
  points: (PointVerdict | null)[]
  /** One entry a device and slot. */
  devices: DeviceScore[]
}

/** A model to judge by, and the database with the last day of every device. */
export interface LoadJob {
  /** Null: judge nothing. */
  model: Uint8Array | null
  databasePath: string
  /** The last slot that was judged. */
  throughSlot: number
}

/** The expected range at each slot of a query, in the metric's unit. */
export interface Band {
  low: number[]
  high: number[]
}

/** A span of a series, both slots included. */
export interface SeriesSpan {
  deviceId: string
  metricId: string
  fromSlot: number
  toSlot: number
}

/** A model to learn from the datapoints of the slots given, both included. */
export interface TrainJob {
  databasePath: string
  metricIds: readonly string[]
  fromSlot: number
  toSlot: number
  /** A metric with fewer is skipped. */
  minimumDatapoints: number
  /** The model in use, null where there is none. */
  previous: Uint8Array | null
  /** Strange datapoints that a person found to be normal: learned from all the same. */
  falsePositives: readonly SeriesSpan[]
}

export interface TrainResult extends Pick<TrainingOutcome, 'skipped' | 'kept' | 'calibration'> {
  /** Null where no metric has enough datapoints. */
  model: Uint8Array | null
  /** Metrics of the model, how many datapoints each was learned from, and on which days it was not seen. */
  learned: { metricId: string; datapoints: number; unseenDays: DayKindName[] }[]
  shifts: BaselineShift[]
}

export interface Soundness {
  isSound: boolean
  findings: string[]
}

/** What can be asked, and what each question carries. */
interface Questions {
  ping: object
  /** Replaces the model. */
  load: { job: LoadJob }
  /** All points of a device and slot come together. */
  score: { points: readonly ScorePoint[] }
  band: { query: BandQuery }
  train: { job: TrainJob }
  check: { databasePath: string }
}

interface Answers {
  ping: null
  /** Metrics that are now judged. */
  load: string[]
  score: Scores
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

/** How far a train request has come: devices read so far, over all times they are read. */
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
