import { EventEmitter } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { App } from 'electron'
import { wire } from './main-end.ts'
import { paths } from './paths.ts'

type Used =
  | 'enableSandbox'
  | 'exit'
  | 'getLoginItemSettings'
  | 'getPath'
  | 'isPackaged'
  | 'quit'
  | 'requestSingleInstanceLock'
  | 'setAppUserModelId'
  | 'setAsDefaultProtocolClient'
  | 'setBadgeCount'
  | 'setLoginItemSettings'
  | 'setToastActivatorCLSID'
  | 'whenReady'

/** What the app told the system about itself. */
export const told = {
  isSandboxed: false,
  badge: 0,
  protocolClients: [] as string[],
  loginItem: null as { openAtLogin: boolean; args: string[] } | null,
  windowsIdentity: [] as string[],
}

const ready = new Promise<void>((resolve) => setImmediate(resolve))
let isReady = false
void ready.then(() => (isReady = true))

/** True once the app may do what Electron allows only then. */
export const assertReady = (what: string) => {
  if (!isReady) throw new Error(`${what} cannot be used before the app is ready`)
}
export const assertNotReady = (what: string) => {
  if (isReady) throw new Error(`${what} must be called before the app is ready`)
}

/** An event that can be prevented, as Electron hands it out. */
export function preventable<Params extends object>(params: Params) {
  const event = {
    ...params,
    defaultPrevented: false,
    // Electron's own is native: called without its event it throws.
    preventDefault(this: unknown) {
      if (this !== event) throw new TypeError('Illegal invocation')
      event.defaultPrevented = true
    },
  }
  return event
}

class StandInApp extends EventEmitter implements Pick<App, Used> {
  readonly isPackaged = process.env['STAND_IN_PACKAGED'] === 'yes'

  enableSandbox(): void {
    assertNotReady('enableSandbox')
    told.isSandboxed = true
  }

  whenReady(): Promise<void> {
    return ready
  }

  getPath(name: string): string {
    const path = paths[name]
    if (path === undefined) throw new Error(`the stand-in has no path ${name}`)
    return path
  }

  /** As Chromium does it: the first holds a file; a later one hands its arguments over. */
  requestSingleInstanceLock(): boolean {
    const folder = this.getPath('userData')
    mkdirSync(folder, { recursive: true })
    const lock = join(folder, 'SingletonLock')
    if (isHeld(lock)) {
      void wire.ask('second-instance', { argv: process.argv, userData: folder })
      return false
    }
    writeFileSync(lock, String(process.pid))
    void wire.ask('first-instance', folder)
    process.once('exit', () => rmSync(lock, { force: true }))
    return true
  }

  quit(): void {
    const event = preventable({})
    this.emit('before-quit', event)
    if (!event.defaultPrevented) this.exit(0)
  }

  exit(code = 0): void {
    void wire.flushed().then(() => process.exit(code))
  }

  setAppUserModelId(id: string): void {
    told.windowsIdentity.push(id)
  }

  setToastActivatorCLSID(id: string): void {
    told.windowsIdentity.push(id)
  }

  setAsDefaultProtocolClient(protocol: string): boolean {
    told.protocolClients.push(protocol)
    return true
  }

  setBadgeCount(count = 0): boolean {
    told.badge = count
    return true
  }

  setLoginItemSettings({ openAtLogin = false, args = [] }: Electron.Settings): void {
    told.loginItem = { openAtLogin, args }
  }

  getLoginItemSettings(): Electron.LoginItemSettings {
    return {
      openAtLogin: told.loginItem?.openAtLogin ?? false,
      wasOpenedAtLogin: false,
      status: 'not-registered',
      executableWillLaunchAtLogin: false,
      launchItems: [],
    }
  }
}

function isHeld(lock: string): boolean {
  try {
    process.kill(Number(readFileSync(lock, 'utf8')), 0)
    return true
  } catch {
    return false
  }
}

export const app = new StandInApp()
