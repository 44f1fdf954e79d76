import { measure, settled, type Fed, type Feed, type Side } from './measure.ts'
import type { Reader } from './reader.ts'
import type { StationOnStage } from './stage.ts'
import { storedCount } from './stored-count.ts'

/** What a source made of a stream, and what a bare reader made of the same. */
export interface Outcome {
  source: string
  stream: string
  station: Measured
  bare: Measured | null
}

/** `arrived`: durable in the station's database; counted by a bare reader. */
export interface Measured extends Side {
  offeredPerSecond: number | null
  published: number
  arrived: number
}

export const sentMetrics = ['aws:num-messages-sent']
export const presenceMetrics = ['aws:num-connection-attempts', 'aws:num-disconnects']

interface StationRun {
  feed: Feed
  seconds: number
  /** What the source counts of the stream. */
  metrics: readonly string[]
  /** Takes the same stream at the same time. */
  beside?: Reader | null
}

/** Feeds a station, compares its database with what was sent, and ends it. */
export async function runStation(
  station: StationOnStage,
  { feed, seconds, metrics, beside = null }: StationRun,
): Promise<Pick<Outcome, 'station' | 'bare'>> {
  const readers: Reader[] = beside ? [station.worker, beside] : [station.worker]
  const { fed, sides } = await measure(readers, feed, seconds)
  const [own, others] = sides
  if (!own) throw new Error('the station was not measured')
  const stored = () => storedCount(station.database, metrics)
  const measured = await arrival(own, fed, { count: stored, expected: fed.counted })
  const bare = beside && others ? await countedBy(beside, others, fed) : null
  await station.worker.end()
  return { station: measured, bare }
}

/** Feeds a bare reader, which is ended afterwards. */
export async function runBare(reader: Reader, feed: Feed, seconds: number): Promise<Measured> {
  const { fed, sides } = await measure([reader], feed, seconds)
  const [side] = sides
  if (!side) throw new Error('the reader was not measured')
  const measured = await countedBy(reader, side, fed)
  await reader.end()
  return measured
}

function countedBy(reader: Reader, side: Side, fed: Fed): Promise<Measured> {
  const count = async () => (await reader.ask('taken', undefined)).count
  return arrival(side, fed, { count, expected: fed.messages })
}

async function arrival(
  side: Side,
  { offeredPerSecond }: Fed,
  { count, expected }: { count: () => number | Promise<number>; expected: number },
): Promise<Measured> {
  const arrived = await settled(count, expected)
  return { ...side, offeredPerSecond, published: expected, arrived }
}
