import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { app, dialog } from 'electron'
import { machineClock } from '../station/host/machine-clock.ts'
import { createSealedSecrets } from '../station/host/secrets-file.ts'
import type { Clock, Log } from '../station/ports.ts'
import type { StationSettings } from '../station/settings.ts'
import { Station } from '../station/station.ts'
import type { StartRequest } from '../station/host/start-request.ts'
import { prepareDemo } from '../demo/demo-station.ts'
import { desktopFeatures } from './features.ts'
import { keychainSeal } from './keychain.ts'
import { DesktopNotifier } from './notifications.ts'
import { PagePort } from './page-port.ts'
import { servePage } from './page-protocol.ts'
import { openPageSession } from './page-session.ts'
import { watchPower } from './power.ts'
import { createUtilityProcesses } from './processes.ts'
import { Quit } from './quit.ts'
import { alarmPlace } from '../station/notify/alarm-words.ts'
import { TrayFollower } from '../station/notify/tray-follower.ts'
import { StationTray } from './tray.ts'
import { PageWindow } from './window.ts'

interface HostOptions {
  settings: StationSettings
  log: Log
  /** Where the build is: `out`. */
  built: string
  desktopName: string
}

/** The desktop app: a station, its window, its tray, its notifications. */
export class DesktopHost {
  readonly #log: Log
  readonly #desktopName: string
  readonly #processes: ReturnType<typeof createUtilityProcesses>
  readonly #window: PageWindow
  readonly #port: PagePort
  readonly #tray: StationTray
  readonly #quit: Quit
  #station: Station
  #follower: TrayFollower
  #stopDemo: () => Promise<void> = async () => undefined

  constructor({ settings, log, built, desktopName }: HostOptions) {
    this.#log = log
    this.#desktopName = desktopName
    this.#processes = createUtilityProcesses(join(built, 'main'), log)
    const session = openPageSession()
    servePage(session.protocol, join(built, 'renderer'))
    this.#window = new PageWindow({
      session,
      log,
      preload: join(built, 'preload/index.cjs'),
      icon: join(built, 'main/tray/app.png'),
      hasDevTools: !app.isPackaged,
      mayClose: () => this.#mayClose(),
    })
    this.#port = new PagePort({
      log,
      router: () => this.#station.router,
      isOurs: (contents) => this.#window.isOurs(contents),
    })
    this.#tray = new StationTray(join(built, 'main/tray'), {
      open: (place) => this.#window.show(place),
      pause: (until) => void this.#follower.pause(until),
      quit: () => app.quit(),
    })
    this.#quit = new Quit({
      isWatching: () => this.#station.status().sources.length > 0,
      window: () => this.#window.get(),
      stop: () => this.#stop(),
    })
    this.#station = this.#createStation(settings, machineClock)
    this.#follower = this.#follow(this.#station)
  }

  /** Throws DATA_FOLDER_HELD. A store that cannot be used is a state that the page shows. */
  async start(): Promise<void> {
    await this.#station.start()
    await this.#follower.start()
    this.#port.listen()
    this.#quit.listen()
    watchPower(() => this.#station)
    app.on('activate', () => this.#window.show())
    // The station watches on without a window.
    app.on('window-all-closed', () => undefined)
  }

  /** Does what a start asked for, this one's or a second one's. */
  take({ isHidden, alarmId }: StartRequest): void {
    if (alarmId !== null) this.#window.show(alarmPlace(alarmId))
    else if (!isHidden) this.#window.show()
  }

  #createStation(settings: StationSettings, clock: Clock): Station {
    const notifier = new DesktopNotifier({
      clock,
      rules: () => this.#station.preferences(),
      open: (place) => this.#window.show(place),
    })
    const demo = { start: () => this.#startDemo() }
    const host = desktopFeatures({ notifications: notifier, demo, desktopName: this.#desktopName })
    const secrets = createSealedSecrets(join(settings.data, 'secrets.sealed.json'), keychainSeal)
    const ports = { clock, notifier, secrets, host, log: this.#log, processes: this.#processes }
    return new Station(ports, settings, 'the Picket desktop app')
  }

  /** The page loses its port, asks for another, and is on the demo's station. */
  async #startDemo(): Promise<null> {
    const demo = await prepareDemo(join(app.getPath('userData'), 'demo-data'))
    const real = this.#station
    this.#follower.stop()
    this.#station = this.#createStation(demo.settings, demo.clock)
    await this.#station.start()
    this.#follower = this.#follow(this.#station)
    await this.#follower.start()
    this.#stopDemo = demo.stop
    void demo.play(this.#station, this.#log)
    setImmediate(() => {
      this.#port.close()
      void real.stop()
    })
    return null
  }

  #follow(station: Station): TrayFollower {
    return new TrayFollower(station, (picture) => this.#tray.show(picture))
  }

  #mayClose(): boolean {
    if (!this.#quit.isAgreed) void this.#hideInTray()
    return this.#quit.isAgreed
  }

  /** Says so the first time: a window that is gone looks like a program that is. */
  async #hideInTray(): Promise<void> {
    const told = join(app.getPath('userData'), 'told-of-tray')
    const window = this.#window.get()
    if (window && !existsSync(told)) {
      writeFileSync(told, '')
      await dialog.showMessageBox(window, {
        type: 'info',
        message: 'Picket goes on watching',
        detail:
          'Its icon is in the tray; where this desktop has no tray, start Picket again to see it. To stop watching, choose Quit in its menu.',
      })
    }
    this.#window.hide()
  }

  async #stop(): Promise<void> {
    this.#follower.stop()
    this.#port.close()
    await this.#stopDemo()
    await this.#station.stop()
    this.#tray.destroy()
  }
}
