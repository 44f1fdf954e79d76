import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import { openChromiumWindow, type ChromiumWindow } from '../electron-stand-in/chromium-window.ts'
import { createWire, type Wire } from '../electron-stand-in/wire.ts'
import { until } from '../poll.ts'
import type { Desktop, StartOptions } from './desktop.ts'
import type { DesktopRecord } from './shapes.ts'

const register = fileURLToPath(new URL('../electron-stand-in/register.ts', import.meta.url))

/** Apps that run, by the folder of their data, so that a second start reaches the first. */
const running = new Map<string, Wire>()

/** Runs the built app in Node with the stand-in for `electron`, its windows in this browser. */
export async function startStandIn(browser: Browser, options: StartOptions): Promise<Desktop> {
  const { home, args = [], platform = '', isPackaged = false } = options
  const { clockAheadMs = 0, keychain = {} } = options
  const coverage = process.env['PICKET_COVERAGE']
  const child = fork('out/main/index.js', args, {
    serialization: 'advanced',
    execArgv: ['--import', register],
    env: {
      ...process.env,
      STAND_IN_HOME: home,
      STAND_IN_PLATFORM: platform,
      STAND_IN_PACKAGED: isPackaged ? 'yes' : 'no',
      STAND_IN_CLOCK_AHEAD_MS: String(clockAheadMs),
      STAND_IN_KEYCHAIN: JSON.stringify(keychain),
      ...(coverage ? { NODE_V8_COVERAGE: coverage } : {}),
    },
  })
  const wire = createWire({
    send: (message, done) => void (child.connected ? child.send(message, () => done()) : done()),
    receive: (take) => void child.on('message', take),
  })
  const windows = new Map<number, ChromiumWindow>()
  const seen: ChromiumWindow[] = []
  showWindows({ wire, browser, windows, seen })
  shareLock(wire)
  const errors: string[] = []
  wire.on('error-box', ({ detail }: { detail: string }) => void errors.push(detail))
  const ended = once(child, 'exit').then(async ([code]) => {
    for (const [folder, other] of running) if (other === wire) running.delete(folder)
    await Promise.all(seen.map((window) => window.close()))
    return code as number | null
  })
  return {
    pid: child.pid ?? 0,
    ended,
    page: () => until('the app has a window', () => [...windows.values()][0]?.page ?? null),
    errors: () => errors,
    faults: () => seen.flatMap(({ faults }) => faults),
    elsewhere: () => seen.flatMap(({ elsewhere }) => elsewhere),
    record: async () => (await wire.ask('record')) as DesktopRecord,
    act: (name, ...[given]) => wire.ask('act', { name, given }),
    async reload() {
      for (const window of windows.values()) await window.reload()
    },
    async end() {
      void wire.ask('act', { name: 'answerDialogs', given: { response: 1 } })
      void wire.ask('act', { name: 'quit' })
      await ended
    },
  }
}

/** Does with Chromium what the app asks its windows to do. */
function showWindows({
  wire,
  browser,
  windows,
  seen,
}: {
  wire: Wire
  browser: Browser
  windows: Map<number, ChromiumWindow>
  seen: ChromiumWindow[]
}): void {
  const opening = new Map<number, Promise<ChromiumWindow>>()
  const windowOf = (id: number) => opening.get(id) ?? Promise.reject(new Error('no such window'))
  const all = (kind: 'port' | 'close', message: object) =>
    Promise.all([...windows.values()].map((window) => window.receive(kind, message)))

  wire.on('window:create', async (options: Parameters<typeof openChromiumWindow>[2]) => {
    const opened = openChromiumWindow(browser, wire, options)
    opening.set(options.id, opened)
    const window = await opened
    windows.set(options.id, window)
    seen.push(window)
  })
  wire.on('window:load', async ({ id, url }: { id: number; url: string }) =>
    (await windowOf(id)).load(url),
  )
  wire.on('window:close', async ({ id }: { id: number }) => {
    windows.delete(id)
    await (await windowOf(id)).close()
  })
  wire.on('frame:post', async ({ id, ...message }: { id: number }) =>
    (await windowOf(id)).receive('post', message),
  )
  wire.on('port:post', (message: object) => all('port', message))
  wire.on('port:close', (message: object) => all('close', message))
}

function shareLock(wire: Wire): void {
  wire.on('second-instance', async ({ argv, userData }: { argv: string[]; userData: string }) =>
    running.get(userData)?.ask('second-instance-came', argv),
  )
  wire.on('first-instance', (userData: string) => void running.set(userData, wire))
}
