import type { Page } from 'playwright-core'
import type { DesktopActs, DesktopRecord } from './shapes.ts'

/** The desktop app under test, whoever runs it. */
export interface Desktop {
  /** The page of its window; waits for one. */
  page(): Promise<Page>
  /** Errors on its console, broken policies, requests to elsewhere, as sentences. */
  faults(): string[]
  /** Addresses outside the app that the page asked for, whatever became of it. */
  elsewhere(): string[]
  /** What it said when it could not start. */
  errors(): readonly string[]
  record(): Promise<DesktopRecord>
  act: <Name extends keyof DesktopActs>(
    name: Name,
    ...given: DesktopActs[Name] extends undefined ? [] : [DesktopActs[Name]]
  ) => Promise<unknown>
  reload(): Promise<void>
  /** The operating system's number of its main process. */
  readonly pid: number
  /** Resolves with its exit code when it has ended by itself. */
  readonly ended: Promise<number | null>
  /** Ends it without a question. */
  end(): Promise<void>
}

export interface StartOptions {
  /** The person's home; the app's data lie in it. */
  home: string
  args?: string[]
  /** Another system than this one, as far as the app can tell. Stand-in only. */
  platform?: string
  isPackaged?: boolean
  /** How far the app's clock is ahead of this machine's. */
  clockAheadMs?: number
  keychain?: { isAvailable?: boolean; key?: number; backend?: string }
}
