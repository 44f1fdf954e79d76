import type { Alarm } from '../contract/model/alarm.ts'

/** What a host must give the station. */
export interface Ports {
  clock: Clock
  log: Log
  /** Told of every alarm that starts or ends and is not suppressed. */
  notifier: Notifier
  /** Starts a process that runs `engine/entry.ts`. */
  engines: EngineHost
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

export interface EngineHost {
  start(): EngineProcess
}

/** A process at the other end of a message channel. Messages are structured clones. */
export interface EngineProcess {
  post(message: unknown): void
  onMessage(receive: (message: unknown) => void): void
  /** Called once, whatever ended it. */
  onExit(ended: (reason: string) => void): void
  stop(): Promise<void>
}
