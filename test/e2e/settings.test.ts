import { mkdir } from 'node:fs/promises'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startBrowser } from '../support/browser.ts'
import { visit, type Visit, type VisitOptions } from '../support/page-visit.ts'
import { until } from '../support/poll.ts'
import { sceneStartAt } from '../support/scripted-fleet.ts'
import * as scenes from '../support/scripted-scenes.ts'
import {
  alarmingDiagnostics,
  changedSettings,
  desktopHost,
  usualDiagnostics,
} from '../support/scripted-settings.ts'
import { startScriptedStation, type ScriptedStation } from '../support/scripted-station.ts'

const screens = 'test-results/screens'

let browser: Browser
let station: ScriptedStation
let current: Visit | undefined

beforeAll(async () => {
  await mkdir(screens, { recursive: true })
  browser = await startBrowser()
})

afterAll(() => browser?.close())

afterEach(async () => {
  expect(current?.faults).toEqual([])
  await current?.context.close()
  await station.stop()
})

async function open(hash: string, scene: scenes.Scene, options?: VisitOptions): Promise<Page> {
  station = await startScriptedStation(scene)
  current = await visit(browser, `${station.address}/${hash}`, options)
  current.page.setDefaultTimeout(8000)
  await current.page.locator('main h1').waitFor()
  return current.page
}

const hash = (page: Page) => page.evaluate(() => location.hash)
const lastReceived = () => station.received.at(-1)
const received = (change: object) =>
  until(`the station is told ${JSON.stringify(change)}`, () => {
    return JSON.stringify(lastReceived()) === JSON.stringify(change)
  })

