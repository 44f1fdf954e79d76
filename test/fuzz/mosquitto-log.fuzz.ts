import { deviceId } from '../../src/contract/model/device.ts'
import { rejectionReason, type RejectionReason } from '../../src/contract/model/status.ts'
import type { Sample } from '../../src/station/datapoint.ts'
import { usualIdentity } from '../../src/station/ingest/identity.ts'
import {
  createLineCutter,
  endChunks,
  takeChunk,
} from '../../src/station/ingest/mosquitto-chunks.ts'
import { followLine, settleFollower } from '../../src/station/ingest/mosquitto-follower.ts'
import { writtenAt } from '../../src/station/ingest/mosquitto-line.ts'
import { createFollower, type Follower } from '../../src/station/ingest/mosquitto-log-state.ts'
import { WatchedObservations } from '../../src/station/ingest/observations.ts'
import { hostileChunks } from './hostile-log.ts'
import { drawsOf } from './hostile-report.ts'

/** How a run of hostile log lines went. */
export interface LogFuzzOutcome {
  /** Lines that were followed. */
  lines: number
  /** Lines too long to be kept. */
  tooLong: number
  samples: number
  refused: Partial<Record<RejectionReason, number>>
  seconds: number
  /** Memory of the process at its most, megabytes. */
  peakMb: number
}

interface LogRun {
  follower: Follower
  observations: WatchedObservations
  outcome: LogFuzzOutcome
  at: number
}

/** Clients remembered; far fewer than the names that come. */
const most = 50

const linesAtOnce = 500

/**
 * Sends at least `inputs` seeded hostile lines down the way of a log, from bytes to samples. Throws when anything
 * throws, when a sample is one that no store may take, or when something grows that should not.
 */
export function fuzzMosquittoLog({
  inputs,
  seed,
}: {
  inputs: number
  seed: number
}): LogFuzzOutcome {
  const draw = drawsOf(seed)
  const run = createRun()
  const { outcome } = run
  const startedAt = performance.now()
  while (outcome.lines + outcome.tooLong < inputs) {
    const chunks = hostileChunks(draw, linesAtOnce)
    try {
      followChunks(run, chunks)
      check(run)
    } catch (cause) {
      const start = Buffer.concat(chunks).toString('utf8').slice(0, 2000)
      throw new Error(`Not handled, after line ${outcome.lines}: ${start}`, { cause })
    }
    outcome.peakMb = Math.max(outcome.peakMb, Math.round(process.memoryUsage.rss() / 1e6))
  }
  return { ...outcome, seconds: (performance.now() - startedAt) / 1000 }
}

function createRun(): LogRun {
  const outcome: LogFuzzOutcome = {
    lines: 0,
    tooLong: 0,
    samples: 0,
    refused: {},
    seconds: 0,
    peakMb: 0,
  }
  const refuse = (reason: RejectionReason) => {
    outcome.refused[reason] = (outcome.refused[reason] ?? 0) + 1
  }
  const observations = new WatchedObservations({
    ...usualIdentity,
    seesConnections: true,
    ownClients: new Set(['picket-1']),
    isKnown: (name) => name === 'pump-1',
    refused: ({ reason }) => refuse(reason),
    presence: () => undefined,
    most,
  })
  observations.measures(['messagesSent', 'disconnects'])
  const follower = createFollower(
    { observations, refused: refuse, told: () => undefined, evidenceChanged: () => undefined },
    most,
  )
  return { follower, observations, outcome, at: 1_790_000_000_000 }
}

function followChunks(run: LogRun, chunks: readonly Buffer[]): void {
  const { follower, outcome } = run
  const cutter = createLineCutter()
  const ports = {
    line(text: string) {
      outcome.lines += 1
      const written = writtenAt(text)
      if (written !== null && !Number.isFinite(written)) throw new Error(`written at ${written}`)
      run.at += 7
      followLine(follower, text, run.at)
    },
    tooLong: () => void (outcome.tooLong += 1),
  }
  for (const chunk of chunks) takeChunk(cutter, chunk, ports)
  endChunks(cutter, ports)
}

function check({ follower, observations, outcome, at }: LogRun): void {
  settleFollower(follower)
  const samples = observations.drain(at)
  for (const sample of samples) checkSample(sample)
  outcome.samples += samples.length
  for (const reason of Object.keys(outcome.refused)) rejectionReason.parse(reason)
  const { sessions, accepted, ghosts, resends, longIds, subscriptions } = follower
  const sizes = {
    sessions: sessions.size,
    accepted: accepted.size,
    ghosts: ghosts.size,
    sent: resends.sent.size,
    mayComeAgain: resends.mayComeAgain.size,
    longIds: longIds.length / 2,
    suspects: subscriptions.suspects.length / 20,
  }
  for (const [what, size] of Object.entries(sizes)) {
    if (size > most) throw new Error(`${what} grew to ${size}`)
  }
}

function checkSample({ deviceId: name, measure, at }: Sample): void {
  deviceId.parse(name)
  const figures = Object.values(measure)
  const isSound = figures.every((figure) => Number.isFinite(figure) && figure >= 0)
  if (!isSound || !Number.isFinite(at)) throw new Error(`${name}: ${JSON.stringify(measure)}`)
}
