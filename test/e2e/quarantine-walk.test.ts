import { mkdir } from 'node:fs/promises'
import { connectAsync } from 'mqtt'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { DeviceId } from '../../src/contract/model/device.ts'
import { slotMs, slotOf } from '../../src/contract/model/time.ts'
import { createFleet } from '../../src/demo/fleet.ts'
import { LiveDevices } from '../../src/demo/live-devices.ts'
import { demoSettings } from '../../src/demo/script.ts'
import { startBrowser } from '../support/browser.ts'
import { accessibilityFaults, visit } from '../support/page-visit.ts'
import { until } from '../support/poll.ts'
import { createTestHost } from '../support/test-host.ts'

const screens = 'test-results/screens'

/** A limit that no device reaches by itself; one that is attacked goes far beyond it. */
const profile = {
  securityProfileName: 'site',
  behaviors: [
    {
      name: 'bytes-out',
      metric: 'aws:all-bytes-out',
      criteria: { comparisonOperator: 'less-than' as const, value: { count: 20_000_000 } },
    },
  ],
}

/** Seconds of station time in a real second: a slot takes five. */
const speed = 60

let browser: Browser
const ends: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  await mkdir(screens, { recursive: true })
  browser = await startBrowser()
})

afterAll(() => browser?.close())

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

test(
  'An attacked device is taken off the network from its alarm, proved to be off, and brought back',
  { timeout: 180_000 },
  async () => {
    const { link, attacked, heard, aSlotLater } = await startAttackedSite()
    const { page, context, faults } = await visit(browser, link)
    ends.push(() => context.close())

    await openAlarm(page, attacked)
    expect(heard()).toBeGreaterThan(0)
    await page.keyboard.press('q')
    await page.getByText('This is a dry run: nothing has been changed.').waitFor()
    await page.getByText('historian (site/#)').waitFor()
    await page.getByText(`block "${attacked}"`, { exact: true }).first().waitFor()
    await shot(page, 'dry-run')

    await page.getByLabel('Why').fill('Sends its data to strangers.')
    await page.getByLabel('Your name').fill('J. Novak')
    await page.getByLabel(`Type ${attacked} to confirm`).fill(attacked)
    await page.getByRole('button', { name: 'Isolate this device' }).click()

    const panel = page.getByRole('region', { name: attacked, exact: true })
    await panel.getByText('Proved').waitFor()
    const before = heard()
    // The device sends in every slot.
    await aSlotLater()
    expect(heard()).toBe(before)
    const words = await panel.innerText()
    expect(words).toMatch(/isolated: 0 messages in \d+ (s|min), [1-9]\d* refused attempts/)
    expect(words).toContain('by J. Novak')
    await shot(page, 'proved')
    expect(await accessibilityFaults(page)).toEqual([])

    await panel.getByRole('button', { name: 'Release …' }).click()
    await panel.getByLabel('Why').fill('Its firmware was renewed.')
    await panel.getByRole('button', { name: 'Release it' }).click()
    const over = page.getByRole('region', { name: 'Over' })
    await over.getByText('Released', { exact: true }).waitFor()
    await page.getByText('Every device is on the network').waitFor()
    await until('its messages come through again', () => heard() > before)
    await over.getByText('Back', { exact: true }).waitFor()
    await over.getByText('History').click()
    await over.getByText('Its firmware was renewed.').first().waitFor()
    await shot(page, 'back')
    expect(faults).toEqual([])
  },
)

/** A station with its own broker, someone who listens there, and three devices, one of them attacked from now on. */
async function startAttackedSite() {
  const { sources } = demoSettings('')
  const { host, clock } = createTestHost({ sources, profiles: [profile] }, { speed })
  await host.start()
  ends.push(() => host.stop())
  const brokerUrl = host.station.status().sources[0]?.address ?? ''
  const fleet = createFleet({ seed: 1, devices: 3 })
  const [attacked] = fleet
  if (!attacked) throw new Error('the fleet has devices')
  const fromSlot = slotOf(clock.now())
  const attack = { deviceId: attacked.id, fromSlot, toSlot: fromSlot + 1000 }
  const devices = new LiveDevices({
    fleet,
    brokerUrl,
    clock,
    attack: { ...attack, kind: 'exfiltration' },
  })
  ends.push(() => devices.stop())
  devices.start()
  const heard = await listenTo(brokerUrl, attacked.id)
  async function aSlotLater(): Promise<void> {
    const at = clock.now() + slotMs
    await until('a slot has gone by', () => clock.now() > at)
  }
  return { link: host.signInLink(), attacked: attacked.id, heard, aSlotLater }
}

/** Subscribes as a part of the site that wants every message; counts those of one device. */
async function listenTo(brokerUrl: string, deviceId: DeviceId): Promise<() => number> {
  const historian = await connectAsync(brokerUrl, { clientId: 'historian', username: 'historian' })
  ends.push(() => historian.endAsync(true))
  let heard = 0
  historian.on('message', (topic) => (heard += topic.includes(`/${deviceId}/`) ? 1 : 0))
  await historian.subscribeAsync('site/#')
  return () => heard
}

/** Waits until the device is alarmed, and opens its alarm. */
async function openAlarm(page: Page, deviceId: DeviceId): Promise<void> {
  const row = page.locator('a.row', { hasText: deviceId })
  const fresh = page.getByRole('button', { name: /^\d+ new$/ })
  await row.or(fresh).first().waitFor({ timeout: 60_000 })
  if (await fresh.isVisible()) await fresh.click()
  await row.first().click()
  await page.getByText('What would clear it').waitFor()
}

function shot(page: Page, name: string): Promise<unknown> {
  return page.screenshot({ path: `${screens}/quarantine-walk-${name}.png` })
}
