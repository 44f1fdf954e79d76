import type { Alarm } from '../contract/model/alarm.ts'

/** What a host must give the station. */
export interface Ports {
  clock: Clock
  log: Log
  /** Told of every alarm that starts or ends and is not suppressed. */
  notifier: Notifier
  /** Starts the station's own programs in processes of their own. */
  processes: ProcessHost
  secrets: Secrets
}

/** The station's only sense of time. Tests, replay and the demo give clocks of their own. */
export interface Clock {
  /** Epoch milliseconds. May jump when someone sets the machine's clock. */
  now(): number
  /** Milliseconds that only ever grow, at the same pace as `now` where nobody sets the clock. */
  monotonic(): number
  /** Runs once after so many milliseconds of this clock. Returns a function that cancels it. */
  after(delayMs: number, run: () => void): () => void
  /** Milliseconds of this clock in a real millisecond. */
  readonly speed: number
}

export interface Log {
  info(facts: object, sentence: string): void
  warn(facts: object, sentence: string): void
  error(facts: object, sentence: string): void
}

export interface Notifier {
  alarmChanged(alarm: Alarm): void
}

/** Where a host keeps passwords and keys. Only the station reads them. Each call throws SECRETS_UNAVAILABLE. */
export interface Secrets {
  set(name: string, value: string): Promise<void>
  /** Null where there is none of this name. */
  get(name: string): Promise<string | null>
  remove(name: string): Promise<void>
  /** How they are protected here, in a sentence for people. */
  describe(): string
}

/** The programs that run beside the station: `engine/entry.ts` and `ingest/embedded-broker-entry.ts`. */
export type Program = 'engine' | 'embedded-broker'

export interface ProcessHost {
  start(program: Program): ProgramProcess
}

/** A process at the other end of a message channel. Messages are structured clones. */
export interface ProgramProcess {
  post(message: unknown): void
  onMessage(receive: (message: unknown) => void): void
  /** Called once, whatever ended it. */
  onExit(ended: (reason: string) => void): void
  stop(): Promise<void>
}
