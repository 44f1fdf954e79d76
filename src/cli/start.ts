import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { fetchElectron, findElectron } from './electron-binary.ts'
import { serve } from './serve.ts'
import { say } from './terminal.ts'

export interface StartOptions {
  config?: string
  hidden?: boolean
}

/** An app that ends with an error this soon could not even start. Milliseconds. */
const startsWithinMs = 10_000

/** `npm start`: builds the desktop app and opens it, or, where Electron cannot run, its page in a browser. */
export async function start({ config, hidden = false }: StartOptions): Promise<void> {
  const built = spawnSync('electron-vite', ['build', '--logLevel', 'error'], { stdio: 'inherit' })
  if (built.status !== 0) throw new RangeError('The app could not be built; see above.')
  const args = [...(config ? ['--config', config] : []), ...(hidden ? ['--hidden'] : [])]
  const reason = await openApp(args)
  if (reason === null) return
  say(`${reason}, so Picket opens in a browser instead of a window of its own.`)
  await serve({ ...(config ? { config } : {}), isOpened: true })
}

/** Null once the app has run; otherwise why it could not, as a sentence begins. */
async function openApp(args: readonly string[]): Promise<string | null> {
  const electron = findElectron() ?? fetchElectron()
  if (!electron) return 'Electron is not installed and cannot be fetched'
  const startedAt = performance.now()
  const app = spawn(electron, ['.', ...args], { stdio: 'inherit' })
  const [code] = (await once(app, 'exit')) as [number | null]
  const isFailed = code !== 0 && performance.now() - startedAt < startsWithinMs
  return isFailed ? `Electron ended at once (code ${code})` : null
}
