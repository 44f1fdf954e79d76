import { setTimeout as pause } from 'node:timers/promises'
import { until } from '../../support/poll.ts'
import type { Load, Published } from './load.ts'
import type { Taken } from './process-load.ts'
import type { Stage } from './stage.ts'
import { storedMessages, storedReportValues } from './stored.ts'

/** What one subscriber did with one load. */
export interface Run {
  perSecond: number
  offeredPerSecond: number
  cpuMicroseconds: number
  published: number
  /** Durable in the station's database; counted by the bare subscriber. */
  arrived: number
}

/** Loads begin a little late and end a little early for the count, so that it is of the full rate. */
const warmUpMs = 1000

/** How long the store may take after the last message: open slots are made durable every 5 s. */
const durableWithinMs = 20_000

const valuesPerReport = 13

/** The station under a load, and what its database holds afterwards. */
export async function runStation(stage: Stage, load: Load): Promise<Run> {
  const station = await stage.startStation()
  const counted = load.what.kind === 'messages' ? 'messages' : 'reports'
  const run = await runLoad(stage, load, () => station.worker.ask('taken', counted))
  const stored = () =>
    counted === 'messages'
      ? storedMessages(station.file)
      : storedReportValues(station.file) / valuesPerReport
  await reached(() => stored() >= run.published)
  const arrived = stored()
  await station.end()
  return { ...run, arrived }
}

/** A subscriber that only counts, under the same load. */
export async function runBare(stage: Stage, load: Load, filters: string[]): Promise<Run> {
  const bare = await stage.startBare(filters)
  const run = await runLoad(stage, load, () => bare.ask('taken', undefined))
  await bare.end()
  return run
}

async function runLoad(stage: Stage, load: Load, taken: () => Promise<Taken>): Promise<Run> {
  const publishing = stage.generator.ask('publish', load)
  await pause(warmUpMs)
  const first = await taken()
  await pause(load.seconds * 1000 - warmUpMs)
  const last = await taken()
  const published = await publishing
  const arrived = await settled(async () => (await taken()).count, published.published)
  return { ...rates(first, last), ...offerOf(published), arrived }
}

function rates(first: Taken, last: Taken) {
  const count = last.count - first.count
  return {
    perSecond: (1000 * count) / (last.at - first.at),
    cpuMicroseconds: (1000 * (last.cpuMs - first.cpuMs)) / count,
  }
}

function offerOf({ published, seconds }: Published) {
  return { published, offeredPerSecond: published / seconds }
}

/** The count once everything has come, or once nothing more comes. */
async function settled(count: () => Promise<number>, expected: number): Promise<number> {
  const quietMs = 3000
  let known = await count()
  for (let quiet = 0; known < expected && quiet < quietMs; quiet += 100) {
    await pause(100)
    const now = await count()
    if (now > known) quiet = 0
    known = now
  }
  return known
}

/** Waits for it, but a run in which something was lost must end too: the counts tell. */
async function reached(isSo: () => boolean): Promise<void> {
  await until('everything is durable', isSo, durableWithinMs).catch(() => undefined)
}
