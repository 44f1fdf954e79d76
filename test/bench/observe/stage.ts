import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startMosquitto, type Mosquitto } from '../../support/mosquitto.ts'
import { until } from '../../support/poll.ts'
import type { GeneratorAnswers } from '../ingest/generator-process.ts'
import { startWorker, type Worker } from '../ingest/questions.ts'
import type { DevicesAnswers } from './devices-process.ts'
import type { LogWriterAnswers } from './log-writer-process.ts'
import type { StandInAnswers } from './stand-in-process.ts'
import type { StationAnswers } from './station-process.ts'
import type { SubscriberAnswers } from './subscriber-process.ts'
import type { TailAnswers } from './tail-process.ts'

/** What each program of the bench can be asked. */
interface Programs {
  './station-process.ts': StationAnswers
  './subscriber-process.ts': SubscriberAnswers
  './tail-process.ts': TailAnswers
  './devices-process.ts': DevicesAnswers
  './stand-in-process.ts': StandInAnswers
  './log-writer-process.ts': LogWriterAnswers
  '../ingest/generator-process.ts': GeneratorAnswers
}

/** Where processes of the bench are started, and ended whatever happens; each may be ended before. */
export interface Stage {
  /** For files of a run. */
  folder: string
  start<Name extends keyof Programs>(program: Name): Worker<Programs[Name]>
  startBroker(settings: string[]): Promise<Mosquitto>
  /** A station with this one source, which sees what there is to see. */
  startStation(source: object): Promise<StationOnStage>
  close(): Promise<void>
}

export interface StationOnStage {
  worker: Worker<StationAnswers>
  /** Its database. */
  database: string
}

export function openStage(): Stage {
  const folder = mkdtempSync(join(tmpdir(), 'picket-observe-'))
  const ends: (() => Promise<void>)[] = []
  const stage: Stage = {
    folder,
    start(program) {
      const worker = startWorker<Programs[typeof program]>(new URL(program, import.meta.url))
      ends.push(() => worker.end())
      return worker
    },
    async startBroker(settings) {
      const broker = await startMosquitto(undefined, settings)
      ends.push(() => broker.stop())
      return broker
    },
    startStation: (source) => startStation(stage, source),
    async close() {
      for (const end of ends.toReversed()) await end()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  return stage
}

async function startStation(stage: Stage, source: object): Promise<StationOnStage> {
  const home = mkdtempSync(join(stage.folder, 'station-'))
  const config = join(home, 'site.yaml')
  // JSON is YAML.
  writeFileSync(
    config,
    JSON.stringify({ site: 'bench', data: 'data', page: { port: 0 }, sources: [source] }),
  )
  const worker = stage.start('./station-process.ts')
  await worker.ask('start', config)
  const isWatching = async () => (await worker.ask('source', undefined)).state === 'connected'
  await until('the source watches', isWatching)
  return { worker, database: join(home, 'data', 'picket.db') }
}
