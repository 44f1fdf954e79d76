import { setTimeout as pause } from 'node:timers/promises'
import { until } from '../../support/poll.ts'
import type { Reader, Taken } from './reader.ts'

/** What was sent to readers. */
export interface Fed {
  /** All that a reader gets. */
  messages: number
  /** What must be in the station's database afterwards, by the source's metrics. */
  counted: number
  /** Null where the next came as fast as the last was taken. */
  offeredPerSecond: number | null
}

/** What one reader did with it. */
export interface Side {
  perSecond: number
  cpuMicroseconds: number
  /** Processors that it kept busy. */
  cores: number
  peakMb: number
  longestStallMs: number
}

/** Sends for as long as `seconds` say. */
export type Feed = (seconds: number) => Promise<Fed>

/** A stream begins slowly: the first second is not counted. */
const warmUpMs = 1000

/** How long a reader may lie behind, and the store take: open slots are made durable every 5 s. */
const arrivedWithinMs = 60_000

/** Feeds readers at the same time, and tells what each did with it, in their order. */
export async function measure(
  readers: readonly Reader[],
  feed: Feed,
  seconds: number,
): Promise<{ fed: Fed; sides: Side[] }> {
  for (const reader of readers) await reader.ask('watchStalls', undefined)
  const [fed, sides] = await Promise.all([feed(seconds), watch(readers, seconds)])
  return { fed, sides }
}

async function watch(readers: readonly Reader[], seconds: number): Promise<Side[]> {
  await pause(warmUpMs)
  const first = await takenBy(readers)
  await pause(seconds * 1000 - warmUpMs)
  const last = await takenBy(readers)
  const stalls = await Promise.all(readers.map((reader) => reader.ask('readStalls', undefined)))
  return stalls.map(({ longestMs }, place) => {
    const [from, to] = [first[place], last[place]]
    if (!from || !to) throw new Error('a reader has not answered')
    return { ...rates(from, to), longestStallMs: longestMs }
  })
}

function takenBy(readers: readonly Reader[]): Promise<Taken[]> {
  return Promise.all(readers.map((reader) => reader.ask('taken', undefined)))
}

function rates(from: Taken, to: Taken): Omit<Side, 'longestStallMs'> {
  const count = to.count - from.count
  const tookMs = to.at - from.at
  const cpuMs = to.cpuMs - from.cpuMs
  return {
    perSecond: (1000 * count) / tookMs,
    cpuMicroseconds: (1000 * cpuMs) / count,
    cores: cpuMs / tookMs,
    peakMb: to.peakMb,
  }
}

/** The count once it is as large as expected, or once it was waited for long enough: a loss must show, too. */
export async function settled(
  count: () => number | Promise<number>,
  expected: number,
): Promise<number> {
  const isThere = async () => (await count()) >= expected
  await until('everything has arrived', isThere, arrivedWithinMs).catch(() => null)
  return count()
}

/** Of a load of which each message is counted once, by everybody. */
export function measuredLoad({ published, seconds }: { published: number; seconds: number }): Fed {
  return { messages: published, counted: published, offeredPerSecond: published / seconds }
}
