import { mkdtempSync, writeFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { awsMetrics } from '../../../src/contract/model/aws-metrics.ts'
import { startMosquitto, type Mosquitto } from '../../support/mosquitto.ts'
import type { BareAnswers } from './bare-process.ts'
import type { GeneratorAnswers } from './generator-process.ts'
import { startWorker, type Worker } from './questions.ts'
import type { StationAnswers } from './station-process.ts'

/** The broker and the generator, which all runs of a bench share, and where subscribers are started. */
export interface Stage {
  broker: Mosquitto
  generator: Worker<GeneratorAnswers>
  startStation(accelerated?: { startAt: number; speed: number }): Promise<StationOnStage>
  startBare(filters: string[]): Promise<Worker<BareAnswers>>
  close(): Promise<void>
}

export interface StationOnStage {
  worker: Worker<StationAnswers>
  /** Its database. */
  file: string
  end(): Promise<void>
}

/** The broker drops nothing, however far a subscriber is behind: what it takes shows in its own count. */
const brokerSettings = ['max_queued_messages 0', 'set_tcp_nodelay true']

export async function openStage(profileFolder: string | undefined): Promise<Stage> {
  const broker = await startMosquitto(undefined, brokerSettings)
  const generator = startWorker<GeneratorAnswers>(fileOf('generator'))
  const ends = new Set<() => Promise<void>>([() => broker.stop(), () => generator.end()])
  const kept = <Kept extends { end(): Promise<void> }>(worker: Kept) => {
    ends.add(() => worker.end())
    return worker
  }
  const profiled = profileFolder ? ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`] : []
  return {
    broker,
    generator,
    startStation: async (accelerated) =>
      kept(await startStation({ port: broker.port, accelerated, nodeOptions: profiled })),
    startBare: async (filters) => {
      const worker = kept(startWorker<BareAnswers>(fileOf('bare')))
      await worker.ask('start', { port: broker.port, filters })
      return worker
    },
    async close() {
      for (const end of [...ends].toReversed()) await end()
    },
  }
}

async function startStation(options: {
  port: number
  accelerated: { startAt: number; speed: number } | undefined
  nodeOptions: readonly string[]
}): Promise<StationOnStage> {
  const folder = mkdtempSync(join(tmpdir(), 'picket-bench-'))
  const config = join(folder, 'site.yaml')
  // JSON is YAML.
  writeFileSync(config, JSON.stringify(settingsOf(options.port)))
  const worker = startWorker<StationAnswers>(fileOf('station'), options.nodeOptions)
  async function end(): Promise<void> {
    await worker.end()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await worker.ask('start', { config, accelerated: options.accelerated ?? null })
  } catch (error) {
    await end()
    throw error
  }
  return { worker, end, file: join(folder, 'data', 'picket.db') }
}

/** As a site would have it, but for reports that may come as fast as they do. */
function settingsOf(port: number): object {
  return {
    site: 'bench',
    data: 'data',
    page: { port: 0 },
    reports: { minimumPeriodSeconds: 0 },
    sources: [
      {
        kind: 'mqtt',
        id: 'bench',
        url: `mqtt://127.0.0.1:${port}`,
        deviceTopics: ['site/{device}/#'],
      },
    ],
    profiles: [profile()],
  }
}

/** The default profile without what a bench's telemetry makes abnormal, so that alarms are no load. */
function profile(): object {
  const flooded = ['aws:num-messages-sent', 'aws:message-byte-size']
  const metrics = awsMetrics.map(({ id }) => String(id)).filter((id) => !flooded.includes(id))
  return {
    securityProfileName: 'bench',
    behaviors: metrics.map((metric) => ({
      name: metric.replace('aws:', ''),
      metric,
      criteria: { mlDetectionConfig: { confidenceLevel: 'HIGH' } },
    })),
  }
}

function fileOf(name: string): URL {
  return new URL(`./${name}-process.ts`, import.meta.url)
}
