import { mkdir } from 'node:fs/promises'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startBrowser } from '../support/browser.ts'
import { accessibilityFaults, visit, type Visit, type VisitOptions } from '../support/page-visit.ts'
import * as scenes from '../support/scripted-scenes.ts'
import { startScriptedStation, type ScriptedStation } from '../support/scripted-station.ts'

const screens = 'test-results/screens'
const pem = (what: string) => `-----BEGIN ${what}-----\nMIIB\n-----END ${what}-----\n`

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

async function open(
  hash: string,
  { scene = scenes.sourcesScene(), ...options }: VisitOptions & { scene?: scenes.Scene } = {},
): Promise<Page> {
  station = await startScriptedStation(scene)
  current = await visit(browser, `${station.address}/#/${hash}`, options)
  current.page.setDefaultTimeout(8000)
  // The heading of the page itself: while it waits for the station there is another one.
  await current.page.locator('article h1').waitFor()
  return current.page
}

const next = (page: Page) => page.getByRole('button', { name: 'Next' }).click()
const heading = (page: Page, name: string) =>
  page.getByRole('heading', { name, exact: true }).waitFor()

async function shots(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.screenshot({ path: `${screens}/${name}-${colorScheme}.png`, fullPage: true })
    expect(await accessibilityFaults(page)).toEqual([])
  }
}

/** Fills in a broker over MQTT, up to its test. */
async function fillIn(page: Page): Promise<void> {
  await page.getByLabel('Mosquitto, over MQTT').check()
  await next(page)
  await heading(page, 'Where it is')
  await page.getByLabel('Name').fill('plant-2')
  await page.getByLabel('Address').fill('10.20.0.4')
  await page.getByLabel('By the site’s own authority').check()
  await page.getByLabel('Certificate of the authority', { exact: true }).fill(pem('CERTIFICATE'))
}

async function logIn(page: Page): Promise<void> {
  await next(page)
  await heading(page, 'Login')
  await page.getByLabel('User name', { exact: true }).fill('picket')
  await page.getByLabel('Password', { exact: true }).fill('a long secret')
}

