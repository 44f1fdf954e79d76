import type { Browser } from 'playwright-core'
import { findElectron } from '../../../src/cli/electron-binary.ts'
import type { Desktop, StartOptions } from './desktop.ts'
import { startElectron } from './electron-launcher.ts'
import { startStandIn } from './stand-in-launcher.ts'

const electron = process.env['PICKET_STAND_IN'] ? null : findElectron()

/** Whether the app runs in Electron itself. */
export const isRealElectron = electron !== null

/** Says, so that nobody overlooks it, what the desktop suite runs on. */
export function sayLauncher(): void {
  const words = electron
    ? `The desktop suite runs in Electron: ${electron}`
    : 'The desktop suite does NOT run in Electron, whose binary is not here. It runs the built app in Node with a STAND-IN for the `electron` module (test/support/electron-stand-in), windows in Chromium.'
  const line = '='.repeat(78)
  console.log(`\n${line}\n${words}\n${line}\n`)
}

/** Starts the built app: in Electron where its binary is, else with the stand-in. */
export function startDesktop(browser: Browser, options: StartOptions): Promise<Desktop> {
  return electron ? startElectron(electron, options) : startStandIn(browser, options)
}
