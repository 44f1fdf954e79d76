import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { deviceId } from '../../src/contract/model/device.ts'
import { startBrowser } from '../support/browser.ts'
import { visit, type Visit, type VisitOptions } from '../support/page-visit.ts'
import { sceneStartAt, scriptedAlarm, scriptedId } from '../support/scripted-fleet.ts'
import * as scenes from '../support/scripted-scenes.ts'
import { type ScriptedStation, startScriptedStation } from '../support/scripted-station.ts'

let browser: Browser
let station: ScriptedStation
let current: Visit | undefined

beforeAll(async () => {
  browser = await startBrowser()
})

afterAll(() => browser?.close())

beforeEach(async () => {
  station = await startScriptedStation(scenes.busyScene())
})

afterEach(async () => {
  await current?.context.close()
  await station.stop()
})

async function open(hash: string, words: string, options?: VisitOptions): Promise<Page> {
  current = await visit(browser, `${station.address}/#/${hash}`, options)
  await see(current.page, words)
  return current.page
}

const see = (page: Page, words: string) => page.getByText(words).first().waitFor({ timeout: 5000 })
const rows = (page: Page) => page.locator('.list a.row').allInnerTexts()
const hash = (page: Page) => page.evaluate(() => location.hash)
const at = sceneStartAt

const newAlarm = scriptedAlarm(50, {
  deviceId: deviceId.parse('pump-20'),
  severity: 'critical',
  startedAt: sceneStartAt - 300_000,
})

describe('new facts', () => {
  test('wait behind a button, so that nothing moves under the cursor', async () => {
    const page = await open('alarms', 'pump-07')
    const before = await rows(page)
    station.push({ kind: 'alarm', at, alarm: newAlarm })
    const button = page.getByRole('button', { name: '1 new' })
    await button.waitFor()
    expect((await rows(page)).length).toBe(before.length)
    await button.click()
    await see(page, 'pump-20')
    expect((await rows(page))[0]).toContain('pump-20')
  })

  test('leave the choice where it is, and an ended alarm in its place', async () => {
    const page = await open(`alarms/${scriptedId(2)}`, 'What would clear it')
    const before = await rows(page)
    const [alarm] = station.scene.active
    if (!alarm) throw new Error('the busy scene has an alarm')
    station.push({ kind: 'alarm', at, alarm: { ...alarm, state: 'alarm-cleared', endedAt: at } })
    await page.locator('a.row .tag', { hasText: 'Cleared' }).waitFor()
    expect((await rows(page)).length).toBe(before.length)
    expect(await page.locator('a.row[aria-current]').innerText()).toContain('pump-03')
  })

  test('after a gap in their numbers, everything is read anew', async () => {
    const page = await open('alarms', 'pump-07')
    station.push({ kind: 'slot-closed', at, slotStartAt: at })
    station.scene = { ...scenes.busyScene(), active: [...scenes.busyScene().active, newAlarm] }
    station.push({ kind: 'slot-closed', at, slotStartAt: at }, 3)
    await page.getByRole('button', { name: '1 new' }).waitFor()
  })

  test('of the status reach the header', async () => {
    const page = await open('system', '23 of 24')
    const status = { ...station.scene.status, devices: { total: 24, reporting: 9 } }
    station.push({ kind: 'status', at, status })
    await see(page, '9 of 24')
  })
})

describe('what does not change', () => {
  test('is not asked for again with every status', async () => {
    const page = await open('alarms?tab=history', 'Cleared')
    const before = station.answered.length
    for (const total of [24, 25, 26]) {
      const status = { ...station.scene.status, devices: { total, reporting: 9 } }
      station.push({ kind: 'status', at, status })
      await see(page, `9 of ${total}`)
    }
    expect(station.answered.slice(before)).toEqual([])
  })
})

describe('a lost connection', () => {
  test('is told at once, keeps what was seen, and heals by itself', async () => {
    const page = await open('alarms', 'pump-07')
    station.cut()
    await see(page, 'Connection to the station lost')
    expect((await rows(page)).length).toBe(3)
    station.scene = { ...scenes.busyScene(), active: [...scenes.busyScene().active, newAlarm] }
    station.restore()
    await page.getByRole('button', { name: '1 new' }).waitFor({ timeout: 10_000 })
    expect(await page.getByText('Connection to the station lost').count()).toBe(0)
  })

  test('signing in elsewhere brings the page to life', async () => {
    station.scene = scenes.signedOutScene()
    const page = await open('alarms', 'This page is not signed in')
    station.scene = scenes.busyScene()
    await page.getByText('pump-07').first().waitFor({ timeout: 10_000 })
  })
})

