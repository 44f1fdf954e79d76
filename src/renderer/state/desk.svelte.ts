import { createContext } from 'svelte'
import type { StationClient } from '../../contract/contract.ts'
import type { StationEvent } from '../../contract/model/event.ts'
import type { SystemStatus } from '../../contract/model/status.ts'
import { follow } from '../station/follow.ts'
import type { Link, LinkOpener } from '../station/link.ts'
import { stayConnected } from '../station/stay-connected.ts'
import { createStationClock, type StationClock } from './clock.svelte.ts'
import { applyAlarm, emptyInbox, replaceAlarms, takeIn, type Inbox } from './inbox.ts'
import { createPreferences, type Preferences } from './preferences.svelte.ts'
import { createRouter, type Router } from './router.svelte.ts'

export type Connection =
  { kind: 'connecting' | 'open' | 'signed-out' } | { kind: 'lost'; lostAt: number }

/** Everything the parts of the page share. */
export interface Desk {
  readonly connection: Connection
  /** Absent until the first link; afterwards the last one, though it may be lost. */
  readonly client: StationClient | undefined
  readonly status: SystemStatus | undefined
  readonly inbox: Inbox
  /** Why the active alarms could not be read, or nothing. */
  readonly inboxFailure: string | undefined
  readonly isInboxRead: boolean
  /** All active alarms when they were read; more than the inbox holds when there are very many. */
  readonly inboxTotal: number
  /** Grows each time that everything must be read anew. */
  readonly edition: number
  /** Start of the slot closed last. */
  readonly closedSlotAt: number | undefined
  /** How many alarms have ended since the page was opened. */
  readonly endedAlarms: number
  /** How often the station's settings have changed since the page was opened. */
  readonly settingsChanges: number
  /** How often an isolation has changed since the page was opened. */
  readonly isolationChanges: number
  takeInWaiting: () => void
  readonly clock: StationClock
  readonly preferences: Preferences
  readonly router: Router
  /** Where the crosshair of all charts stands, epoch ms. */
  crosshairAt: number | undefined
}

export const [getDesk, setDesk] = createContext<Desk>()

/** The most alarms that the page holds of one list. */
export const mostAlarms = 1000

/** Makes the desk and keeps it connected for as long as the page lives. */
export function createDesk(open: LinkOpener): Desk {
  const desk = new LiveDesk()
  void stayConnected(open, desk, new AbortController().signal)
  return desk
}

class LiveDesk implements Desk {
  connection = $state.raw<Connection>({ kind: 'connecting' })
  client = $state.raw<StationClient>()
  status = $state.raw<SystemStatus>()
  inbox = $state.raw(emptyInbox)
  inboxFailure = $state<string>()
  isInboxRead = $state(false)
  inboxTotal = $state(0)
  edition = $state(0)
  closedSlotAt = $state<number>()
  endedAlarms = $state(0)
  settingsChanges = $state(0)
  isolationChanges = $state(0)
  crosshairAt = $state<number>()
  readonly clock = createStationClock()
  readonly preferences = createPreferences()
  readonly router = createRouter()

  use = async (link: Link): Promise<void> => {
    await follow(link.client, {
      take: (event) => this.#take(event),
      readAnew: () => void this.#readAnew(link.client),
    })
  }

  lost = (): void => {
    if (this.connection.kind === 'lost') return
    // Before the first link there is no station time, and nothing to lose: still the banner must come.
    this.connection = { kind: 'lost', lostAt: this.clock.now }
  }

  signedOut = (): void => {
    this.connection = { kind: 'signed-out' }
  }

  takeInWaiting = (): void => {
    this.inbox = takeIn(this.inbox)
  }

  #take(event: StationEvent): void {
    if (event.kind === 'status') this.#setStatus(event.status)
    if (event.kind === 'settings') this.settingsChanges += 1
    if (event.kind === 'isolation') this.isolationChanges += 1
    if (event.kind === 'slot-closed') this.closedSlotAt = event.slotStartAt
    if (event.kind === 'alarm') {
      this.inbox = applyAlarm(this.inbox, event.alarm)
      if (event.alarm.state !== 'in-alarm') this.endedAlarms += 1
    }
  }

  async #readAnew(client: StationClient): Promise<void> {
    this.client = client
    this.connection = { kind: 'open' }
    this.edition += 1
    await Promise.all([this.#readStatus(client), this.#readInbox(client)])
  }

  async #readStatus(client: StationClient): Promise<void> {
    // A failure here means a lost link, which is noticed and shown where the link is kept.
    const status = await client.system.status().catch(() => undefined)
    if (status && this.client === client) this.#setStatus(status)
  }

  async #readInbox(client: StationClient): Promise<void> {
    try {
      const { alarms, total } = await client.alarms.active({
        includeSuppressed: true,
        limit: mostAlarms,
      })
      if (this.client !== client) return
      this.inbox = replaceAlarms(this.inbox, alarms)
      this.inboxFailure = undefined
      this.inboxTotal = total
      this.isInboxRead = true
    } catch (error) {
      this.inboxFailure = sentenceOf(error)
    }
  }

  #setStatus(status: SystemStatus): void {
    this.status = status
    this.clock.set(status.now, status.clockSpeed)
  }
}

/** What an error says to a person. */
export function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : 'The station did not say what failed.'
}
