import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startBrowser } from '../support/browser.ts'
import { visit, type Visit } from '../support/page-visit.ts'
import { sceneStartAt, scriptedId } from '../support/scripted-fleet.ts'
import { scriptedIsolation } from '../support/scripted-quarantine.ts'
import * as scenes from '../support/scripted-scenes.ts'
import { type ScriptedStation, startScriptedStation } from '../support/scripted-station.ts'

const screens = 'test-results/screens'

let browser: Browser
let station: ScriptedStation
let current: Visit | undefined

beforeAll(async () => {
  browser = await startBrowser()
})

afterAll(() => browser?.close())

afterEach(async () => {
  await current?.context.close()
  await station.stop()
})

async function open(hash: string, words: string, scene = scenes.busyScene()): Promise<Page> {
  station = await startScriptedStation(scene)
  current = await visit(browser, `${station.address}/#/${hash}`, { width: 1920, height: 1080 })
  await see(current.page, words)
  return current.page
}

const see = (page: Page, words: string) =>
  page.getByText(words).first().waitFor({ timeout: 15_000 })
const hash = (page: Page) => page.evaluate(() => location.hash)
const field = (page: Page, words: string) => page.getByLabel(words, { exact: true })
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
const isolateButton = (page: Page) => button(page, 'Isolate this device')
const typeToConfirm = (page: Page) => page.getByLabel(/^Type .* to confirm$/)

async function fillIn(page: Page, name = 'pump-07'): Promise<void> {
  await field(page, 'Why').fill('Sends far too much to a stranger.')
  await field(page, 'Your name').fill('J. Novak')
  await typeToConfirm(page).fill(name)
}

const order = {
  deviceId: 'pump-07',
  digest: 'a'.repeat(64),
  confirmation: 'pump-07',
  reason: 'Sends far too much to a stranger.',
  by: 'J. Novak',
  releaseAfterMinutes: 1440,
  alarmIds: [scriptedId(1)],
}

describe('the key q', () => {
  test('opens the dry run of the chosen alarm’s device, and changes nothing', async () => {
    const page = await open(`alarms/${scriptedId(1)}`, 'What would clear it')
    await page.keyboard.press('q')
    await see(page, 'This is a dry run: nothing has been changed.')
    expect(await hash(page)).toBe(`#/isolate/pump-07?alarms=${scriptedId(1)}`)
    await see(page, 'historian (site/#)')
    await page.keyboard.press('q')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Space')
    await page.getByRole('button', { name: 'Look again' }).click()
    await expect.poll(() => planned().length).toBe(2)
    expect(acts()).toEqual([])
  })

  test('does the same on the page of a device', async () => {
    const page = await open('devices/pump-05', 'Quarantine …')
    await page.keyboard.press('q')
    await see(page, 'This is a dry run: nothing has been changed.')
    expect(await hash(page)).toBe('#/isolate/pump-05')
  })

  test('leads to the isolation of a device that is isolated already', async () => {
    const page = await open('devices/pump-07', 'Isolated', scenes.quarantineScene())
    await see(page, 'Why: Sent 40 times as much')
    await page.keyboard.press('q')
    await see(page, 'Another time …')
    expect(await hash(page)).toBe('#/quarantine')
  })

  test('with alarms selected by x, leads to the actions on all of them', async () => {
    const page = await open('alarms', 'pump-07')
    for (const key of ['j', 'x', 'j', 'x', 'j', 'x', 'x']) await page.keyboard.press(key)
    await see(page, '2 selected')
    expect(await page.locator('a.row', { hasText: 'Selected' }).count()).toBe(2)
    await page.keyboard.press('q')
    await see(page, 'Mitigation actions on 2 alarms')
    expect(await hash(page)).toBe(`#/mitigate?alarms=${scriptedId(1)},${scriptedId(3)}`)
    expect(acts()).toEqual([])
  })

  test('is a letter like others where somebody types, and after g leads to the page', async () => {
    const page = await open(`alarms/${scriptedId(1)}`, 'What would clear it')
    await page.keyboard.press('/')
    await page.keyboard.type('q')
    expect(await hash(page)).toBe(`#/alarms/${scriptedId(1)}`)
    await page.locator('main').focus()
    await page.keyboard.press('g')
    await page.keyboard.press('q')
    await see(page, 'Every device is on the network')
  })
})

