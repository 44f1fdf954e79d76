import { statSync } from 'node:fs'
import { slotStartAt } from '../../contract/model/time.ts'
import { daysKept, firstSlotOfDay } from './blocks.ts'
import { walOf } from './files.ts'
import type { ReadHandle } from './handles.ts'
import { oldestRecent } from './recent.ts'
import { readDatapointCount } from './state.ts'

export interface StoreFigures {
  /** On disk, what was not yet moved from the log into the database included. */
  bytes: number
  datapoints: number
  /** Start of the oldest datapoint's slot, epoch ms. */
  oldestAt: number | null
}

/** Cheap enough to ask every second: no table is read through. */
export function storeFigures(handle: ReadHandle, path: string): StoreFigures {
  return {
    bytes: sizeOf(path) + sizeOf(walOf(path)),
    datapoints: readDatapointCount(handle),
    oldestAt: oldestAt(handle),
  }
}

function oldestAt(handle: ReadHandle): number | null {
  const inBlocks = firstSlotOfDay(handle, daysKept(handle).oldest)
  const inRecent = oldestRecent(handle)?.slot
  const oldest = Math.min(inBlocks ?? Infinity, inRecent ?? Infinity)
  return oldest === Infinity ? null : slotStartAt(oldest)
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}
