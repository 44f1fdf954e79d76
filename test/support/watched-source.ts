import type { DisconnectReason, Presence } from '../../src/station/ingest/presence.ts'
import { usualIdentity } from '../../src/station/ingest/identity.ts'
import { createOwnLinks } from '../../src/station/ingest/own-links.ts'
import { readCredentials } from '../../src/station/ingest/link-credentials.ts'
import { WatchedObservations } from '../../src/station/ingest/observations.ts'
import type { Source, SourceContext } from '../../src/station/ingest/source.ts'
import type { Clock } from '../../src/station/ports.ts'
import type { Sample } from '../../src/station/datapoint.ts'
import { createQuietLog } from './quiet-log.ts'

/** The six metrics of the broker's side, as a test's clients count them too. */
export interface Counts {
  attempts: number
  failures: number
  disconnects: number
  sent: number
  received: number
  /** Bytes of payload of all that was sent. */
  bytes: number
  largest: number
}

export const noCounts: Counts = {
  attempts: 0,
  failures: 0,
  disconnects: 0,
  sent: 0,
  received: 0,
  bytes: 0,
  largest: 0,
}

const counterOf: Record<string, keyof Counts> = {
  'aws:num-connection-attempts': 'attempts',
  'aws:num-authorization-failures': 'failures',
  'aws:num-disconnects': 'disconnects',
  'aws:num-messages-sent': 'sent',
  'aws:num-messages-received': 'received',
}

/** A source that runs without a station, and all that it told. */
export interface WatchedSource {
  source: Source
  observations: WatchedObservations
  states: { state: string; sentence: string }[]
  refused: { reason: string; detail: string }[]
  recovered: { from: number; to: number }[]
  presence: Map<string, Presence>
  /** Why connections ended, in order: `pump-1 CONNECTION_LOST`. */
  endings: string[]
  /** What was kept for the next run. */
  memory: { text: string | null }
  /** What it has planned for later; nothing runs by itself. */
  planned: { delayMs: number; run: () => void }[]
  samples: Sample[]
  /** Drains it, and adds up what was counted of a device so far. */
  counted(deviceId: string): Counts
  /** Names of all devices that anything was counted of. */
  devices(): string[]
}

interface WatchOptions {
  memory?: string | null
  ownClients?: Set<string>
  /** Station time, epoch ms. */
  now?: () => number
  known?: readonly string[]
  seesConnections?: boolean
}

/** Makes a source as the station would; a test starts and stops it. */
export function watchedSource(
  create: (context: SourceContext) => Source,
  options: WatchOptions = {},
): WatchedSource {
  const { memory: text = null, ownClients = new Set<string>(), now = Date.now } = options
  const { seesConnections = true } = options
  const memory = { text }
  const told = createTold()
  const observations = new WatchedObservations({
    ...usualIdentity,
    seesConnections,
    ownClients,
    isKnown: (deviceId) => told.presence.has(deviceId) || (options.known ?? []).includes(deviceId),
    refused: ({ reason, detail }) => void told.refused.push({ reason, detail }),
    presence: (deviceId, presence) => {
      told.presence.set(deviceId, presence)
      if (presence.reason)
        told.endings.push(`${deviceId} ${presence.reason satisfies DisconnectReason}`)
    },
    most: 10_000,
  })
  const context = {
    sourceId: 'test',
    credentials: readCredentials,
    clock: { now, check: () => null },
    hostClock: handClock(told, now),
    log: createQuietLog(),
    observations,
    links: createOwnLinks(),
    ownClients,
    memory: { read: () => memory.text, write: (next: string) => void (memory.text = next) },
    changed: (state, sentence) => void told.states.push({ state, sentence }),
    recovered: (from, to) => void told.recovered.push({ from, to }),
    refused: ({ reason, detail }) => void told.refused.push({ reason, detail }),
    largestPacketBytes: 262_144,
  } satisfies Partial<SourceContext>
  // What else a station gives is no business of a source that only observes.
  const source = create(context as unknown as SourceContext)
  return { source, observations, memory, ...told, ...tallyOf(source, told.samples) }
}

function handClock(told: ReturnType<typeof createTold>, now: () => number): Clock {
  return {
    now,
    monotonic: now,
    speed: 1,
    after(delayMs, run) {
      const timer = { delayMs, run }
      told.planned.push(timer)
      return () => void told.planned.splice(told.planned.indexOf(timer) >>> 0, 1)
    },
  }
}

function createTold() {
  return {
    states: [] as WatchedSource['states'],
    refused: [] as WatchedSource['refused'],
    recovered: [] as WatchedSource['recovered'],
    presence: new Map<string, Presence>(),
    endings: [] as string[],
    planned: [] as WatchedSource['planned'],
    samples: [] as Sample[],
  }
}

function tallyOf(source: Source, samples: Sample[]): Pick<WatchedSource, 'counted' | 'devices'> {
  const drain = () => void samples.push(...source.drain())
  return {
    devices() {
      drain()
      return [...new Set(samples.map(({ deviceId }) => String(deviceId)))].sort()
    },
    counted(deviceId) {
      drain()
      const counts = { ...noCounts }
      for (const sample of samples) if (sample.deviceId === deviceId) add(counts, sample)
      return counts
    },
  }
}

function add(counts: Counts, { metricId, measure }: Sample): void {
  const counter = counterOf[metricId]
  if (counter) counts[counter] += measure.sum
  if (metricId !== 'aws:message-byte-size') return
  counts.bytes += measure.sum
  counts.largest = Math.max(counts.largest, measure.max)
}