describe('the second step', () => {
  test('needs a reason, a name and the device’s name, exactly', async () => {
    const page = await open('isolate/pump-07', 'historian (site/#)')
    const act = isolateButton(page)
    expect(await act.isDisabled()).toBe(true)
    await fillIn(page)
    expect(await act.isEnabled()).toBe(true)
    for (const wrong of [
      '',
      'pump-0',
      'pump-077',
      'Pump-07',
      ' pump-07',
      'pump-07 ',
      'pump\u200b-07',
    ]) {
      await typeToConfirm(page).fill(wrong)
      expect(await act.isDisabled(), JSON.stringify(wrong)).toBe(true)
    }
    await typeToConfirm(page).fill('pump-07')
    for (const [name, whole] of [
      ['Why', 'Sends far too much'],
      ['Your name', 'J. Novak'],
    ] as const) {
      await field(page, name).fill('  ')
      expect(await act.isDisabled(), name).toBe(true)
      await field(page, name).fill(whole)
    }
    expect(await act.isEnabled()).toBe(true)
  })

  test('is not taken by Enter in a field, nor is anything else changed by it', async () => {
    const page = await open('isolate/pump-07', 'historian (site/#)')
    await fillIn(page)
    for (const one of [field(page, 'Your name'), typeToConfirm(page)]) await one.press('Enter')
    expect(await button(page, '24 h').getAttribute('aria-pressed')).toBe('true')
    expect(await isolateButton(page).evaluate((one) => one === document.activeElement)).toBe(false)
    await isolateButton(page).click()
    await see(page, 'Another time …')
    expect(station.received).toEqual([{ ...order, alarmIds: [] }])
  })

  test('sends what was shown and typed, and leads to where it is proved', async () => {
    const page = await open(`isolate/pump-07?alarms=${scriptedId(1)}`, 'historian (site/#)')
    await fillIn(page)
    await page.setViewportSize({ width: 1280, height: 500 })
    await button(page, '8 h').click()
    await isolateButton(page).click()
    await see(page, 'Isolated: 0 messages in 60 s, 14 refused attempts.')
    expect(await hash(page)).toBe('#/quarantine')
    expect(await page.evaluate(() => document.querySelector('main')?.scrollTop)).toBe(0)
    expect(station.received).toEqual([{ ...order, releaseAfterMinutes: 480 }])
  })

  test('remembers how the person calls herself', async () => {
    const page = await open('isolate/pump-07', 'historian (site/#)')
    await fillIn(page)
    await isolateButton(page).click()
    await see(page, 'Another time …')
    await page.goto(`${station.address}/#/isolate/pump-09`)
    await see(page, 'historian (site/#)')
    expect(await field(page, 'Your name').inputValue()).toBe('J. Novak')
    expect(await typeToConfirm(page).inputValue()).toBe('')
  })

  test.for([
    ['By hand only', null],
    ['1 h', 60],
    ['7 days', 10_080],
  ] as const)('releases %s', async ([choice, releaseAfterMinutes]) => {
    const page = await open('isolate/pump-07', 'historian (site/#)')
    await fillIn(page)
    await button(page, choice).click()
    await isolateButton(page).click()
    await see(page, 'Another time …')
    expect(station.received).toEqual([{ ...order, alarmIds: [], releaseAfterMinutes }])
  })

  test('takes a time of one’s own only where it is one', async () => {
    const page = await open('isolate/pump-07', 'historian (site/#)')
    await fillIn(page)
    await button(page, 'Other').click()
    expect(await isolateButton(page).isDisabled()).toBe(true)
    await field(page, 'Hours').fill('soon')
    await see(page, 'A number of hours')
    expect(await isolateButton(page).isDisabled()).toBe(true)
    await field(page, 'Hours').fill('1,5')
    await isolateButton(page).click()
    await see(page, 'Another time …')
    expect(station.received).toMatchObject([{ releaseAfterMinutes: 90 }])
  })

  test('shows what the station says, keeps the reason, and wants the name once more', async () => {
    const page = await open('isolate/pump-07', 'historian (site/#)')
    await fillIn(page)
    station.scene = { ...station.scene, failure: 'BROKER_REFUSED' }
    await isolateButton(page).click()
    await page.getByRole('alert').getByText('Not done: The broker refused.').waitFor()
    expect(await field(page, 'Why').inputValue()).toBe(order.reason)
    expect(await isolateButton(page).isDisabled()).toBe(true)
    expect(await hash(page)).toBe('#/isolate/pump-07')
  })

  test('is not on offer where the plan forbids it', async () => {
    const page = await open(
      'isolate/pump-07',
      'This is the login that Picket itself uses.',
      scenes.forbiddenQuarantineScene(),
    )
    expect(await isolateButton(page).count()).toBe(0)
    expect(await typeToConfirm(page).count()).toBe(0)
  })

  test('shows what is different where the plan has changed meanwhile', async () => {
    const page = await open('isolate/pump-07', 'historian (site/#)')
    await fillIn(page)
    planAnew({ shares: ['pump-07\u202e-spare, a third session'] })
    await isolateButton(page).click()
    await see(page, 'What would be done is not what you saw. Nothing was changed.')
    const changes = page.getByRole('status').filter({ hasText: 'not what you saw' })
    expect((await changes.locator('li').allInnerTexts()).sort()).toEqual([
      'New: pump-07\\u202e-spare, a third session goes with it.',
      'Not any more: pump-07-display, a second session on this user name goes with it.',
    ])
    await page.screenshot({ path: `${screens}/isolate-changed-meanwhile.png` })
    expect(await isolateButton(page).isDisabled()).toBe(true)
    await typeToConfirm(page).fill('pump-07')
    await isolateButton(page).click()
    await see(page, 'Another time …')
    expect(station.received).toMatchObject([{ digest: order.digest }, { digest: 'c'.repeat(64) }])
  })

  test('of a safety-critical device needs somebody else, with a PIN', async () => {
    const page = await open('isolate/pump-07', 'safety-critical', scenes.criticalQuarantineScene())
    await fillIn(page)
    const act = isolateButton(page)
    expect(await act.isDisabled()).toBe(true)
    await field(page, 'Second person’s PIN').fill('4711')
    await field(page, 'Second person’s name').fill('J. Novak ')
    await see(page, 'Somebody else than you')
    expect(await act.isDisabled()).toBe(true)
    await field(page, 'Second person’s name').fill('M. Okafor')
    await field(page, 'Second person’s PIN').fill('471')
    expect(await act.isDisabled()).toBe(true)
    await field(page, 'Second person’s PIN').fill('4711')
    station.scene = { ...station.scene, failure: 'APPROVAL_WRONG' }
    await act.click()
    await page.getByRole('alert').getByText('do not fit').waitFor()
    expect(await field(page, 'Second person’s PIN').inputValue()).toBe('')
    expect(station.received).toMatchObject([{ approval: { by: 'M. Okafor', pin: '4711' } }])
  })

  test('can be taken for a name that hides a character, for it can be copied', async () => {
    const name = 'pump-\u202e70-niam'
    const page = await open(`isolate/${encodeURIComponent(name)}`, 'historian (site/#)')
    await see(page, 'Type pump-\\u202e70-niam to confirm')
    await current?.context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await fillIn(page, 'pump-\\u202e70-niam')
    expect(await isolateButton(page).isDisabled()).toBe(true)
    await button(page, 'Copy its name').click()
    await see(page, 'Copied.')
    await typeToConfirm(page).fill('')
    await typeToConfirm(page).press('ControlOrMeta+v')
    await isolateButton(page).click()
    await see(page, 'Another time …')
    expect(station.received).toMatchObject([{ deviceId: name, confirmation: name }])
  })
})

