import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { stdin } from 'node:process'
import type { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import type { DataLoser } from '../../contract/model/quarantine.ts'
import type { Sample } from '../datapoint.ts'
import type { MosquittoLogSettings } from '../settings.ts'
import { createLineCutter, endChunks, takeChunk } from './mosquitto-chunks.ts'
import { LogWatch } from './mosquitto-log-watch.ts'
import type { DeviceSeen, Source, SourceContext, SourceFacts } from './source.ts'

/** Real milliseconds. */
const firstRetryMs = 500
const longestRetryMs = 30_000
/** A reader that lived so long was well; the next retry need not wait longer than the first. */
const healthyMs = 60_000

/** Lines of the journal that are read at the start, to know who is connected. */
const pastLines = 200_000
const longestPastMs = 20_000

const keptWords = 500

/** The log as a stream of lines: from the journal, or from a forwarder on standard input. */
export class LogStream implements Source {
  readonly id: string
  readonly #unit: string | null
  readonly #input: Readable
  readonly #context: SourceContext
  readonly #watch: LogWatch
  readonly #stopping = new AbortController()
  #child: ChildProcess | null = null
  #loop: Promise<void> = Promise.resolve()

  /** Without a journal it reads `input`. */
  constructor(
    { journal }: Pick<MosquittoLogSettings, 'journal'>,
    context: SourceContext,
    input: Readable = stdin,
  ) {
    this.id = context.sourceId
    this.#unit = journal ?? null
    this.#input = input
    this.#context = context
    this.#watch = new LogWatch(context, this.#name())
  }

  async start(): Promise<void> {
    this.#context.changed('connecting', `Opening ${this.#name()}.`)
    if (this.#unit === null) {
      this.#loop = this.#readInput()
      return
    }
    await this.#readPast(this.#unit)
    this.#loop = this.#readJournal(this.#unit)
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#child?.kill()
    // A program that it started may hold the other end of its pipes.
    this.#child?.stdout?.destroy()
    this.#child?.stderr?.destroy()
    if (this.#unit === null) this.#input.destroy()
    await this.#loop
    this.#context.changed('stopped', 'Stopped with the station.')
  }

  drain(): Sample[] {
    return this.#watch.drain()
  }

  audience(device: DeviceSeen): Promise<DataLoser[] | null> {
    return Promise.resolve(this.#watch.audience(device))
  }

  facts(): SourceFacts {
    return {
      kind: 'mosquitto-log',
      address: this.#name(),
      messages: this.#watch.lines,
      lastMessageAt: this.#watch.lastLineAt,
      capabilities: this.#watch.capabilities(),
    }
  }

  #name(): string {
    return this.#unit === null ? 'standard input' : `the journal of ${this.#unit}`
  }

  async #readInput(): Promise<void> {
    this.#watch.goLive()
    await this.#read(this.#input).catch(() => null)
    if (this.#stopping.signal.aborted) return
    this.#watch.missedLines()
    this.#watch.setTrouble(
      'Standard input has ended: the program that forwards the log is gone. Start it and Picket again.',
    )
  }

  /** Who connected before Picket looked. That it cannot be read shows once the journal is followed. */
  async #readPast(unit: string): Promise<void> {
    this.#watch.begin('learning')
    const tooLate = setTimeout(() => this.#child?.kill(), longestPastMs)
    await this.#run(['--unit', unit, '--lines', String(pastLines)]).catch(() => null)
    clearTimeout(tooLate)
  }

  async #readJournal(unit: string): Promise<void> {
    let retryMs = firstRetryMs
    const { signal } = this.#stopping
    while (!signal.aborted) {
      const startedAt = performance.now()
      const ending = await this.#run(['--unit', unit, '--lines', '0', '--follow'], () =>
        this.#watch.goLive(),
      ).catch(String)
      if (signal.aborted) return
      const wasHealthy = performance.now() - startedAt > healthyMs
      retryMs = wasHealthy ? firstRetryMs : Math.min(2 * retryMs, longestRetryMs)
      this.#watch.missedLines()
      this.#watch.setTrouble(
        `journalctl ended (${ending}). Picket starts it again; it needs journalctl, and a user in the group systemd-journal.`,
      )
      await pause(retryMs, null, { signal }).catch(() => null)
    }
  }

  /** Runs journalctl to its end. Returns its last words. */
  async #run(choice: readonly string[], started: () => void = () => undefined): Promise<string> {
    const fixed = ['--output', 'cat', '--no-pager', '--quiet']
    const child = spawn('journalctl', [...choice, ...fixed], { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    let words = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(-keptWords)
    })
    await once(child, 'spawn')
    started()
    const closed = once(child, 'close')
    await this.#read(child.stdout)
    const [code] = await closed
    return words.trim() || `code ${String(code)}`
  }

  /** Reads no faster than lines are taken; the way between holds the rest back. */
  async #read(stream: Readable): Promise<void> {
    const cutter = createLineCutter()
    const ports = {
      line: (text: string) => this.#watch.take(text),
      tooLong: () => this.#watch.tooLong(),
    }
    for await (const chunk of stream) takeChunk(cutter, Buffer.from(chunk as Uint8Array), ports)
    endChunks(cutter, ports)
  }
}
