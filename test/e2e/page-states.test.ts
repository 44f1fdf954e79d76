import { mkdir } from 'node:fs/promises'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { startBrowser } from '../support/browser.ts'
import { accessibilityFaults, visit } from '../support/page-visit.ts'
import { scriptedId } from '../support/scripted-fleet.ts'
import * as scenes from '../support/scripted-scenes.ts'
import {
  alarmingDiagnostics,
  desktopHost,
  uncheckedDiagnostics,
} from '../support/scripted-settings.ts'
import { startScriptedStation } from '../support/scripted-station.ts'

const screens = 'test-results/screens'

/** Every page and state: its scene, its address, and words that show that it has come up. */
const states = [
  ['alarm evidence', scenes.busyScene, `alarms/${scriptedId(1)}`, 'What would clear it'],
  [
    'alarm of a fixed limit',
    scenes.busyScene,
    `alarms/${scriptedId(3)}`,
    'limit: at most 5 failures',
  ],
  [
    'ended alarm',
    scenes.busyScene,
    `alarms/${scriptedId(104)}?tab=history`,
    'because for two days there was nothing to judge',
  ],
  ['alarms none chosen', scenes.busyScene, 'alarms', 'Choose an alarm to see its evidence'],
  ['alarm history', scenes.busyScene, 'alarms?tab=history', 'Cleared'],
  ['alarm lasting', scenes.reasonsScene, `alarms/${scriptedId(60)}`, 'What lasts raised it'],
  [
    'alarm of all metrics',
    scenes.reasonsScene,
    `alarms/${scriptedId(61)}`,
    'The metrics that make it up',
  ],
  ['alarm of a shift', scenes.reasonsScene, `alarms/${scriptedId(62)}`, 'moved for good'],
  ['alarm provisional', scenes.reasonsScene, `alarms/${scriptedId(63)}`, 'judged by its peers'],
  ['alarm marked', scenes.reasonsScene, `alarms/${scriptedId(60)}`, 'Marked as benign positive'],
  ['alarm unknown', scenes.busyScene, `alarms/${scriptedId(999)}`, 'No alarm has this id'],
  ['alarms quiet', scenes.quietScene, 'alarms', 'No active alarms'],
  ['alarms learning', scenes.learningScene, 'alarms', 'Still learning what is normal'],
  ['alarms importing', scenes.importingScene, 'alarms', '41,300 a second, 19 s left'],
  ['alarms empty', scenes.emptyScene, 'alarms', 'Waiting for the first report'],
  ['alarms slow', scenes.slowScene, 'alarms', 'Reading the alarms'],
  [
    'alarms source lost',
    scenes.sourceLostScene,
    'alarms',
    'Source site-broker is disconnected for 11 min',
  ],
  [
    'alarms engine down',
    scenes.engineDownScene,
    'alarms',
    'The detection engine is not running for 40 s',
  ],
  ['alarms hostile', scenes.hostileScene, `alarms/${scriptedId(91)}`, '\\u202e70-niam'],
  ['devices', scenes.busyScene, 'devices', 'Silent, last 6 h 55 min ago'],
  ['devices empty', scenes.emptyScene, 'devices', 'No device has reported yet'],
  ['devices slow', scenes.slowScene, 'devices', 'Reading the devices'],
  ['devices hostile', scenes.hostileScene, 'devices', 'pump-\\u202e70-niam'],
  ['device', scenes.busyScene, 'devices/pump-07', 'Authorization failures'],
  [
    'device 14 days',
    scenes.busyScene,
    'devices/pump-11?range=14d',
    'Its clock is 4 minutes behind',
  ],
  ['device learning', scenes.learningScene, 'devices/pump-07', 'nothing learned yet'],
  ['device unknown', scenes.busyScene, 'devices/nobody', 'No device of this name has reported'],
  ['device impossible', scenes.busyScene, 'devices/%07', 'No device can have this name'],
  ['profiles', scenes.busyScene, 'profiles', 'about 14 false alarms a day'],
  ['profiles learning', scenes.learningScene, 'profiles', '57 % of its data are still to come'],
  ['profiles empty', scenes.noProfileScene, 'profiles', 'No security profile'],
  ['profiles slow', scenes.slowScene, 'profiles', 'Reading the security profiles'],
  ['profiles hostile', scenes.hostileScene, 'profiles', '<script>alert(1)</script>\\u202e'],
  [
    'profiles unreadable',
    () => scenes.storeScene('unavailable'),
    'profiles',
    'Could not read the security profiles',
  ],
  ['quarantine', scenes.quarantineScene, 'quarantine', 'NOT isolated: 3 messages'],
  ['quarantine empty', scenes.busyScene, 'quarantine', 'Every device is on the network'],
  ['quarantine slow', scenes.slowScene, 'quarantine', 'Reading the isolations'],
  [
    'quarantine hostile',
    scenes.hostileQuarantineScene,
    'quarantine',
    '<img src=x onerror=alert(1)>\\u202e',
  ],
  [
    'quarantine unreadable',
    () => scenes.storeScene('unavailable'),
    'quarantine',
    'Could not read the isolations',
  ],
  ['device isolated', scenes.quarantineScene, 'devices/pump-07', 'Verify or release'],
  ['isolate', scenes.busyScene, `isolate/pump-07?alarms=${scriptedId(1)}`, 'historian (site/#)'],
  ['isolate forbidden', scenes.forbiddenQuarantineScene, 'isolate/pump-07', 'must not be isolated'],
  ['isolate critical', scenes.criticalQuarantineScene, 'isolate/pump-07', 'Second person’s PIN'],
  [
    'isolate hostile',
    scenes.hostileQuarantineScene,
    `isolate/${encodeURIComponent('pump-\u202e70-niam')}`,
    'Copy its name',
  ],
  ['isolate slow', scenes.slowScene, 'isolate/pump-07', 'Reading the dry run'],
  [
    'isolate unreadable',
    () => scenes.storeScene('unavailable'),
    'isolate/pump-07',
    'Could not read the dry run',
  ],
  [
    'mitigate',
    scenes.busyScene,
    `mitigate?alarms=${scriptedId(1)},${scriptedId(2)}`,
    'Type 2 devices to confirm',
  ],
  [
    'mitigate forbidden',
    scenes.forbiddenQuarantineScene,
    `mitigate?alarms=${scriptedId(1)}`,
    'None of them may be isolated',
  ],
  ['mitigate slow', scenes.slowScene, `mitigate?alarms=${scriptedId(1)}`, 'Reading the actions'],
  ['sources', scenes.sourcesScene, 'sources', 'New certificate is ordered'],
  ['sources empty', scenes.noSourcesScene, 'sources', 'Nothing is connected yet'],
  ['sources slow', scenes.slowScene, 'sources', 'Reading the sources'],
  ['sources hostile', scenes.hostileSourcesScene, 'sources', '<img src=x onerror=alert(1)>\\u202e'],
  [
    'sources unreadable',
    () => scenes.storeScene('unavailable'),
    'sources',
    'Could not read the sources',
  ],
  ['connect kind', scenes.sourcesScene, 'connect', 'What is to be watched?'],
  ['connect change', scenes.sourcesScene, 'connect/line-2', 'Who decided not to check it'],
  ['connect fixed', scenes.sourcesScene, 'connect/site-broker', 'cannot be changed here'],
  ['first run', scenes.firstRunScene, 'first-run', 'picket demo'],
  [
    'first run on a desktop',
    () => scenes.firstRunScene(desktopHost),
    'first-run',
    'Start the simulated fleet',
  ],
  ['settings', scenes.busyScene, 'settings', 'nobody at it to notify'],
  ['settings changed', scenes.changedSettingsScene, 'settings', 'Show a test notification'],
  [
    'settings unreadable',
    () => scenes.storeScene('unavailable'),
    'settings',
    'Could not read the settings',
  ],
  ['diagnostics', scenes.busyScene, 'diagnostics', 'Each is one that Picket lists'],
  [
    'diagnostics listening',
    () => scenes.diagnosticsScene(alarmingDiagnostics()),
    'diagnostics',
    'Not listed by Picket',
  ],
  [
    'diagnostics unchecked',
    () => scenes.diagnosticsScene(uncheckedDiagnostics()),
    'diagnostics',
    'Source <b>x</b>\\u202e',
  ],
  ['diagnostics slow', scenes.slowScene, 'diagnostics', 'Reading the connections'],
  ['system', scenes.busyScene, 'system', 'Not measurable'],
  ['system learning', scenes.learningScene, 'system', '43 %'],
  ['system slow', scenes.slowScene, 'system', 'Reading the rejected inputs'],
  ['system hostile', scenes.hostileScene, 'system', '<svg onload=alert(1)>\\u202e'],
  ['store newer', () => scenes.storeScene('newer'), 'alarms', 'Database too new.'],
  ['store corrupt', () => scenes.storeScene('corrupt'), 'devices', 'Database damaged.'],
  ['store read-only', () => scenes.storeScene('read-only'), 'system', 'Nothing can be kept.'],
  ['store full', () => scenes.storeScene('full'), `alarms/${scriptedId(1)}`, 'Database full.'],
  [
    'store unavailable',
    () => scenes.storeScene('unavailable'),
    'devices/pump-07',
    'Could not read the device',
  ],
  ['signed out', scenes.signedOutScene, 'alarms', 'picket open'],
] as const