describe('actions on several alarms', () => {
  const alarms = `mitigate?alarms=${scriptedId(1)},${scriptedId(2)}`

  test('are started with the plans that were shown, once their number was typed', async () => {
    const page = await open(alarms, 'Type 2 devices to confirm', scenes.quarantineScene())
    await page.getByLabel('ticket').check()
    await fillIn(page, 'pump-07')
    const act = button(page, 'Isolate 2 devices')
    expect(await act.isDisabled()).toBe(true)
    await typeToConfirm(page).fill('2 devices')
    await act.click()
    await expect.poll(() => hash(page)).toBe('#/quarantine')
    const digest = 'a'.repeat(64)
    expect(station.received).toMatchObject([
      {
        target: { violationIds: [scriptedId(1), scriptedId(2)] },
        actions: ['quarantine', 'ticket'],
        digests: { 'pump-07': digest, 'pump-03': digest },
        confirmation: '2 devices',
        by: 'J. Novak',
      },
    ])
  })

  test('that isolate nobody need no name, and none can be started where none is chosen', async () => {
    const page = await open(alarms, 'Type 2 devices to confirm', scenes.quarantineScene())
    await page.getByLabel('quarantine').uncheck()
    await see(page, 'Devices: 0')
    expect(await page.getByRole('button', { name: /^(Start|Isolate)/ }).count()).toBe(0)
    await page.getByLabel('ticket').check()
    await button(page, 'Start on 2 devices').waitFor()
    expect(await typeToConfirm(page).count()).toBe(0)
    await field(page, 'Why').fill('Two pumps at once.')
    await field(page, 'Your name').fill('J. Novak')
    await button(page, 'Start on 2 devices').click()
    await expect.poll(() => hash(page)).toBe('#/quarantine')
    expect(station.received).toMatchObject([{ actions: ['ticket'], digests: {} }])
  })
})

