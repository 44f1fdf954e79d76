import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** A slow link needs longer; then Electron's own installer is run by hand. Milliseconds. */
const longestFetchMs = 120_000

const folder = dirname(createRequire(import.meta.url).resolve('electron/package.json'))

/** The path of Electron's binary, or null where it was never fetched. */
export function findElectron(): string | null {
  const word = join(folder, 'path.txt')
  if (!existsSync(word)) return null
  const binary = join(folder, 'dist', readFileSync(word, 'utf8'))
  return existsSync(binary) ? binary : null
}

/** Fetches it as Electron's package does. Null where that fails or takes too long. */
export function fetchElectron(): string | null {
  spawnSync(process.execPath, [join(folder, 'install.js')], {
    stdio: 'ignore',
    timeout: longestFetchMs,
    killSignal: 'SIGKILL',
  })
  return findElectron()
}
