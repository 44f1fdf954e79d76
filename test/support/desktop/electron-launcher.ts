import { fileURLToPath } from 'node:url'
import { _electron as electron } from 'playwright-core'
import { watchForFaults } from '../page-visit.ts'
import { until } from '../poll.ts'
import type { Desktop, StartOptions } from './desktop.ts'
import type { DesktopRecord } from './shapes.ts'

const recorder = fileURLToPath(new URL('./recorder.cjs', import.meta.url))

/** Runs the built app in Electron itself. What it shows is written down by a script that is loaded before it. */
export async function startElectron(binary: string, options: StartOptions): Promise<Desktop> {
  const { home, args = [], clockAheadMs = 0, keychain } = options
  const app = await electron.launch({
    executablePath: binary,
    args: ['-r', recorder, '.', ...args, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
    env: {
      ...process.env,
      STAND_IN_HOME: home,
      STAND_IN_CLOCK_AHEAD_MS: String(clockAheadMs),
      ...(keychain?.backend === 'basic_text' ? { XDG_CURRENT_DESKTOP: '' } : {}),
    } as Record<string, string>,
  })
  const faults: string[] = []
  app.on('window', (page) => void watchForFaults(page, 'station', faults))
  const ended = new Promise<number | null>((resolve) => app.process().once('exit', resolve))
  const control = (name: string, given?: unknown) =>
    app.evaluate(
      (_electron, call) => {
        const desk: unknown = Reflect.get(globalThis, 'picketDesk')
        return (desk as (name: string, given: unknown) => unknown)(call.name, call.given)
      },
      { name, given },
    )
  return {
    pid: app.process().pid ?? 0,
    ended,
    page: () => until('the app has a window', () => app.windows()[0] ?? null),
    errors: () => [],
    faults: () => faults,
    elsewhere: () => faults.filter((fault) => fault.startsWith('request to')),
    record: async () => (await control('record')) as DesktopRecord,
    act: (name, ...[given]) => control(name, given),
    reload: async () => void (await app.windows()[0]?.reload()),
    async end() {
      await control('answerDialogs', { response: 1 }).catch(() => undefined)
      await app.close().catch(() => undefined)
      await ended
    },
  }
}
