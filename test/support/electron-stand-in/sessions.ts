import type { CustomScheme, Protocol, Session, WebRequest } from 'electron'
import { assertNotReady, assertReady } from './application.ts'

type RequestHandler = Parameters<Session['setPermissionRequestHandler']>[0]
type CheckHandler = Parameters<Session['setPermissionCheckHandler']>[0]
type DeviceHandler = Parameters<Session['setDevicePermissionHandler']>[0]
type BeforeRequest = (
  details: Electron.OnBeforeRequestListenerDetails,
  answer: (response: Electron.CallbackResponse) => void,
) => void
type Serve = (request: Request) => Response | Promise<Response>

export const schemes: CustomScheme[] = []

/** The protocol of the app itself is used for its schemes alone. */
export const protocol = {
  registerSchemesAsPrivileged(custom) {
    assertNotReady('registerSchemesAsPrivileged')
    schemes.push(...custom)
  },
} satisfies Pick<Protocol, 'registerSchemesAsPrivileged'>

export class StandInSession implements Pick<
  Session,
  'setPermissionRequestHandler' | 'setPermissionCheckHandler' | 'setDevicePermissionHandler'
> {
  readonly name: string
  readonly cache: boolean
  readonly protocol: Pick<Protocol, 'handle'>
  readonly webRequest: Pick<WebRequest, never> & { onBeforeRequest(listener: BeforeRequest): void }
  #serve = new Map<string, Serve>()
  #beforeRequest: BeforeRequest | null = null
  #onRequest: RequestHandler = null
  #onCheck: CheckHandler = null
  #onDevice: DeviceHandler = null

  constructor(name: string, cache: boolean) {
    this.name = name
    this.cache = cache
    this.protocol = { handle: (scheme, serve) => void this.#serve.set(scheme, serve) }
    this.webRequest = { onBeforeRequest: (listener) => void (this.#beforeRequest = listener) }
  }

  setPermissionRequestHandler(handler: RequestHandler): void {
    this.#onRequest = handler
  }

  setPermissionCheckHandler(handler: CheckHandler): void {
    this.#onCheck = handler
  }

  setDevicePermissionHandler(handler: DeviceHandler): void {
    this.#onDevice = handler
  }

  /** What comes of a request of the page: nothing where it is cancelled, an answer where a scheme has one. */
  async answer(url: string, method: string): Promise<Response | 'cancelled' | 'elsewhere'> {
    const details = { url, method } as Electron.OnBeforeRequestListenerDetails
    const { cancel } = await new Promise<Electron.CallbackResponse>((resolve) => {
      if (this.#beforeRequest) this.#beforeRequest(details, resolve)
      else resolve({})
    })
    if (cancel) return 'cancelled'
    const serve = this.#serve.get(new URL(url).protocol.replace(':', ''))
    return serve ? serve(new Request(url, { method })) : 'elsewhere'
  }

  /** Asks in each of the three ways in which Chromium asks. Without a handler it grants. */
  async permission(permission: string, origin: string) {
    const contents = null as unknown as Electron.WebContents
    const name = permission as 'media'
    const isRequestGranted = await new Promise<boolean>((resolve) => {
      if (!this.#onRequest) return resolve(true)
      const details = { isMainFrame: true, requestingUrl: `${origin}/index.html` }
      this.#onRequest(contents, name, resolve, details)
    })
    const isCheckGranted =
      this.#onCheck?.(contents, name, `${origin}/`, { isMainFrame: true }) ?? true
    const device = { deviceType: 'usb', origin } as Electron.DevicePermissionHandlerHandlerDetails
    return { isRequestGranted, isCheckGranted, isDeviceGranted: this.#onDevice?.(device) ?? true }
  }
}

export const sessions: StandInSession[] = []

export const session = {
  fromPartition(name: string, { cache }: Electron.FromPartitionOptions = { cache: true }) {
    assertReady('session')
    const made = new StandInSession(name, cache)
    sessions.push(made)
    return made
  },
}
