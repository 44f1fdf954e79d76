import { StationError } from '../contract/errors.ts'
import { usualPreferences, type Preferences } from '../contract/model/settings.ts'
import type { SystemStatus } from '../contract/model/status.ts'
import { createAnnouncer } from './announcer.ts'
import type { Core } from './core.ts'
import { createRouter, type StationRouter } from './handlers/router.ts'
import type { History } from './history.ts'
import { checkAutomatic } from './mitigation/automatic-quarantine.ts'
import { openCore } from './open-core.ts'
import type { Ports } from './ports.ts'
import type { StationSettings } from './settings.ts'
import { statusWithoutStore, systemStatus } from './status.ts'
import { storeErrorOf } from './store/store-error.ts'
import { createTraining, train } from './training.ts'
import { Watch } from './watch.ts'

/** The whole product without a window. */
export class Station {
  /** Every call of the contract; a host puts it behind its transport. */
  readonly router: StationRouter
  readonly #ports: Ports
  readonly #settings: StationSettings
  readonly #holder: string
  readonly #training = createTraining()
  readonly #announcer = createAnnouncer()
  #running: { core: Core; watch: Watch } | null = null
  #trouble = new StationError('STORE_UNAVAILABLE', 'The station is not running.')

  /** `holder` tells another station who has the data folder: `picket serve`. Throws SETTINGS_INVALID. */
  constructor(ports: Ports, settings: StationSettings, holder: string) {
    checkAutomatic(settings)
    this.#ports = ports
    this.#settings = settings
    this.#holder = holder
    this.router = createRouter({
      core: () => this.#parts().core,
      status: () => this.status(),
      roster: () => this.#parts().watch.roster,
      quarantine: () => this.#parts().watch.mitigation.desk,
      tasks: () => this.#parts().watch.mitigation.tasks,
      host: ports.host,
      training: this.#training,
      announcer: this.#announcer,
      log: ports.log,
    })
  }

  /** Starts to watch. A store that cannot be used is a state that the page shows, not an exception. */
  async start(): Promise<void> {
    try {
      const core = openCore(this.#ports, this.#settings, {
        holder: this.#holder,
        announcer: this.#announcer,
      })
      this.#running = { core, watch: new Watch(core, this.#training) }
    } catch (error) {
      this.#trouble = unusable(error)
      this.#ports.log.error({ code: this.#trouble.code }, this.#trouble.message)
      return
    }
    await this.#running.watch.start()
  }

  async stop(): Promise<void> {
    await this.#running?.watch.stop()
    this.#running?.core.store.close()
    this.#running = null
  }

  status(): SystemStatus {
    if (this.#running) return systemStatus(this.#running.core, this.#running.watch.facts)
    return statusWithoutStore({
      ports: this.#ports,
      settings: this.#settings,
      training: this.#training,
      trouble: this.#trouble,
    })
  }

  /** What people want to be told of. Changes are announced as `settings`. */
  preferences(): Preferences {
    return this.#running?.core.preferences ?? usualPreferences
  }

  /** The host says that the machine is about to sleep. */
  fallAsleep(): void {
    this.#running?.watch.fallAsleep()
  }

  /** The host says that the machine is awake again. */
  wakeUp(): void {
    this.#running?.watch.wakeUp()
  }

  /** Takes measured history through the same pipeline as live data, which waits for it. */
  importHistory(history: History): Promise<void> {
    return this.#parts().watch.importHistory(history)
  }

  /** Learns now rather than when it is due. */
  trainNow(): Promise<void> {
    return train(this.#parts().core, this.#training)
  }

  #parts() {
    if (!this.#running) throw this.#trouble
    return this.#running
  }
}

/** Why the store cannot be used. A folder that another station holds, and a bug, are thrown on. */
function unusable(error: unknown): StationError {
  const known = storeErrorOf(error)
  if (!known || known.code === 'DATA_FOLDER_HELD') throw error
  return known
}