let browser: Browser

beforeAll(async () => {
  await mkdir(screens, { recursive: true })
  browser = await startBrowser()
})

afterAll(async () => {
  await browser?.close()
})

describe('every page and state', () => {
  test.concurrent.for(states)(
    '%s is whole, accessible and keeps to its policy',
    async (state, { expect, onTestFinished }) => {
      const [name, scene, hash, words] = state
      const station = await startScriptedStation(scene())
      onTestFinished(() => station.stop())
      const { page, context, faults } = await visit(browser, `${station.address}/#/${hash}`)
      onTestFinished(() => context.close())
      await page.getByText(words).first().waitFor({ timeout: 15_000 })
      await page.screenshot({ path: `${screens}/${name.replaceAll(' ', '-')}-dark.png` })
      expect(await accessibilityFaults(page)).toEqual([])

      // The same page under the other theme: only its colours can be wrong now.
      await page.emulateMedia({ colorScheme: 'light' })
      await page.screenshot({ path: `${screens}/${name.replaceAll(' ', '-')}-light.png` })
      expect(await accessibilityFaults(page, ['color-contrast'])).toEqual([])

      // The refused upgrade is what the signed-out state is about; the browser reports it by itself.
      const expected = name === 'signed out' ? /WebSocket|401/ : undefined
      expect(faults.filter((fault) => !expected?.test(fault))).toEqual([])
    },
  )
})
