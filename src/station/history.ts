import type { ImportStatus } from '../contract/model/status.ts'
import type { Sample } from './datapoint.ts'

/** Measured history to be read in. */
export interface History {
  label: string
  /** Datapoints to come, for the progress bar. */
  total: number
  /** Slots ascend. */
  slots: AsyncIterable<{ slot: number; samples: Sample[] }>
  onProgress?: (progress: ImportStatus) => void
}