describe('the keyboard', () => {
  test('moves through the alarms and opens one', async () => {
    const page = await open('alarms', 'pump-07')
    await page.keyboard.press('j')
    expect(await hash(page)).toContain(scriptedId(1))
    await page.keyboard.press('j')
    expect(await hash(page)).toContain(scriptedId(3))
    await page.keyboard.press('k')
    expect(await hash(page)).toContain(scriptedId(1))
    await page.locator('a.row[aria-current]').focus()
    await page.keyboard.press('j')
    await page.waitForFunction(() => document.activeElement?.textContent.includes('pump-18'))
    await page.locator('main').focus()
    await page.keyboard.press('Enter')
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe(
      'Evidence',
    )
  })

  test('goes from page to page, but not while someone types', async () => {
    const page = await open('alarms', 'pump-07')
    await page.keyboard.press('/')
    await page.keyboard.type('gd pump-18')
    expect(await hash(page)).toBe('#/alarms')
    await page.keyboard.press('Escape')
    await page.keyboard.type('gd')
    await see(page, '24 devices')
    await page.keyboard.type('gp')
    await see(page, 'As configured, expect')
    await page.keyboard.type('gs')
    await see(page, 'What each behavior has learned')
    await page.keyboard.type('ga')
    await see(page, 'Choose an alarm')
  })

  test('shows all keys on ? and closes them on Escape', async () => {
    const page = await open('system', 'Sources')
    await page.keyboard.press('?')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
  })

  test('reaches everything in order, with the focus in sight', async () => {
    const page = await open(`alarms/${scriptedId(1)}`, 'What would clear it')
    const stops: string[] = []
    for (let count = 0; count < 30; count += 1) {
      await page.keyboard.press('Tab')
      stops.push(await page.evaluate(describeFocus))
    }
    expect(stops.filter((stop) => stop.endsWith('hidden'))).toEqual([])
    const order = [
      'Alarms',
      'Devices',
      'Profiles',
      'System',
      'UTC',
      'All keys',
      'History',
      'Width of the list',
      'Open device',
      'Messages sent over time',
      'Bytes out',
      'True positive t',
      'Unknown u',
      'TEXTAREA',
    ]
    const places = order.map((name) => stops.findIndex((stop) => stop.includes(name)))
    expect(places).toEqual([...places].sort((a, b) => a - b))
    expect(places).not.toContain(-1)
  })

  test('moves the crosshair, which is the same in every chart', async () => {
    const page = await open('devices/pump-07', 'Latest, 22 Nov 03:05')
    await page.getByRole('slider', { name: 'Messages sent over time' }).focus()
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('ArrowLeft')
    await page.waitForFunction(() => document.querySelectorAll('.crosshair').length === 9)
    expect(await page.getByText('22 Nov 02:55').count()).toBe(9)
  })
})

describe('a mark', () => {
  const status = (page: Page) => page.getByRole('region', { name: 'Verification' })
  const marked = () => station.answered.filter((call) => call === 'alarms.verify').length

  test.each([
    ['t', 'True positive', 'Marked as true positive'],
    ['b', 'Benign positive', 'Marked as benign positive'],
    ['f', 'False positive', 'Marked as false positive'],
    ['u', 'Unknown', 'Not marked yet'],
  ])('is one key, %s, and one button: %s', async (key, name, words) => {
    const page = await open(`alarms/${scriptedId(1)}`, 'Not marked yet')
    await page.keyboard.press(key)
    const button = status(page).getByRole('button', { name, pressed: true })
    await button.waitFor()
    await see(page, words)
    await button.click()
    await expect.poll(marked).toBe(2)
  })

  test('is undone with z, and comes back as it was', async () => {
    station.scene = scenes.reasonsScene()
    const page = await open(`alarms/${scriptedId(60)}`, 'Marked as benign positive')
    await page.keyboard.press('f')
    await see(page, 'Marked as false positive')
    await page.keyboard.press('z')
    await see(page, 'Marked as benign positive')
    await page.getByRole('button', { name: 'Undo z' }).waitFor({ state: 'hidden' })
    expect(await page.getByRole('textbox', { name: /^Note/ }).inputValue()).toContain('Pump test')
  })

  test('of the last key stays when keys come fast', async () => {
    const page = await open(`alarms/${scriptedId(1)}`, 'Not marked yet')
    await page.keyboard.type('tbf')
    await expect.poll(marked).toBe(3)
    await see(page, 'Marked as false positive')
  })

  test('keeps its note, written without marking anything by the way', async () => {
    const page = await open(`alarms/${scriptedId(1)}`, 'Not marked yet')
    await page.keyboard.press('n')
    await page.keyboard.type('a test by the fitter, bft')
    await page.keyboard.press('Control+Enter')
    await see(page, 'Noted, not marked')
    await page.keyboard.press('b')
    await see(page, 'Marked as benign positive')
    await page.reload()
    await see(page, 'Marked as benign positive')
    const note = page.getByRole('textbox', { name: /^Note/ })
    expect(await note.inputValue()).toBe('a test by the fitter, bft')
    expect(marked()).toBe(2)
  })

  test('that cannot be kept says so and changes nothing', async () => {
    const page = await open(`alarms/${scriptedId(1)}`, 'Not marked yet')
    station.scene = { ...station.scene, failure: 'STORE_FULL' }
    await page.keyboard.press('t')
    await page.getByRole('alert').getByText('Not kept: The disk is full').waitFor()
    expect(await status(page).getByRole('button', { pressed: true }).count()).toBe(0)
  })
})

