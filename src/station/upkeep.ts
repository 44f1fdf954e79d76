import { dayMs, slotOf, slotsPerDay } from '../contract/model/time.ts'
import type { Core } from './core.ts'
import { letOthersRun } from './intake.ts'
import { leastRetentionDays } from './settings.ts'
import { storeFigures } from './store/figures.ts'
import { insertGap } from './store/gaps.ts'
import { addRejections } from './store/rejections.ts'
import { checkpoint } from './store/care.ts'
import { usedBytes } from './store/limit.ts'
import { compactStep, dropBefore } from './store/compaction.ts'
import { writeState } from './store/state.ts'
import { transaction } from './store/transaction.ts'

/** Where the store remembers when the station was last seen running. */
export const aliveAtKey = 'alive-at'

/** Small enough to stall nobody, large enough not to rewrite the same pages over and over. */
const compactedRows = 1000

/** The oldest days go once so much of a limit is used: what comes must find room. */
const fullShare = 0.9

/** Makes durable what is counted rather than measured: refusals, gaps, the last sign of life. */
export function saveCounts({ store, rejections, gaps, clock }: Core): void {
  const { write } = store
  transaction(write, () => {
    addRejections(write, [...rejections.pending.values()])
    for (const gap of gaps.unsaved) insertGap(write, gap)
    writeState(write, aliveAtKey, String(clock.now()))
  })
  rejections.pending.clear()
  gaps.unsaved = []
}

/** Moves past days into blocks and deletes what is past its retention time. */
export async function tidyStore(core: Core): Promise<void> {
  const { write } = core.store
  const beforeSlot = Math.floor(core.judgedThrough / slotsPerDay) * slotsPerDay
  const wasCompacted = await repeat(() =>
    compactStep(write, { beforeSlot, maxRows: compactedRows }),
  )
  const oldest = slotOf(core.clock.now() - core.settings.retention.days * dayMs)
  const wasDropped = await repeat(() => dropBefore(write, oldest))
  if (wasCompacted || wasDropped) await repeat(() => checkpoint(write))
}

/**
 * Deletes the oldest whole days while the store is close to the limit that is set for it, down to the shortest
 * retention that there is.
 */
export async function makeRoom(core: Core): Promise<void> {
  await repeat(() => dropOldestDay(core))
}

function dropOldestDay({ store, preferences, clock }: Core): number {
  const { read, write, path } = store
  const limit = preferences.storeLimitBytes
  if (limit === null || usedBytes(read) <= limit * fullShare) return 0
  const { oldestAt } = storeFigures(read, path)
  if (oldestAt === null) return 0
  const nextDay = (Math.floor(slotOf(oldestAt) / slotsPerDay) + 1) * slotsPerDay
  const keptFrom = slotOf(clock.now() - leastRetentionDays * dayMs)
  return nextDay > keptFrom ? 0 : dropBefore(write, nextDay)
}

/** Repeats a step until it finds nothing left to do. Says whether it did anything. */
async function repeat(step: () => number): Promise<boolean> {
  let done = 0
  for (let moved = step(); moved > 0; moved = step()) {
    done += moved
    await letOthersRun()
  }
  return done > 0
}
