import type { Worker } from '../ingest/questions.ts'
import type { Used } from './process-tree.ts'

/** What a reader has taken so far. */
export interface Taken extends Used {
  count: number
  /** By the process's own clock, ms. */
  at: number
}

/** A process that takes a stream: the station, or a bare one beside it. */
export type Reader = Worker<{
  taken: () => Taken
  watchStalls: () => void
  readStalls: () => { longestMs: number }
}>
