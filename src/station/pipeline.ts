import type { Core } from './core.ts'
import type { Sample } from './datapoint.ts'
import type { Source } from './ingest/source.ts'
import { closeSlots, saveOpenSlots, takeSamples } from './intake.ts'
import { judgeClosedSlots } from './judge.ts'
import { saveSources } from './source-memory.ts'
import { saveCounts } from './upkeep.ts'

/**
 * The way of a datapoint, top to bottom.
 *
 *   a source measures, or a report comes to the desk (`ingest/report-desk.ts`)
 *     takeSamples      samples to open slots; what cannot be filed is refused and counted
 *     saveOpenSlots    open slots to the store, so that a crash loses little (reports: nothing)
 *     closeSlots       slots that are over: whole in the store, closed to late samples
 *     judgeClosedSlots the engine scores, behaviors examine, the alarm machine steps,
 *                      one transaction keeps it, the announcer tells it
 *
 * Each step returns when it is done and may throw: a store that is full, an engine that is down. What was not
 * done then is done on the next turn, and after a crash at the next start.
 */
export async function advance(core: Core, sources: readonly Source[]): Promise<void> {
  for (const source of sources) takeSamples(core, source.id, source.drain())
  await closeSlots(core, core.clock.now())
  await judgeClosedSlots(core)
}

/** Makes durable what is not yet: open slots, what sources remember, counts. Between slots, every few seconds. */
export async function save(core: Core): Promise<void> {
  await saveOpenSlots(core)
  await saveSources(core)
  saveCounts(core)
}

/** One slot of history, on the same way as live data but for the clock, which is the slot's own. */
export async function advanceHistory(
  core: Core,
  { samples, endsAt }: { samples: readonly Sample[]; endsAt: number },
): Promise<void> {
  takeSamples(core, historySource, samples)
  await closeSlots(core, endsAt + core.settings.slots.graceSeconds * 1000)
  await judgeClosedSlots(core)
}

/** The source id of history that is read in. */
export const historySource = 'history'
