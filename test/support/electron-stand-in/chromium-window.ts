import type {
  Browser,
  BrowserContext,
  CDPSession,
  Frame,
  Page,
  Request,
  Route,
} from 'playwright-core'
import { watchForFaults } from '../page-visit.ts'
import { mainWorldScript, preloadScript, preloadWorld, tellBinding } from './isolated-world.ts'
import { createPreloadCoverage, type PreloadCoverage } from './preload-coverage.ts'
import type { Wire } from './wire.ts'

/** Chromium knows no schemes of an app's own, so the page lives at an address that leads nowhere. */
const host = 'station.app.test'
const toChromium = (url: string) => url.replace('app://station', `https://${host}`)
const toApp = (url: string) => url.replace(`https://${host}`, 'app://station')

/** What the preload's world tells. */
type Told =
  | { kind: 'ipc'; channel: string; origin: string }
  | { kind: 'port'; id: number; data: Encoded }
  | { kind: 'port-closed'; id: number }

interface Encoded {
  text?: string
  base64?: string
}

interface WindowOptions {
  id: number
  preload: string
  width: number
  height: number
}

/** A window of the app as a page of Chromium's. */
export interface ChromiumWindow {
  readonly page: Page
  /** Errors, broken policies. */
  readonly faults: string[]
  /** Addresses that were asked for outside the app, whatever became of it. */
  readonly elsewhere: string[]
  load(url: string): Promise<void>
  reload(): Promise<void>
  receive(kind: 'post' | 'port' | 'close', message: object): Promise<void>
  close(): Promise<void>
}

export async function openChromiumWindow(
  browser: Browser,
  wire: Wire,
  options: WindowOptions,
): Promise<ChromiumWindow> {
  const { width, height } = options
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: 'dark',
    reducedMotion: 'reduce',
    timezoneId: 'UTC',
  })
  const page = await context.newPage()
  page.setDefaultTimeout(10_000)
  const window = new Window(page, wire, options)
  await window.prepare(context)
  return window
}

class Window implements ChromiumWindow {
  readonly page: Page
  readonly faults: string[] = []
  readonly elsewhere: string[] = []
  readonly #wire: Wire
  readonly #options: WindowOptions
  readonly #ports = new Set<number>()
  #session: CDPSession | null = null
  #coverage: PreloadCoverage | null = null
  /** The preload's world of the document that is shown. */
  #world: string | null = null
  /** The app itself is loading something: nobody is asked whether it may. */
  #isLoading = false
  #loads = 0
  #loaded: Promise<void> = Promise.resolve()

  constructor(page: Page, wire: Wire, options: WindowOptions) {
    this.page = page
    this.#wire = wire
    this.#options = options
  }

