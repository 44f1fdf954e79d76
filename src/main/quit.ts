import { app, dialog, powerMonitor, type BrowserWindow } from 'electron'

interface QuitOptions {
  /** True while ending would stop a watch. */
  isWatching: () => boolean
  window: () => BrowserWindow | null
  /** Stops everything. */
  stop: () => Promise<void>
}

/** A station that does not stop by itself is left: everything that was acknowledged is on disk. Milliseconds. */
const longestStopMs = 10_000

/** Ends the app: asks first where that stops the watch, unless the machine is shut down. */
export class Quit {
  readonly #options: QuitOptions
  #isAsking = false
  #isAgreed = false

  constructor(options: QuitOptions) {
    this.#options = options
  }

  get isAgreed(): boolean {
    return this.#isAgreed
  }

  listen(): void {
    powerMonitor.on('shutdown', () => (this.#isAgreed = true))
    app.on('before-quit', (event) => {
      event.preventDefault()
      if (!this.#isAsking) void this.#end()
    })
  }

  async #end(): Promise<void> {
    this.#isAsking = true
    this.#isAgreed ||= !this.#options.isWatching() || (await this.#ask())
    this.#isAsking = this.#isAgreed
    if (!this.#isAgreed) return
    setTimeout(() => app.exit(1), longestStopMs).unref()
    await this.#options.stop()
    app.exit(0)
  }

  async #ask(): Promise<boolean> {
    const question = {
      type: 'warning' as const,
      message: 'Stop watching?',
      detail:
        'While Picket does not run it sees nothing and alarms nobody. Closing the window instead leaves it watching in the tray.',
      buttons: ['Keep watching', 'Quit'],
      defaultId: 0,
      cancelId: 0,
    }
    const window = this.#options.window()
    const { response } = await (window
      ? dialog.showMessageBox(window, question)
      : dialog.showMessageBox(question))
    return response === 1
  }
}