describe('connecting a broker', () => {
  test.each([1280, 1920])('leads from its kind to the metrics it shows, %i wide', async (width) => {
    const page = await open('sources', { width, height: width === 1920 ? 1080 : 800 })
    await page.keyboard.press('c')
    await heading(page, 'Kind of broker')
    await fillIn(page)
    await shots(page, `connect-place-${width}`)
    await logIn(page)
    await page.getByLabel('Show a client certificate').check()
    await page.getByLabel('Certificate', { exact: true }).fill(pem('CERTIFICATE'))
    await page.getByLabel('File for: Its key').setInputFiles({
      name: 'picket.key',
      mimeType: 'text/plain',
      buffer: Buffer.from(pem('PRIVATE KEY')),
    })
    await shots(page, `connect-login-${width}`)
    await next(page)
    await page.getByRole('button', { name: 'Test it' }).click()
    await page.getByText('published no line of its log').waitFor()
    await page.getByText('log_dest topic').waitFor()
    await shots(page, `connect-test-${width}`)
    await next(page)
    await page.getByText('5 observed, 1 partly, 7 not measurable').waitFor()
    await shots(page, `connect-save-${width}`)
    await page.getByRole('button', { name: 'Save and watch it' }).click()
    await heading(page, 'Sources')
    const draft = {
      kind: 'mosquitto-topics',
      id: 'plant-2',
      url: 'mqtts://10.20.0.4:8883',
      username: 'picket',
    }
    const secrets = {
      password: 'a long secret',
      ca: pem('CERTIFICATE'),
      cert: pem('CERTIFICATE'),
      key: pem('PRIVATE KEY'),
    }
    expect(station.received).toEqual([
      { draft, secrets },
      { draft, secrets, replaces: false },
    ])
  })

  test('says what is wrong with a field, and leads there', async () => {
    const page = await open('connect')
    await page.getByLabel('Any other broker').check()
    await next(page)
    await next(page)
    const name = page.getByLabel('Name')
    expect(await name.getAttribute('aria-invalid')).toBe('true')
    expect(await name.evaluate((field) => field === document.activeElement)).toBe(true)
    await name.fill('line-2')
    await page.getByLabel('Address').fill('mqtt://picket:secret@10.0.0.1')
    await next(page)
    await page.getByText('Another source has this name').waitFor()
    await page.getByText('without mqtt:// and without a login').waitFor()
    await shots(page, 'connect-mistakes')
    expect(station.received).toEqual([])
  })

  test('leaves the certificate unchecked only with a reason in words', async () => {
    const page = await open('connect')
    await fillInUnchecked(page)
    await next(page)
    await page.getByText('Say who decided so, and why').waitFor()
    await page.getByLabel('Who decided not to check it, and why').fill('M. Huber, until Monday')
    await logIn(page)
    await next(page)
    await page.getByRole('button', { name: 'Test it' }).click()
    await page.getByText('Reached', { exact: false }).first().waitFor()
    expect(station.received[0]).toMatchObject({
      draft: { trustAnyCertificate: { reason: 'M. Huber, until Monday' } },
    })
  })

  test('goes on with a test that was of something else as one that was not made', async () => {
    const page = await open('connect')
    await fillIn(page)
    await logIn(page)
    await next(page)
    await page.getByRole('button', { name: 'Test it' }).click()
    await page.getByText('published no line of its log').waitFor()
    await page.getByRole('button', { name: 'Back' }).click()
    await page.getByLabel('User name', { exact: true }).fill('somebody')
    await next(page)
    await next(page)
    await page.getByText('Not tested as it stands').waitFor()
  })

  test('shows a test that cannot be made, and a broker’s words as they are', async () => {
    const scene = scenes.sourcesScene()
    delete scene.probe
    const page = await open('connect', { scene })
    await fillIn(page)
    await logIn(page)
    await next(page)
    await page.getByRole('button', { name: 'Test it' }).click()
    await page.getByRole('alert').getByText('Enter them again').waitFor()
    await shots(page, 'connect-test-failed')
    station.scene = scenes.hostileSourcesScene()
    await page.getByRole('button', { name: 'Test it' }).click()
    await page.getByText('<svg onload=alert(1)>\\u202e').first().waitFor()
    await shots(page, 'connect-test-hostile')
  })

  test('can be done with the keyboard alone', async () => {
    const page = await open('connect')
    const focused = () =>
      page.evaluate(() => {
        const { activeElement } = document
        const labels = activeElement instanceof HTMLInputElement ? activeElement.labels : null
        return labels?.[0]?.textContent?.trim() ?? activeElement?.textContent?.trim() ?? ''
      })
    const reach = async (words: string) => {
      for (let presses = 0; presses < 40; presses += 1) {
        if ((await focused()).startsWith(words)) return
        await page.keyboard.press('Tab')
      }
      throw new Error(`${words} is not reached`)
    }
    await reach('Mosquitto, by its log')
    await page.keyboard.press('Enter')
    await heading(page, 'Where it is')
    await reach('Name')
    await page.keyboard.type('plant-log-2')
    await page.keyboard.press('Enter')
    await reach('Test it')
    await page.keyboard.press('Enter')
    await page.getByText('published no line of its log').waitFor()
    expect(station.received).toEqual([
      {
        draft: {
          kind: 'mosquitto-log',
          id: 'plant-log-2',
          input: { kind: 'file', path: '/var/log/mosquitto/mosquitto.log' },
        },
        secrets: {},
      },
    ])
  })
})

describe('a source that is there', () => {
  test('is changed without its password being known to the page', async () => {
    const page = await open('connect/line-2')
    await page.getByLabel('Who decided not to check it, and why').waitFor()
    await next(page)
    const password = page.getByLabel('Password', { exact: true })
    expect(await password.inputValue()).toBe('')
    await page.getByText('One is kept').first().waitFor()
    await next(page)
    await next(page)
    await page.getByRole('button', { name: 'Save the change' }).click()
    await heading(page, 'Sources')
    expect(station.received).toEqual([
      { draft: scenes.sourcesScene().sources?.[1]?.draft, secrets: {}, replaces: true },
    ])
  })

  test('is removed after a question whose safe answer has the focus', async () => {
    const page = await open('sources')
    await page.getByRole('button', { name: 'Remove …' }).first().click()
    await page.getByText('Remove plant-log?').waitFor()
    await shots(page, 'sources-remove')
    await page.keyboard.press('Enter')
    expect(station.received).toEqual([])
    await page.getByRole('button', { name: 'Remove …' }).first().click()
    await page.getByRole('button', { name: 'Remove', exact: true }).click()
    await page.getByText('/var/log/mosquitto').first().waitFor({ state: 'detached' })
    expect(station.received).toEqual([{ id: 'plant-log' }])
  })

  test('shows what it can measure when asked', async () => {
    const page = await open('sources', { width: 1920, height: 1080 })
    await page.getByText('5 observed, 1 partly, 7 not measurable').click()
    await page.getByText('Mosquitto does not log who was refused.').waitFor()
    await shots(page, 'sources-metrics')
  })
})

async function fillInUnchecked(page: Page): Promise<void> {
  await fillIn(page)
  await page.getByLabel('Do not check the certificate').check()
}