  async prepare(context: BrowserContext): Promise<void> {
    await context.route('**/*', (route) => this.#route(route))
    await context.routeWebSocket(/.*/, (socket) => void this.elsewhere.push(socket.url()))
    // What was denied has opened an empty window all the same, where Electron opens none.
    context.on('page', (popup) => void popup.close())
    await watchForFaults(this.page, host, this.faults)
    const session = await context.newCDPSession(this.page)
    this.#session = session
    this.#coverage = await createPreloadCoverage(session)
    session.on('Runtime.bindingCalled', ({ name, payload }) => {
      if (name === tellBinding) this.#told(JSON.parse(payload) as Told)
    })
    session.on('Runtime.executionContextCreated', ({ context: { name, uniqueId } }) => {
      if (name === preloadWorld) this.#newDocument(uniqueId)
    })
    await session.send('Page.enable')
    await session.send('Runtime.enable')
    await session.send('Runtime.addBinding', {
      name: tellBinding,
      executionContextName: preloadWorld,
    })
    await this.#atStart(mainWorldScript)
    await this.#atStart(preloadScript(this.#options.preload), preloadWorld)
  }

  /** As Electron: of two loads that are asked for at once the first is given up. */
  async load(url: string): Promise<void> {
    this.#loads += 1
    const own = this.#loads
    const before = this.#loaded
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#loaded = promise
    try {
      await before
      if (own !== this.#loads) throw new Error(`ERR_ABORTED (-3) loading ${url}`)
      await this.#whileLoading(() => this.page.goto(toChromium(url)))
    } finally {
      resolve()
    }
  }

  async reload(): Promise<void> {
    await this.#whileLoading(() => this.page.reload())
  }

  async receive(kind: 'post' | 'port' | 'close', message: object): Promise<void> {
    if (kind === 'post' && 'ports' in message) {
      for (const id of message.ports as number[]) this.#ports.add(id)
    }
    if (kind === 'close' && 'id' in message) this.#ports.delete(Number(message.id))
    const sent = 'data' in message ? { ...message, data: encoded(message.data) } : message
    const expression = `standInReceive.${kind}(${JSON.stringify(sent)})`
    const uniqueContextId = this.#world ?? ''
    // The document may have gone meanwhile; its ports are told as closed.
    await this.#session?.send('Runtime.evaluate', { expression, uniqueContextId }).catch(() => null)
  }

  /** May be called twice. */
  async close(): Promise<void> {
    if (this.page.isClosed()) return
    await this.#coverage?.write()
    await this.page.context().close()
  }

  async #atStart(source: string, worldName?: string): Promise<void> {
    const given = worldName === undefined ? { source } : { source, worldName }
    await this.#session?.send('Page.addScriptToEvaluateOnNewDocument', given)
  }

  async #whileLoading(load: () => Promise<unknown>): Promise<void> {
    this.#isLoading = true
    try {
      await load()
    } finally {
      this.#isLoading = false
    }
  }

  /** The ports of the document before went with it. */
  #newDocument(world: string): void {
    this.#world = world
    for (const id of this.#ports) void this.#wire.ask('port:closed', { id })
    this.#ports.clear()
  }

  #told(told: Told): void {
    const { id } = this.#options
    if (told.kind === 'ipc') {
      void this.#wire.ask('ipc', { id, channel: told.channel, origin: toApp(told.origin) })
    } else if (told.kind === 'port') {
      void this.#wire.ask('port:message', { id: told.id, data: decoded(told.data) })
    } else {
      this.#ports.delete(told.id)
      void this.#wire.ask('port:closed', { id: told.id })
    }
  }

  async #route(route: Route): Promise<void> {
    const request = route.request()
    const url = toApp(request.url())
    if (!url.startsWith('app://')) this.elsewhere.push(url)
    if (request.isNavigationRequest() && !(await this.#isLet(request, url))) {
      return route.abort('aborted')
    }
    const { id } = this.#options
    const answer = await this.#wire.ask('request', { id, url, method: request.method() })
    if (answer === 'cancelled' || answer === 'elsewhere') return route.abort('blockedbyclient')
    await route.fulfill(answer as { status: number; headers: Record<string, string>; body: Buffer })
  }

  /** A request of a window that is only coming to be has no frame yet. */
  #isLet(request: Request, url: string): Promise<boolean> {
    const frame = frameOf(request)
    return frame ? this.#mayNavigate(frame === this.page.mainFrame(), url) : this.#mayOpen(url)
  }

  async #mayNavigate(isMain: boolean, url: string): Promise<boolean> {
    if (isMain && this.#isLoading) return true
    const { id } = this.#options
    const names = isMain ? ['will-frame-navigate', 'will-navigate'] : ['will-frame-navigate']
    const answers = await Promise.all(
      names.map((name) => this.#wire.ask('navigation', { id, name, url })),
    )
    return !answers.includes(true)
  }

  async #mayOpen(url: string): Promise<boolean> {
    const { id } = this.#options
    return (await this.#wire.ask('window-open', { id, url })) === 'allow'
  }
}

function frameOf(request: Request): Frame | null {
  try {
    return request.frame()
  } catch {
    return null
  }
}

function encoded(data: unknown): Encoded {
  return typeof data === 'string'
    ? { text: data }
    : { base64: Buffer.from(data as Uint8Array).toString('base64') }
}

function decoded({ text, base64 = '' }: Encoded): string | Uint8Array {
  return text ?? new Uint8Array(Buffer.from(base64, 'base64'))
}
