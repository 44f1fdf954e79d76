import { EventEmitter } from 'node:events'
import { readFileSync } from 'node:fs'
import type { BrowserWindow, IpcMain, WebContents, WebFrameMain } from 'electron'
import { app, assertReady, preventable } from './application.ts'
import { wire } from './main-end.ts'
import { handOver } from './ports.ts'
import type { StandInSession } from './sessions.ts'

export const windows = new Map<number, StandInWindow>()
let lastId = 0

export const ipcMain = new EventEmitter() satisfies Pick<IpcMain, 'listenerCount'>

type OpenHandler = Parameters<WebContents['setWindowOpenHandler']>[0]

class StandInContents extends EventEmitter implements Pick<WebContents, 'setWindowOpenHandler'> {
  readonly preferences: Electron.WebPreferences
  openHandler: OpenHandler | null = null

  constructor(preferences: Electron.WebPreferences) {
    super()
    this.preferences = preferences
  }

  setWindowOpenHandler(handler: OpenHandler): void {
    this.openHandler = handler
  }
}

type Used = 'loadURL' | 'show' | 'hide' | 'focus' | 'restore' | 'isMinimized' | 'isVisible'

export class StandInWindow extends EventEmitter implements Pick<BrowserWindow, Used> {
  readonly id = ++lastId
  readonly webContents: StandInContents
  readonly session: StandInSession
  timesFocused = 0
  #isVisible: boolean
  #isMinimized = false

  constructor({
    webPreferences = {},
    show = true,
    width,
    height,
  }: Electron.BrowserWindowConstructorOptions) {
    super()
    assertReady('BrowserWindow')
    this.session = webPreferences.session as unknown as StandInSession
    this.webContents = new StandInContents(webPreferences)
    this.#isVisible = show
    windows.set(this.id, this)
    app.emit('web-contents-created', preventable({}), this.webContents)
    const preload = readFileSync(String(webPreferences.preload), 'utf8')
    void wire.ask('window:create', { id: this.id, preload, width, height })
  }

  async loadURL(url: string): Promise<void> {
    await wire.ask('window:load', { id: this.id, url })
    if (windows.has(this.id)) this.emit('ready-to-show')
  }

  show(): void {
    this.#isVisible = true
    this.focus()
  }

  hide(): void {
    this.#isVisible = false
  }

  focus(): void {
    this.timesFocused += 1
  }

  minimize(): void {
    this.#isMinimized = true
  }

  restore(): void {
    this.#isMinimized = false
  }

  isMinimized(): boolean {
    return this.#isMinimized
  }

  isVisible(): boolean {
    return this.#isVisible
  }

  /** The person's close button. */
  close(): void {
    const event = preventable({})
    this.emit('close', event)
    if (event.defaultPrevented) return
    windows.delete(this.id)
    void wire.ask('window:close', { id: this.id })
    this.emit('closed')
  }
}

interface FrameFacts {
  origin: string
  isTop: boolean
}

function frameOf(window: StandInWindow, { origin, isTop }: FrameFacts): Partial<WebFrameMain> {
  return {
    origin,
    parent: isTop ? null : ({} as WebFrameMain),
    postMessage(channel, message, transfer = []) {
      const ports = transfer.map(handOver)
      void wire.ask('frame:post', { id: window.id, channel, message, ports })
    },
  }
}

/** A message from a page, or one that pretends to be. */
export function receiveIpc({
  window,
  frame,
  channel,
}: {
  window: StandInWindow
  frame: FrameFacts | null
  channel: string
}): void {
  const senderFrame = frame && frameOf(window, frame)
  ipcMain.emit(channel, { senderFrame, sender: window.webContents })
}

function windowOf(id: number): StandInWindow {
  const window = windows.get(id)
  if (!window) throw new Error('this window is gone')
  return window
}

wire.on('ipc', ({ id, channel, origin }: { id: number; channel: string; origin: string }) =>
  receiveIpc({ window: windowOf(id), frame: { origin, isTop: true }, channel }),
)

wire.on('request', async ({ id, url, method }: { id: number; url: string; method: string }) => {
  const answer = await windowOf(id).session.answer(url, method)
  if (!(answer instanceof Response)) return answer
  const body = Buffer.from(await answer.arrayBuffer())
  return { status: answer.status, headers: Object.fromEntries(answer.headers), body }
})

wire.on('navigation', ({ id, name, url }: { id: number; name: string; url: string }) => {
  const event = preventable({ url })
  windowOf(id).webContents.emit(name, event)
  return event.defaultPrevented
})

wire.on('window-open', ({ id, url }: { id: number; url: string }) => {
  const details = { url, frameName: '', features: '' } as Electron.HandlerDetails
  return windowOf(id).webContents.openHandler?.(details).action ?? 'allow'
})
