import type { Alarm } from '../contract/model/alarm.ts'
import type { DeviceId } from '../contract/model/device.ts'
import type { HostKind } from '../contract/model/host.ts'

/** What a host must give the station. */
export interface Ports {
  clock: Clock
  log: Log
  /** Told of every alarm that starts or ends and is not suppressed. */
  notifier: Notifier
  /** Starts the station's own programs in processes of their own. */
  processes: ProcessHost
  secrets: Secrets
  host: HostFeatures
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
  /** Told when a device is taken off the network or put back, and when that is not as it should be. */
  quarantineChanged(notice: QuarantineNotice): void
}

export interface QuarantineNotice {
  deviceId: DeviceId
  /** Somebody must do something: it is NOT isolated, or did not come back. */
  isUrgent: boolean
  /** `pump-7 is NOT isolated: 3 messages got through.` Hostile names in it: show it inert. */
  sentence: string
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
  /** The operating system's number of the process; null before it runs and where it has none. */
  pid(): number | null
  post(message: unknown): void
  onMessage(receive: (message: unknown) => void): void
  /** Called once, whatever ended it. */
  onExit(ended: (reason: string) => void): void
  stop(): Promise<void>
}

/** What a host offers beside watching. Null where it does not offer it: the page then says so in words. */
export interface HostFeatures {
  readonly kind: HostKind
  readonly startAtLogin: StartAtLogin | null
  readonly notifications: Notifications | null
  readonly demo: DemoFeature | null
  /** What the host itself listens on: the page's address. Its other processes are found by the station. */
  listeners(): HostListener[]
  /** What it runs on beside Node: Electron, Chromium. */
  versions(): { name: string; version: string }[]
}

export interface StartAtLogin {
  get(): Promise<boolean>
  /** Throws HOST_REFUSED with the operating system's reason. */
  set(isOn: boolean): Promise<void>
}

/** How people at this machine are told of alarms. What they want to be told of: `Station.preferences`. */
export interface Notifications {
  /** How they are shown here, in a sentence. */
  describe(): string
  /** Shows one now. Resolves with what should be seen, in a sentence. Throws HOST_REFUSED. */
  test(): Promise<string>
}

export interface DemoFeature {
  /**
   * Starts the simulated fleet with a station of its own, in a data folder of its own. Resolves with a link to its
   * page, or null where this page changes over to it by itself. Throws HOST_REFUSED.
   */
  start(): Promise<string | null>
}

/** A port that the host keeps open, and who is connected there. */
export interface HostListener {
  /** What it is for, in a few words: `This page`. */
  name: string
  /** `127.0.0.1:8470`. */
  address: string
  peers: number
}
