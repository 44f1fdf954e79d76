import type { Capability, SourceStatus } from '../../contract/model/status.ts'
import type { Sample } from '../datapoint.ts'
import type { Log } from '../ports.ts'
import type { RefusedInput } from '../rejections.ts'
import type { StationClock } from '../station-clock.ts'
import type { ReportDesk } from './report-desk.ts'

/** Something that measures devices: a broker watched from outside, or one of our own. */
export interface Source {
  readonly id: string
  start(): Promise<void>
  stop(): Promise<void>
  /** What was measured since the last call. */
  drain(): Sample[]
  facts(): SourceFacts
}

/** What only the source knows of itself; the station adds the counts. */
export type SourceFacts = Pick<SourceStatus, 'kind' | 'address' | 'lastMessageAt' | 'messages'> & {
  capabilities: Capability[]
}

export type SourceState = SourceStatus['state']

/** What the station gives each source. */
export interface SourceContext {
  sourceId: string
  clock: StationClock
  log: Log
  desk: ReportDesk
  /** Tells the station of a change, with a sentence that says what it means and what to do. */
  changed(state: SourceState, sentence: string): void
  refused(input: Omit<RefusedInput, 'sourceId' | 'at'>): void
  largestPacketBytes: number
}
