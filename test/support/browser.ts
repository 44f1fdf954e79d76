import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const usualPlaces = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/microsoft-edge',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
]

// A browser under test must not talk to anyone but the station.
const quietArguments = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--no-first-run',
]

/** Path of a Chromium-like browser on this machine: `PICKET_BROWSER`, a usual place, or Playwright's own. */
export function findBrowser(): string {
  const named = process.env['PICKET_BROWSER']
  const found = [named, ...usualPlaces, chromium.executablePath()].find(
    (path) => path && existsSync(path),
  )
  if (found) return found
  throw new Error(
    'No Chrome, Chromium or Edge was found. Install one, or set PICKET_BROWSER to its path.',
  )
}

/** Starts the browser without a window. Its sandbox is off only where it cannot work: for root. */
export function startBrowser(): Promise<Browser> {
  const isRoot = process.getuid?.() === 0
  return chromium.launch({
    executablePath: findBrowser(),
    args: [...quietArguments, ...(isRoot ? ['--no-sandbox'] : [])],
  })
}
