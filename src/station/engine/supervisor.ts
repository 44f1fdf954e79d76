import type { EngineStatus } from '../../contract/model/status.ts'
import type { Clock, Log, ProcessHost, Program, ProgramProcess } from '../ports.ts'

const firstDelayMs = 100
const longestDelayMs = 30_000

/** Running this long, real time, forgives all crashes before. */
const provenMs = 60_000

const beatMs = 5_000
const missedBeatsAllowed = 3

/** What a supervised engine needs from the station and tells it. */
export interface Supervision {
  host: ProcessHost
  program: Program
  clock: Clock
  log: Log
  /** Whose engine it is, as it starts a sentence: "The detection engine". */
  role: string
  /** Asks for a sign of life; the answer is handed to `EngineSupervisor.alive`. */
  ping(): void
  /** The engine is at work that keeps it from answering. */
  isBusy(): boolean
  receive(message: unknown): void
  /** The process is gone, for this reason. */
  lost(sentence: string): void
  changed(status: EngineStatus): void
}

/**
 * Keeps one engine process alive: starts it again after a crash, waiting longer each time, and replaces one
 * that no longer answers. All times are real time whatever the pace of the clock.
 */
export class EngineSupervisor {
  readonly #options: Supervision
  #process: ProgramProcess | null = null
  #status: EngineStatus
  #delayMs = firstDelayMs
  #upSince: number | null = null
  #missedBeats = 0
  #isAwaitingBeat = false
  #cancelTimer: () => void = () => undefined

  constructor(options: Supervision) {
    this.#options = options
    const sentence = `${options.role} was not started.`
    this.#status = { state: 'down', since: options.clock.now(), restarts: 0, sentence }
  }

  start(): void {
    if (this.#process) return
    this.#enter('starting', `${this.#options.role} is starting.`)
    try {
      this.#attach(this.#options.host.start(this.#options.program))
    } catch (error) {
      this.#restartLater(`could not be started: ${sentenceOf(error)}`)
    }
  }

  async stop(): Promise<void> {
    const process = this.#detach()
    this.#options.lost(`${this.#options.role} was stopped.`)
    this.#enter('down', `${this.#options.role} was stopped.`)
    await process?.stop()
  }

  status(): EngineStatus {
    return { ...this.#status }
  }

  /** Returns false where there is no process to post to. */
  post(message: unknown): boolean {
    this.#process?.post(message)
    return this.#process !== null
  }

  /** The process answered a ping. */
  alive(): void {
    this.#isAwaitingBeat = false
    this.#missedBeats = 0
    if (this.#status.state !== 'starting') return
    this.#upSince = this.#options.clock.monotonic()
    this.#enter('up', `${this.#options.role} is running.`)
  }

  /** The process cannot do its work: it is ended, and started again later. `cause` goes on after the role. */
  replace(cause: string): void {
    this.#process?.stop().catch((error: unknown) => {
      this.#options.log.error({ error: sentenceOf(error) }, 'A process could not be ended.')
    })
    this.#restartLater(cause)
  }

  #attach(process: ProgramProcess): void {
    this.#process = process
    this.#missedBeats = 0
    process.onMessage((message) => {
      if (this.#process === process) this.#options.receive(message)
    })
    process.onExit((reason) => {
      if (this.#process === process) this.#restartLater(`stopped by itself: ${reason}`)
    })
    this.#beat()
  }

  #beat(): void {
    this.#isAwaitingBeat = true
    this.#options.ping()
    this.#after(beatMs, () => this.#listen())
  }

  #listen(): void {
    const isMissed = this.#isAwaitingBeat && !this.#options.isBusy()
    this.#missedBeats = isMissed ? this.#missedBeats + 1 : 0
    if (this.#missedBeats < missedBeatsAllowed) return this.#beat()
    this.replace('did not answer')
  }

  #restartLater(cause: string): void {
    const { role, log, lost } = this.#options
    this.#detach()
    const delayMs = this.#nextDelay()
    const sentence = `${role} ${cause}. It is started again in ${delayMs / 1000} s.`
    log.warn({ delayMs, restarts: this.#status.restarts + 1 }, sentence)
    lost(sentence)
    this.#enter('down', sentence)
    this.#after(delayMs, () => {
      this.#status = { ...this.#status, restarts: this.#status.restarts + 1 }
      this.start()
    })
  }

  #nextDelay(): number {
    const { clock } = this.#options
    const upMs = this.#upSince === null ? 0 : (clock.monotonic() - this.#upSince) / clock.speed
    if (upMs >= provenMs) this.#delayMs = firstDelayMs
    this.#upSince = null
    const delayMs = this.#delayMs
    this.#delayMs = Math.min(2 * delayMs, longestDelayMs)
    return delayMs
  }

  /** Forgets the process and whatever was planned for it. */
  #detach(): ProgramProcess | null {
    const process = this.#process
    this.#process = null
    this.#cancelTimer()
    return process
  }

  #after(realMs: number, run: () => void): void {
    this.#cancelTimer()
    this.#cancelTimer = this.#options.clock.after(realMs * this.#options.clock.speed, run)
  }

  #enter(state: EngineStatus['state'], sentence: string): void {
    const { clock, changed } = this.#options
    this.#status = { ...this.#status, state, since: clock.now(), sentence }
    changed(this.status())
  }
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
