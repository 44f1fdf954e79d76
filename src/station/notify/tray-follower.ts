import { createRouterClient } from '@orpc/server'
import type { Alarm } from '../../contract/model/alarm.ts'
import type { StationEvent } from '../../contract/model/event.ts'
import type { Station } from '../station.ts'
import { nextMorning } from '../../contract/words/morning.ts'
import { trayState, type TrayState } from './tray-state.ts'

/** What a tray shows. */
export interface TrayPicture {
  state: TrayState
  /** Active alarms, the newest first. */
  alarms: readonly Alarm[]
  count: number
  isPaused: boolean
}

/** How long notifications are paused. */
export type Pause = 'hour' | 'morning' | 'none'

const hourMs = 3_600_000

/** The newest are looked for among so many. */
const alarmsRead = 200

/** Has a tray show what a station says of itself, for as long as it is followed. */
export class TrayFollower {
  readonly #show: (picture: TrayPicture) => void
  readonly #station: Station
  readonly #end = new AbortController()
  #alarms: readonly Alarm[] = []

  constructor(station: Station, show: (picture: TrayPicture) => void) {
    this.#show = show
    this.#station = station
  }

  async start(): Promise<void> {
    const { signal } = this.#end
    const events = await this.#client().events.watch({}, { signal })
    await this.#readAlarms()
    this.#draw()
    void this.#follow(events)
  }

  stop(): void {
    this.#end.abort()
  }

  async pause(until: Pause): Promise<void> {
    const now = this.#station.status().now
    const ends = { hour: now + hourMs, morning: nextMorning(now), none: null }
    await this.#client().settings.change({ pausedUntil: ends[until] })
    this.#draw()
  }

  async #follow(events: AsyncIterable<StationEvent>): Promise<void> {
    for await (const { kind } of events) {
      if (kind === 'alarm' || kind === 'resync') await this.#readAlarms()
      this.#draw()
    }
  }

  /** A store that cannot be read has no alarms to show; the state says why. */
  async #readAlarms(): Promise<void> {
    const page = { limit: alarmsRead }
    const { alarms } = await this.#client()
      .alarms.active(page)
      .catch(() => ({ alarms: [] }))
    this.#alarms = alarms.toSorted((a, b) => b.startedAt - a.startedAt)
  }

  #draw(): void {
    const status = this.#station.status()
    const { pausedUntil } = this.#station.preferences()
    this.#show({
      state: trayState(status),
      alarms: this.#alarms,
      count: status.alarms.active,
      isPaused: pausedUntil !== null && pausedUntil > status.now,
    })
  }

  #client() {
    return createRouterClient(this.#station.router)
  }
}
