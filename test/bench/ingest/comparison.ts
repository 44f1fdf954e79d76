import type { Load } from './load.ts'
import type { Stage } from './stage.ts'
import { runBare, runStation, type Run } from './throughput.ts'

/** Station and bare subscriber under the same load in turn, so that a slow minute of the machine hits both. */
export interface Comparison {
  station: Side
  bare: Side
  /** The station's rate as a part of the bare subscriber's. */
  ratio: number
  /** The next report came when one was answered, so that the station was offered just what it took. */
  isPacedByAnswers: boolean
}

/** The median run, and what all runs together published and kept. */
export interface Side {
  perSecond: number
  offeredPerSecond: number
  cpuMicroseconds: number
  published: number
  arrived: number
  /** Rate of each run, in the order in which they ran. */
  runs: number[]
}

const rounds = 3

/** Reports that may be without an answer: enough to keep the station busy, few enough not to pile up. */
const unanswered = 2000

/** More than a bare subscriber takes. */
const bareReportsPerSecond = 80_000

export function compareMessages(
  stage: Stage,
  options: { seconds: number; devices: string[]; perSecond: number },
): Promise<Comparison> {
  const { seconds, devices, perSecond } = options
  const what = { kind: 'messages', devices } as const
  const load = { port: stage.broker.port, seconds, what, pace: { perSecond } }
  return compare(stage, { station: load, bare: load, filters: ['site/+/#'] })
}

/** The station sets the pace by its answers; to the bare subscriber more is offered than it can take. */
export function compareReports(
  stage: Stage,
  { seconds, devices }: { seconds: number; devices: string[] },
): Promise<Comparison> {
  const what = { kind: 'reports', devices } as const
  const load = { port: stage.broker.port, seconds, what }
  return compare(stage, {
    station: { ...load, pace: { unanswered } },
    bare: { ...load, pace: { perSecond: bareReportsPerSecond } },
    filters: ['$aws/things/+/defender/metrics/json'],
  })
}

async function compare(
  stage: Stage,
  loads: { station: Load; bare: Load; filters: string[] },
): Promise<Comparison> {
  const ofStation: Run[] = []
  const ofBare: Run[] = []
  for (let round = 0; round < rounds; round += 1) {
    ofStation.push(await runStation(stage, loads.station))
    ofBare.push(await runBare(stage, loads.bare, loads.filters))
  }
  const station = sideOf(ofStation)
  const bare = sideOf(ofBare)
  return {
    station,
    bare,
    ratio: station.perSecond / bare.perSecond,
    isPacedByAnswers: 'unanswered' in loads.station.pace,
  }
}

function sideOf(runs: readonly Run[]): Side {
  return {
    perSecond: median(runs.map((run) => run.perSecond)),
    offeredPerSecond: median(runs.map((run) => run.offeredPerSecond)),
    cpuMicroseconds: median(runs.map((run) => run.cpuMicroseconds)),
    published: sum(runs.map((run) => run.published)),
    arrived: sum(runs.map((run) => run.arrived)),
    runs: runs.map((run) => Math.round(run.perSecond)),
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