describe('where nothing is set up', () => {
  test('the page opens on what to do first, and leads to the broker', async () => {
    const page = await open('', scenes.firstRunScene())
    await page.getByRole('heading', { name: 'Nothing is watched yet' }).waitFor()
    expect(await hash(page)).toBe('#/first-run')
    await page.getByText('/var/lib/picket', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Connect a broker' }).click()
    await page.getByText('What is to be watched?').waitFor()
    expect(await hash(page)).toBe('#/connect')
  })

  test('a page that was asked for is the page that is shown', async () => {
    const page = await open('#/system', scenes.firstRunScene())
    await page.getByRole('heading', { name: 'System' }).waitFor()
    expect(await hash(page)).toBe('#/system')
  })

  test('a station that watches something opens on its alarms', async () => {
    const page = await open('', scenes.busyScene())
    await page.getByText('Choose an alarm to see its evidence').waitFor()
    expect(await hash(page)).toBe('')
  })

  test('the simulated fleet is started where the host can, and its page is offered', async () => {
    const page = await open('', scenes.firstRunScene(desktopHost))
    await page.getByRole('button', { name: 'Start the simulated fleet' }).click()
    const link = page.getByRole('link', { name: 'Open its page' })
    expect(await link.getAttribute('href')).toBe('http://127.0.0.1:1/enter?token=demo')
  })
})

describe('a setting', () => {
  test('is told to the station when it is ticked, and everything else stays as it is', async () => {
    const page = await open('#/settings', { ...scenes.quietScene(), host: desktopHost })
    await page.getByLabel('Send nothing to any broker').check()
    await received({ listenOnly: true })
    await page.getByText('Saved.').waitFor()
    await page.getByLabel('Low').uncheck()
    await received({ notifySeverities: ['critical', 'high', 'medium'] })
    await page.getByLabel('Start Picket when I log in').check()
    await received({ isOn: true })
  })

  test('that is a text is saved by its button, and a wrong one is refused with a reason', async () => {
    const page = await open('#/settings', scenes.quietScene())
    await page.getByLabel('Limit how big the database may grow').check()
    const field = page.getByLabel('Gigabytes')
    await field.fill('much')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('A number of gigabytes').waitFor()
    expect(station.received).toEqual([])
    await field.fill('2.5')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await received({ storeLimitBytes: 2_500_000_000 })
    await page.getByLabel('Quiet hours').check()
    await page.getByLabel('From').fill('21:00')
    await page.getByLabel('Sun').uncheck()
    await page.getByRole('button', { name: 'Save quiet hours' }).click()
    const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat']
    await received({ quietHours: { from: '21:00', to: '06:00', days } })
  })

  test('of which a person is writing is not lost when somebody changes another', async () => {
    const page = await open('#/settings', scenes.quietScene())
    await page.getByLabel('Quiet hours').check()
    await page.getByLabel('From').fill('20:1')
    const { preferences } = changedSettings()
    const settings = { ...changedSettings(), preferences: { ...preferences, quietHours: null } }
    station.scene = { ...station.scene, settings }
    station.push({ kind: 'settings', at: sceneStartAt, preferences: settings.preferences })
    await page.getByText('On since').waitFor()
    expect(await page.getByLabel('From').inputValue()).toBe('20:1')
  })

  test('of notifications is paused, resumed and tried', async () => {
    const page = await open('#/settings', { ...scenes.quietScene(), host: desktopHost })
    await page.getByRole('button', { name: 'Show a test notification' }).click()
    await page.getByText('One should stand at the edge').waitFor()
    await page.getByRole('button', { name: 'Pause for an hour' }).click()
    await page.getByText('Paused until').waitFor()
    const { pausedUntil } = lastReceived() as { pausedUntil: number }
    expect(pausedUntil - sceneStartAt).toBeGreaterThanOrEqual(3_600_000)
    expect(pausedUntil - sceneStartAt).toBeLessThan(3_700_000)
    await page.getByRole('button', { name: 'Notify again' }).click()
    await received({ pausedUntil: null })
  })

  test('that the host does not have is said to be missing, not hidden', async () => {
    const page = await open('#/settings', scenes.quietScene())
    expect(await page.getByText('Not on this host').count()).toBe(2)
    expect(await page.getByRole('button', { name: 'Show a test notification' }).count()).toBe(0)
  })

  test('to listen only is said on every page', async () => {
    const page = await open('#/devices', scenes.changedSettingsScene())
    await page.getByText('devices get no answer to their reports').waitFor()
  })
})

describe('diagnostics', () => {
  test('show what is sent since listen-only began, and a socket that nobody listed first', async () => {
    const page = await open('#/diagnostics', scenes.diagnosticsScene(alarmingDiagnostics()))
    await page.getByText('0 publishes, 4 acknowledgements, 60 pings').waitFor()
    const first = page.locator('section').first().locator('tbody tr').first()
    expect(await first.innerText()).toContain('203.0.113.7:443')
    const colour = (place: typeof first) =>
      place.evaluate((element) => getComputedStyle(element).color)
    const told = first.locator('td').first()
    expect(await told.innerText()).toBe('Not listed by Picket')
    const usual = page.locator('section').first().locator('tbody tr').last().locator('td').first()
    expect(await colour(told)).not.toBe(await colour(usual))
  })

  test('are read anew by themselves', async () => {
    const page = await open('#/diagnostics', scenes.quietScene())
    await page.getByText('Each is one that Picket lists').waitFor()
    station.scene = scenes.diagnosticsScene(alarmingDiagnostics())
    await page.getByText('Not listed by Picket').waitFor()
  })

  test('are copied as text, made harmless', async () => {
    const found = usualDiagnostics()
    const [link] = found.links
    if (!link) throw new Error('there is a link')
    const links = [{ ...link, name: 'Source a\u202eb' }]
    const page = await open('#/diagnostics', scenes.diagnosticsScene({ ...found, links }))
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.getByRole('button', { name: 'Copy as text' }).click()
    await page.getByText('Copied.').waitFor()
    const text = await page.evaluate(() => navigator.clipboard.readText())
    expect(text).toContain('Picket diagnostics, 20')
    expect(text).toContain('Source a\\u202eb')
    expect(text).toContain('publish 611')
    expect(text).not.toContain('\u202e')
  })

  test('and settings are a key away', async () => {
    const page = await open('#/alarms', scenes.quietScene())
    await page.keyboard.press('g')
    await page.keyboard.press('n')
    await page.getByRole('heading', { name: 'Diagnostics' }).waitFor()
    await page.keyboard.press('g')
    await page.keyboard.press(',')
    await page.getByRole('heading', { name: 'Settings' }).waitFor()
  })
})

test.for([
  ['first-run', () => scenes.firstRunScene(desktopHost)],
  ['settings', scenes.changedSettingsScene],
  ['diagnostics', () => scenes.diagnosticsScene(alarmingDiagnostics())],
] as const)('%s is looked at on a large screen in both themes', async ([name, scene]) => {
  const page = await open(`#/${name}`, scene(), { width: 1920, height: 1080 })
  await page.locator('article section').first().waitFor()
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.screenshot({ path: `${screens}/${name}-1920-${colorScheme}.png` })
  }
  // Nothing lies beside what can be seen.
  const isWide = () => document.documentElement.scrollWidth > document.documentElement.clientWidth
  expect(await page.evaluate(isWide)).toBe(false)
})
