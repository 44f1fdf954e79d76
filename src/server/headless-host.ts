import type { Clock, DemoFeature, Log, Notifier } from '../station/ports.ts'
import { Station } from '../station/station.ts'
import { childProcesses } from './child-process.ts'
import { headlessFeatures } from './headless-features.ts'
import { removeConnection, writeConnection } from './holder-file.ts'
import { PageServer } from './page.ts'
import { createSessions, type Sessions } from './session.ts'
import { createSecretsFile } from '../station/host/secrets-file.ts'
import type { SiteSettings } from './settings-file.ts'

interface HostOptions {
  settings: SiteSettings
  clock: Clock
  log: Log
  notifier: Notifier
  /** Who holds the data folder, for the sentence another station is refused with. */
  holder: string
  /** Starts the simulated fleet from the page, where this host can. */
  demo?: DemoFeature
}

/** A station without a window, with its page on a local address. */
export class HeadlessHost {
  readonly station: Station
  readonly #settings: SiteSettings
  readonly #sessions: Sessions = createSessions()
  readonly #page: PageServer
  readonly #log: Log
  #url = ''

  constructor({ settings, clock, log, notifier, holder, demo }: HostOptions) {
    const { page, ...stationSettings } = settings
    this.#settings = settings
    this.#log = log
    this.station = new Station(
      {
        clock,
        log,
        notifier,
        processes: childProcesses,
        secrets: createSecretsFile(settings.data),
        host: headlessFeatures({ demo: demo ?? null, listeners: () => this.#page.listeners() }),
      },
      stationSettings,
      holder,
    )
    this.#page = new PageServer(this.station, this.#sessions, {
      host: page.address,
      port: page.port,
    })
  }

  /** Throws a StationError where another station holds the folder or the port is taken. */
  async start(): Promise<void> {
    await this.station.start()
    try {
      this.#url = await this.#page.start()
    } catch (error) {
      await this.station.stop()
      throw error
    }
    await this.#leaveWord()
  }

  async stop(): Promise<void> {
    await this.#page.stop()
    await this.station.stop()
    await removeConnection(this.#settings.data)
  }

  /** Lets the CLI find the station; one whose folder cannot be written to has its page alone. */
  async #leaveWord(): Promise<void> {
    const { cliKey } = this.#sessions
    try {
      await writeConnection(this.#settings.data, { url: this.#url, cliKey, pid: process.pid })
    } catch (error) {
      this.#log.warn({ error: String(error) }, 'Commands cannot reach this station')
    }
  }

  /** A link to the page that signs in once. */
  signInLink(): string {
    return this.#page.signInLink()
  }
}
