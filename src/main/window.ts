import { BrowserWindow, nativeTheme, type Session, type WebContents } from 'electron'
import type { Log } from '../station/ports.ts'
import { pageAddress } from './page-protocol.ts'

interface PageWindowOptions {
  session: Session
  preload: string
  icon: string
  hasDevTools: boolean
  log: Log
  /** Asked when the window is to close; false keeps it. */
  mayClose: () => boolean
}

/** The page's ground, so that nothing flashes before it is there. */
const grounds = { dark: '#0e1217', light: '#f1f3f6' }

/** The one window. It is made when it is first to be seen, and hidden rather than closed. */
export class PageWindow {
  readonly #options: PageWindowOptions
  #window: BrowserWindow | null = null

  constructor(options: PageWindowOptions) {
    this.#options = options
  }

  isOurs(contents: WebContents): boolean {
    return this.#window?.webContents === contents
  }

  get(): BrowserWindow | null {
    return this.#window
  }

  /** Shows the window, at a place of the page where one is given. */
  show(place = ''): void {
    const window = this.#window
    if (!window) return this.#create(place)
    if (place !== '') this.#load(window, place)
    if (window.isMinimized()) window.restore()
    window.show()
    window.focus()
  }

  hide(): void {
    this.#window?.hide()
  }

  #create(place: string): void {
    const { mayClose, log } = this.#options
    const window = new BrowserWindow(this.#windowOptions())
    this.#window = window
    window.once('ready-to-show', () => window.show())
    window.on('close', (event) => {
      if (!mayClose()) event.preventDefault()
    })
    window.on('closed', () => (this.#window = null))
    window.webContents.on('render-process-gone', (_event, details) => {
      log.error(details, 'The page crashed and is opened again')
      this.#load(window, '')
    })
    this.#load(window, place)
  }

  /** Another load, or the page itself, may come between: then that one is what is seen. */
  #load(window: BrowserWindow, place: string): void {
    window.loadURL(pageAddress(place)).catch((error: unknown) => {
      this.#options.log.warn({ error: String(error) }, 'The page was not loaded')
    })
  }

  #windowOptions() {
    const { session, preload, icon, hasDevTools } = this.#options
    return {
      width: 1280,
      height: 800,
      minWidth: 640,
      minHeight: 480,
      show: false,
      autoHideMenuBar: true,
      backgroundColor: nativeTheme.shouldUseDarkColors ? grounds.dark : grounds.light,
      icon,
      // SECURITY: the page is a sandboxed web page with nothing of Node or Electron in it.
      webPreferences: {
        preload,
        session,
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        webviewTag: false,
        webSecurity: true,
        devTools: hasDevTools,
        spellcheck: false,
        navigateOnDragDrop: false,
        disableBlinkFeatures: 'Auxclick',
      },
    }
  }
}
