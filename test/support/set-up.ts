import { spawnSync } from 'node:child_process'
import { findBrowser } from './browser.ts'
import { findProgram } from './programs.ts'

/** What the tests need beside npm packages, and the Debian package that has it. */
const needed = [
  { what: 'Chrome, Chromium or Edge', debian: 'chromium', find: browser },
  { what: 'the Mosquitto broker', debian: 'mosquitto', find: () => findProgram('mosquitto') },
  { what: 'openssl', debian: 'openssl', find: () => findProgram('openssl') },
  { what: 'mosquitto_pub', debian: 'mosquitto-clients', find: () => findProgram('mosquitto_pub') },
]

const missing = () => needed.filter(({ find }) => find() === null)

if (missing().length > 0 && mayInstall()) install(missing().map(({ debian }) => debian))
const still = missing()
for (const { what, debian } of still) {
  console.error(`The tests need ${what}. On Debian: sudo apt-get install ${debian}`)
}
process.exitCode = still.length > 0 ? 1 : 0

function mayInstall(): boolean {
  return process.platform === 'linux' && process.getuid?.() === 0 && findProgram('apt-get') !== null
}

/** A broker package would start its service at once; the tests start their own on ports of their own. */
function install(packages: readonly string[]): void {
  console.log(`Installing ${packages.join(', ')} with apt-get`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  const run = (...args: string[]) =>
    spawnSync('apt-get', args, { env, stdio: ['ignore', 'ignore', 'inherit'] })
  run('update')
  run('install', '--yes', '--no-install-recommends', ...packages)
}

function browser(): string | null {
  try {
    return findBrowser()
  } catch {
    return null
  }
}
