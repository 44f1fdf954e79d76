import { ipcMain, MessageChannelMain, type IpcMainEvent, type WebContents } from 'electron'
import type { StationRouter } from '../station/handlers/router.ts'
import { serveOnPort } from '../station/message-port.ts'
import type { Log } from '../station/ports.ts'
import { pageOrigin } from './page-protocol.ts'

/** What the page's way to the station needs. */
interface PagePortOptions {
  router: () => StationRouter
  /** True for the contents of our window. */
  isOurs: (contents: WebContents) => boolean
  log: Log
}

/** Gives the page its way to the station: one port at a time, for the one message that the main process takes. */
export class PagePort {
  readonly #options: PagePortOptions
  #close: () => void = () => undefined

  constructor(options: PagePortOptions) {
    this.#options = options
  }

  listen(): void {
    ipcMain.on('hello', (event) => this.#answer(event))
  }

  /** Ends the port there is; the page asks for another. */
  close(): void {
    this.#close()
    this.#close = () => undefined
  }

  #answer({ senderFrame, sender }: IpcMainEvent): void {
    const { router, isOurs, log } = this.#options
    // SECURITY: our window, its topmost frame, our origin. The frame is null once it has gone elsewhere.
    const isPage = senderFrame?.parent === null && senderFrame.origin === pageOrigin
    if (!isPage || !isOurs(sender)) {
      log.warn({ origin: senderFrame?.origin ?? null }, 'A stranger asked for the station')
      return
    }
    this.close()
    const { port1, port2 } = new MessageChannelMain()
    this.#close = serveOnPort(router(), port1)
    senderFrame.postMessage('port', null, [port2])
  }
}
