import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import type { DataLoser } from '../../contract/model/quarantine.ts'
import type { Sample } from '../datapoint.ts'
import type { MosquittoLogSettings } from '../settings.ts'
import { FileTail } from './mosquitto-file.ts'
import { LogStream } from './mosquitto-stream.ts'
import { LogWatch } from './mosquitto-log-watch.ts'
import type { DeviceSeen, Source, SourceContext, SourceFacts } from './source.ts'

/** Of a log that was never read before, so much is read to know who is connected. */
const pastBytes = 64 * 1024 * 1024

/** Farther behind, the reader gives up what is between. */
const mostBehindBytes = 256 * 1024 * 1024

/** Real milliseconds: between two looks at the file, and the most that catching up may take at the start. */
const lookEveryMs = 200
const catchUpMs = 20_000
const longestRetryMs = 30_000

/** Client ids of Picket's own that are kept. */
const keptClients = 32

const kept = z.object({
  position: z.object({
    device: z.number(),
    inode: z.number(),
    offset: z.number().int().min(0),
    mark: z.string(),
  }),
  /** Everything up to then was counted, epoch ms. */
  at: z.number(),
  evidence: z.object({ connections: z.boolean(), messages: z.boolean(), grants: z.boolean() }),
  /** Client ids that Picket used: lines of an earlier run's connections may still come. */
  ownClients: z.string().array(),
})
type Kept = z.infer<typeof kept>

/** Watches a Mosquitto through its log: a file, the journal, or lines that a forwarder brings. */
export function createMosquittoLog(settings: MosquittoLogSettings, context: SourceContext): Source {
  return settings.file === undefined
    ? new LogStream(settings, context)
    : new MosquittoLogFile(settings.file, context)
}

/** A log file on this machine, read on as it grows and through its rotation. */
class MosquittoLogFile implements Source {
  readonly id: string
  readonly #path: string
  readonly #context: SourceContext
  readonly #watch: LogWatch
  readonly #tail: FileTail
  readonly #stopping = new AbortController()
  #kept: Kept | null = null
  #hasBegun = false
  #loop: Promise<void> = Promise.resolve()

  constructor(path: string, context: SourceContext) {
    this.id = context.sourceId
    this.#path = path
    this.#context = context
    this.#watch = new LogWatch(context, path)
    this.#tail = new FileTail(
      path,
      {
        line: (text) => this.#watch.take(text),
        tooLong: () => this.#watch.tooLong(),
        lost: (sentence) => this.#watch.lost(sentence),
        gaveUp: (bytes) => this.#watch.gaveUp(`${Math.round(bytes / 1e6)} MB`),
      },
      { mostBehindBytes },
    )
  }

  /** Catches up with what was written meanwhile, before any slot closes. */
  async start(): Promise<void> {
    this.#context.changed('connecting', `Opening ${this.#path}.`)
    this.#kept = keptIn(this.#context.memory.read())
    if (this.#kept) this.#restore(this.#kept)
    const retryMs = (await this.#look()) ? lookEveryMs : 2 * lookEveryMs
    this.#loop = this.#lookOnAndOn(retryMs)
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#loop
    await this.#tail.stop()
    this.#context.changed('stopped', 'Stopped with the station.')
  }

  drain(): Sample[] {
    const samples = this.#watch.drain()
    const position = this.#tail.position()
    if (position) {
      const at = this.#context.clock.now()
      const { evidence } = this.#watch
      const ownClients = [...this.#context.ownClients].slice(-keptClients)
      const keep = { position, at, evidence, ownClients } satisfies Kept
      this.#context.memory.write(JSON.stringify(keep))
    }
    return samples
  }

  audience(device: DeviceSeen): Promise<DataLoser[] | null> {
    return Promise.resolve(this.#watch.audience(device))
  }

  facts(): SourceFacts {
    return {
      kind: 'mosquitto-log',
      address: this.#path,
      messages: this.#watch.lines,
      lastMessageAt: this.#watch.lastLineAt,
      capabilities: this.#watch.capabilities(),
    }
  }

  #restore({ evidence, ownClients }: Kept): void {
    this.#watch.restoreEvidence(evidence)
    for (const clientId of ownClients) this.#context.ownClients.add(clientId)
  }

  async #lookOnAndOn(firstMs: number): Promise<void> {
    let pauseMs = firstMs
    const { signal } = this.#stopping
    while (!signal.aborted) {
      await pause(pauseMs, null, { signal }).catch(() => null)
      if (signal.aborted) return
      pauseMs = (await this.#look()) ? lookEveryMs : Math.min(2 * pauseMs, longestRetryMs)
    }
  }

  /** Reads what is new. That it cannot is a state; false then. */
  async #look(): Promise<boolean> {
    try {
      if (!this.#hasBegun) await this.#begin()
      else await this.#tail.readAvailable(() => !this.#stopping.signal.aborted)
      this.#watch.setTrouble(null)
      return true
    } catch (error) {
      this.#watch.setTrouble(sentenceOf(this.#path, error))
      return false
    }
  }

  async #begin(): Promise<void> {
    const from = this.#kept
    this.#watch.begin(from ? 'catching-up' : 'learning')
    const isAllThere = await this.#tail.begin(from?.position ?? null, pastBytes)
    this.#hasBegun = true
    const until = performance.now() + catchUpMs
    const isDone = await this.#tail.readAvailable(() => performance.now() < until)
    if (!isDone) this.#watch.lost('There was too much in the log to catch up with at the start.')
    else if (from && isAllThere) this.#context.recovered(from.at, this.#context.clock.now())
    this.#watch.goLive()
  }
}

function keptIn(text: string | null): Kept | null {
  return text === null ? null : (kept.safeParse(JSON.parse(text)).data ?? null)
}

function sentenceOf(path: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : null
  if (code === 'ENOENT') {
    return `There is no ${path}. Set \`log_dest file ${path}\` in mosquitto.conf, or correct the path. Picket goes on looking.`
  }
  if (code === 'EACCES') {
    return `Picket may not read ${path}: Mosquitto makes its log readable for itself alone. Give the folder a default access list: setfacl -d -m u:$USER:r FOLDER, and rotate the log once.`
  }
  return `${path} cannot be read: ${String(error)}. Picket goes on trying.`
}