describe('the quarantine page', () => {
  test('puts what needs a person first, and says it loudly', async () => {
    const page = await open('quarantine', 'NOT isolated', scenes.quarantineScene())
    const heads = await page.locator('article section header h2 bdi').allInnerTexts()
    expect(heads).toEqual(['pump-03', 'pump-11', 'pump-07', 'valve-02'])
    const loud = page.locator('section.trouble')
    expect(await loud.count()).toBe(2)
    expect(await loud.first().innerText()).toContain('3 messages in the last 60 s')
  })

  test('releases a device with a reason, and not without', async () => {
    const page = await open('quarantine', 'NOT isolated', scenes.quarantineScene())
    const panel = isolationOf(page, 'pump-07')
    await panel.getByRole('button', { name: 'Release …' }).click()
    const act = panel.getByRole('button', { name: 'Release it', exact: true })
    await panel.getByLabel('Your name').fill('J. Novak')
    expect(await act.isDisabled()).toBe(true)
    await panel.getByLabel('Why').fill('Firmware renewed.')
    await act.click()
    await expect
      .poll(() => released())
      .toEqual([{ id: isolationId(1), by: 'J. Novak', reason: 'Firmware renewed.' }])
  })

  test('asks how, where the broker was changed meanwhile', async () => {
    const page = await open('quarantine', 'NOT isolated', scenes.quarantineScene())
    const panel = isolationOf(page, 'pump-11')
    await panel.getByText('The group line-2 was removed').waitFor()
    await panel.getByText('now due').waitFor()
    await panel.getByRole('button', { name: 'Release …' }).click()
    expect(await panel.getByLabel('Take only Picket’s block away').isChecked()).toBe(true)
    await panel.getByLabel('Restore it as it was').check()
    await panel.getByLabel('Your name').fill('J. Novak')
    await panel.getByLabel('Why').fill('Firmware renewed.')
    await page.screenshot({ path: `${screens}/quarantine-release-how.png` })
    await panel.getByRole('button', { name: 'Release it', exact: true }).click()
    await expect.poll(() => released()).toMatchObject([{ manner: 'restore' }])
  })

  test('verifies at once, and gives another time only with a name', async () => {
    const page = await open('quarantine', 'NOT isolated', scenes.quarantineScene())
    const panel = isolationOf(page, 'pump-07')
    await panel.getByRole('button', { name: 'Verify now' }).click()
    await expect.poll(() => released()).toEqual([{ id: isolationId(1) }])
    await panel.getByRole('button', { name: 'Another time …' }).click()
    const keep = panel.getByRole('button', { name: 'Keep it until then, from now on' })
    expect(await keep.isDisabled()).toBe(true)
    await panel.getByLabel('Your name').fill('J. Novak')
    await panel.getByRole('button', { name: 'By hand only' }).click()
    await keep.click()
    await expect
      .poll(() => released())
      .toEqual([
        { id: isolationId(1) },
        { id: isolationId(1), by: 'J. Novak', releaseAfterMinutes: null },
      ])
  })

  test('says why a release was refused, and keeps what was written', async () => {
    const page = await open('quarantine', 'NOT isolated', scenes.quarantineScene())
    const panel = isolationOf(page, 'pump-07')
    await panel.getByRole('button', { name: 'Another time …' }).click()
    await panel.getByRole('button', { name: 'Release …' }).click()
    await panel.getByLabel('Your name').fill('J. Novak')
    await panel.getByLabel('Why').fill('Firmware renewed.')
    station.scene = { ...station.scene, failure: 'BROKER_CHANGED' }
    await panel.getByRole('button', { name: 'Release it', exact: true }).click()
    await panel.getByRole('alert').getByText('Choose how to release the device').waitFor()
    expect(await panel.getByLabel('Why').inputValue()).toBe('Firmware renewed.')
  })

  test('draws every character of a name by itself', async () => {
    const scene = scenes.hostileQuarantineScene()
    const page = await open('quarantine', '<img src=x onerror=alert(1)>\\u202e', scene)
    const drawn = await page
      .getByText('pump-<img')
      .evaluate((name) => getComputedStyle(name).fontVariantLigatures)
    expect(drawn).toBe('none')
  })

  test('protects a device', async () => {
    const page = await open('quarantine', 'plc-1', scenes.quarantineScene())
    const panel = isolationOf(page, 'Protected devices')
    await panel.getByText('Protect a device').click()
    await panel.getByLabel('Device').fill('plc-2')
    await panel.getByLabel('Only with a second person').check()
    await panel.getByLabel('Your name').fill('J. Novak')
    await panel.getByRole('button', { name: 'Keep it' }).click()
    await expect
      .poll(() => station.received)
      .toEqual([{ deviceId: 'plc-2', protection: 'safety-critical', by: 'J. Novak' }])
  })

  test('changes a PIN only with the one until now, and forgets both', async () => {
    const page = await open('quarantine', 'M. Okafor', scenes.quarantineScene())
    const panel = isolationOf(page, 'Second persons')
    await panel.getByText('Set, change or remove a PIN').click()
    expect(await panel.getByLabel('PIN until now').count()).toBe(0)
    await panel.getByLabel('Person').fill('M. Okafor')
    await panel.getByLabel('PIN until now').fill('1234')
    await panel.getByLabel('New PIN').fill('471')
    const keep = panel.getByRole('button', { name: 'Keep the PIN' })
    expect(await keep.isDisabled()).toBe(true)
    await panel.getByLabel('New PIN').fill('4711')
    await keep.click()
    await expect
      .poll(() => station.received)
      .toEqual([{ person: 'M. Okafor', pin: '4711', formerPin: '1234' }])
    await expect.poll(() => panel.getByLabel('New PIN').inputValue()).toBe('')
  })

  test('shows an isolation as soon as the station tells of it', async () => {
    const page = await open('quarantine', 'Every device is on the network')
    const isolation = scriptedIsolation(7, { deviceId: 'pump-12' })
    const { quarantine } = scenes.quarantineScene()
    if (!quarantine) throw new Error('the scene has isolations')
    station.scene = { ...station.scene, quarantine: { ...quarantine, isolations: [isolation] } }
    station.push({ kind: 'isolation', at: sceneStartAt, isolation })
    await isolationOf(page, 'pump-12').waitFor()
    expect(await page.getByText('Every device is on the network').count()).toBe(0)
  })

  test('opens the history of an isolation, and what a task did to each device', async () => {
    const page = await open('quarantine', 'NOT isolated', scenes.quarantineScene())
    await isolationOf(page, 'pump-07').getByText('History').click()
    await see(page, 'Isolated: 0 messages in 60 s.')
    await page.getByText('Each device').click()
    await see(page, 'The broker does not answer.')
  })

  test('copies the ticket for the person who has to do it', async () => {
    const page = await open('quarantine', 'NOT isolated', scenes.quarantineScene())
    await current?.context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await isolationOf(page, 'valve-02').getByRole('button', { name: 'Copy the ticket' }).click()
    await see(page, 'Copied.')
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(
      '# Take valve-02 off line-2\n\n1. Delete its login.\n2. End its session.',
    )
  })
})

const isolationOf = (page: Page, name: string) => page.getByRole('region', { name, exact: true })
const isolationId = (number: number) => String(number).padStart(32, '0')
const released = () => station.received
const planned = () => station.answered.filter((call) => call === 'quarantine.plan')
const acts = () => station.answered.filter((call) => acting.test(call))

/** Calls that change something. */
const acting =
  /^(quarantine\.(isolate|release|extend|protect|setPin)|mitigation\.(startTask|cancelTask|saveAction|removeAction))$/

/** Another plan at the station, at its only broker. */
function planAnew(different: object): void {
  const quarantine = scenes.criticalQuarantineScene().quarantine
  const [broker] = quarantine?.plan.brokers ?? []
  if (!quarantine || !broker) throw new Error('the scene has a plan')
  const brokers = [{ ...broker, ...different }]
  const plan = { ...quarantine.plan, brokers, needsApproval: false, digest: 'c'.repeat(64) }
  station.scene = { ...station.scene, quarantine: { ...quarantine, plan } }
}