describe('a metric that was strange along', () => {
  test('leads to its chart on the page of the device', async () => {
    const page = await open(`alarms/${scriptedId(1)}`, 'Also strange within half an hour')
    await page.getByRole('link', { name: 'Bytes out', exact: true }).click()
    expect(await hash(page)).toBe('#/devices/pump-07?metric=aws%3Aall-bytes-out')
    await page.getByRole('slider', { name: 'Bytes out over time' }).waitFor()
    await expect
      .poll(() =>
        page.locator('.isSought').evaluate((chart) => {
          const { top, bottom } = chart.getBoundingClientRect()
          return top >= 0 && bottom <= innerHeight
        }),
      )
      .toBe(true)
    expect(await page.locator('.isSought h2').innerText()).toBe('Bytes out')
    // Only the page's own part scrolls: the status stays on screen.
    expect(await page.locator('header').first().boundingBox()).toMatchObject({ y: 0 })
  })

  test('comes first among the charts of the same hours', async () => {
    const page = await open(`alarms/${scriptedId(1)}`, 'Same device, same hours')
    const siblings = page.getByRole('region', { name: 'Same device, same hours' })
    await siblings.getByRole('heading', { name: 'Bytes out' }).waitFor()
    expect((await siblings.getByRole('heading', { level: 2 }).allInnerTexts()).slice(1, 3)).toEqual(
      ['Bytes out', 'Disconnects'],
    )
  })
})

describe('what a device calls itself', () => {
  test('stays text, wherever it is shown', async () => {
    station.scene = scenes.hostileScene()
    const page = await open('devices', 'onerror=alert(1)')
    await page.getByText('<img src=x onerror=alert(1)>').first().click()
    await see(page, 'All devices')
    for (const [address, words] of [
      ['devices/javascript%3Aalert(1)', 'first seen'],
      [`alarms/${scriptedId(90)}`, 'What would clear it'],
      [`alarms/${scriptedId(95)}`, '"><script>alert(1)</script> sent'],
      [`alarms/${scriptedId(92)}`, '<b>zigzag</b>\\u202e of the last 2 h'],
      ['profiles', '<script>alert(1)</script>\\u202e description'],
      ['system', 'Rejected inputs'],
    ] as const) {
      await page.goto(`${station.address}/#/${address}`)
      await see(page, words)
      const alien = page.locator('img, body script:not([src]), a[href^="javascript:"], b')
      expect(await alien.count()).toBe(0)
    }
    expect(current?.faults).toEqual([])
  })
})

describe('at 200 % zoom', () => {
  test.each([
    'alarms',
    `alarms/${scriptedId(1)}`,
    'devices',
    'devices/pump-11',
    'profiles',
    'system',
  ])('%s needs no scrolling sideways', async (address) => {
    const page = await open(address, 'North pumping station', { width: 640, height: 400 })
    await page.waitForLoadState('networkidle')
    const { wide, room } = await page.evaluate(() => {
      const main = document.querySelector('main')
      return {
        wide: Math.max(
          document.documentElement.scrollWidth,
          main ? main.scrollWidth + main.offsetLeft : 0,
        ),
        room: innerWidth,
      }
    })
    expect(wide).toBeLessThanOrEqual(room)
  })
})

describe('choices', () => {
  test('of theme and zone last over a reload, without a flash of the other theme', async () => {
    const page = await open('system', 'Sources', { theme: 'light' })
    await page.getByRole('button', { name: 'Dark theme' }).click()
    await page.getByRole('button', { name: 'Local' }).click()
    await page.reload({ waitUntil: 'commit' })
    await page.waitForFunction(() => document.body !== null)
    expect(await page.evaluate(() => document.documentElement.dataset['theme'])).toBe('dark')
    await see(page, 'Sources')
    expect(await page.getByRole('button', { name: 'Local' }).getAttribute('aria-pressed')).toBe(
      'true',
    )
    const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    expect(ground).toBe('rgb(14, 18, 23)')
  })

  test('of a time range stand in the address', async () => {
    const page = await open('devices/pump-07', 'Messages sent')
    await page.getByRole('button', { name: '3 d', exact: true }).click()
    expect(await hash(page)).toBe('#/devices/pump-07?range=3d')
  })

  test('of the values as a table are there for those who cannot see a chart', async () => {
    const page = await open(`alarms/${scriptedId(1)}`, 'What would clear it')
    await page.getByRole('button', { name: 'Values of Messages sent' }).click()
    const table = page.getByRole('region', { name: 'Values of Messages sent' })
    expect(await table.getByRole('cell', { name: 'Violation' }).count()).toBe(17)
  })
})

/** Name of the element with the focus, and whether its focus can be seen. */
function describeFocus(): string {
  const focused = document.activeElement
  if (!(focused instanceof HTMLElement)) return 'nothing hidden'
  const { outlineStyle, outlineWidth } = getComputedStyle(focused)
  const isSeen = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2
  const words = focused.matches('a, button') ? focused.innerText : focused.tagName
  const name = focused.getAttribute('aria-label') ?? words
  return `${name.replaceAll('\n', ' ')} ${isSeen ? 'seen' : 'hidden'}`
}
