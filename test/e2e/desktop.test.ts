import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startBrowser } from '../support/browser.ts'
import { unexecutedLines } from '../support/desktop/coverage.ts'
import type { Desktop, StartOptions } from '../support/desktop/desktop.ts'
import { aheadForSlotEnd, makeHome } from '../support/desktop/home.ts'
import { isRealElectron, sayLauncher, startDesktop } from '../support/desktop/launch.ts'
import { startMosquitto } from '../support/mosquitto.ts'
import { connectReporter } from '../support/reporter.ts'
import { listGaps } from '../../src/station/store/gaps.ts'
import { closeReader, openReader } from '../../src/station/store/open.ts'
import { until } from '../support/poll.ts'

const screens = 'test-results/desktop'
let browser: Browser

beforeAll(async () => {
  sayLauncher()
  mkdirSync(screens, { recursive: true })
  process.env['PICKET_COVERAGE'] = mkdtempSync(join(tmpdir(), 'picket-coverage-'))
  browser = await startBrowser()
})

afterAll(async () => {
  await browser.close()
  rmSync(process.env['PICKET_COVERAGE'] ?? '', { recursive: true, force: true })
})

/** A desktop that is ended after the test, with nothing to complain of. */
async function start(options: StartOptions): Promise<Desktop> {
  const desktop = await startDesktop(browser, options)
  onTestFinished(async () => {
    await desktop.end()
    expect(desktop.faults()).toEqual([])
    expect(desktop.elsewhere()).toEqual([])
  })
  return desktop
}

describe('the first start', () => {
  test('shows the first page over a port, watches from the tray, and reads nothing from anywhere', async () => {
    const desktop = await start(await makeHome(null))
    const page = await desktop.page()
    await page.getByRole('heading', { name: 'Nothing is watched yet' }).waitFor()
    await shoot(page, 'first run')
    const record = await desktop.record()
    expect(record.tray).toMatchObject({ icon: 'dark/learning' })
    expect(record.tray?.toolTip).toBe('Picket: nothing is watched yet')
    expect(new Set(record.processes.map(({ name }) => name))).toEqual(
      new Set(['Picket detection engine']),
    )
    expect(record.window).toMatchObject({ isVisible: true })
    await desktop.act('theme', { isDark: false })
    expect((await desktop.record()).tray?.icon).toBe('light/learning')
  })

  test('hidden, stays in the tray until it is asked for', async () => {
    const desktop = await start({ ...(await makeHome(null)), args: ['--hidden'] })
    await until('the tray is there', async () => (await desktop.record()).tray)
    expect((await desktop.record()).window).toBeNull()
    await desktop.act('clickTray')
    await (await desktop.page()).getByText('Nothing is watched yet').waitFor()
  })

  test('changes over to the demo fleet in the same window', async () => {
    const desktop = await start(await makeHome(null))
    const page = await desktop.page()
    await page.getByRole('button', { name: 'Start the simulated fleet' }).click()
    await page.getByText('demo site').waitFor()
    await page.getByRole('heading', { name: 'Alarms' }).waitFor()
    await page.getByText('Simulated history').first().waitFor()
    await shoot(page, 'demo')
    const { processes } = await desktop.record()
    expect(processes.map(({ name }) => name)).toContain('Picket embedded broker')
  })

  test.runIf(!isRealElectron)('starts at login, where it is told to', async () => {
    const { home } = await makeHome(null)
    const desktop = await start({ home, isPackaged: true })
    const page = await desktop.page()
    const tick = page.getByLabel('Start Picket when I log in')
    await tick.check()
    const entry = join(home, 'config/autostart/io.github.picket.desktop')
    const text = await until('the entry is written', () => readText(entry))
    expect(text).toContain('Exec="/opt/Picket 100%%/picket" --hidden')
    await tick.uncheck()
    await until('the entry is deleted', () => readText(entry) === null)
    rmSync(join(home, 'config/autostart'), { recursive: true })
    writeFileSync(join(home, 'config/autostart'), 'no folder')
    await tick.click()
    await page.getByText('autostart/io.github.picket.desktop cannot be changed').waitFor()
  })
})

describe('alarms', () => {
  test('that are live become a notification, and its click the evidence', async () => {
    const { home, brokerUrl } = await makeHome()
    const desktop = await start({ home, clockAheadMs: aheadForSlotEnd(9000) })
    const page = await desktop.page()
    await page.getByText('north plant').waitFor()
    await watches(desktop)
    const pump = await connectReporter(brokerUrl, 'pump-7')
    expect(await pump.report(412)).toMatchObject({ status: 'ACCEPTED' })
    await desktop.act('closeWindow')
    const [notification] = await until('there is a notification', () => notifications(desktop))
    expect(notification).toMatchObject({ title: 'High: pump-7', urgency: 'normal' })
    expect(notification?.body).toBe('own-number 412, usually at most 100')
    await trayIs(desktop, 'dark/alarms-1')
    const { tray, badge } = await desktop.record()
    expect(tray?.menu).toContain('High: pump-7')
    expect(badge).toBe(1)
    expect((await desktop.record()).window).toMatchObject({ isVisible: false })

    const clickedAt = performance.now()
    await desktop.act('clickNotification', { title: 'High: pump-7' })
    await page.getByText('What would clear it').waitFor()
    const tookMs = performance.now() - clickedAt
    expect(page.url()).toContain(`#/alarms/${notification?.id}`)
    expect(await page.getByRole('main').innerText()).toContain('pump-7')
    expect((await desktop.record()).window).toMatchObject({ isVisible: true, isFocused: true })
    console.log(`From the click on a notification to the evidence: ${Math.round(tookMs)} ms`)
    await shoot(page, 'alarm')
    await shootEach(page, [
      'devices',
      'profiles',
      'quarantine',
      'sources',
      'system',
      'settings',
      'diagnostics',
    ])

    await desktop.act('minimizeWindow')
    await goTo(page, 'devices')
    await desktop.act('clickMenu', { label: 'High: pump-7' })
    await page.waitForURL(`**#/alarms/${notification?.id}`)

    await isolate(page, 'pump-7')
    const told = await until('it is told', async () => (await notifications(desktop))?.[1] ?? null)
    expect(told.title).toBe('Quarantine: pump-7')
  })

  test('that come together are one notification', async () => {
    const { home, brokerUrl } = await makeHome()
    const desktop = await start({ home, clockAheadMs: aheadForSlotEnd(9000) })
    const names = Array.from({ length: 12 }, (_, number) => `pump-${number}`)
    await watches(desktop)
    const pumps = await Promise.all(names.map((name) => connectReporter(brokerUrl, name)))
    await Promise.all(pumps.map((pump) => pump.report(500)))
    const [burst] = await until('there is a notification', () => notifications(desktop))
    expect(burst).toMatchObject({ title: '12 new alarms on 12 devices' })
    await trayIs(desktop, 'dark/alarms-more')
    expect(await notifications(desktop)).toHaveLength(1)
    await desktop.act('clickNotification', { title: '12 new alarms on 12 devices' })
    const page = await desktop.page()
    await page.waitForURL('**#/alarms')
    // Nothing moves under the pointer: they wait until they are asked for.
    await page.getByRole('button', { name: '11 new' }).click()
    await page.getByText('pump-1', { exact: true }).first().waitFor()
  })

  test('are silent while notifications are paused, and told afterwards', async () => {
    const { home, brokerUrl } = await makeHome()
    const desktop = await start({ home, clockAheadMs: aheadForSlotEnd(8000) })
    await watches(desktop)
    await desktop.act('clickMenu', { label: 'Pause notifications for 1 hour' })
    await menuHas(desktop, 'Resume notifications')
    await (await connectReporter(brokerUrl, 'pump-7')).report(412)
    await trayIs(desktop, 'dark/alarms-1')
    await desktop.act('theme', { isDark: false })
    await trayIs(desktop, 'light/alarms-1')
    expect(await notifications(desktop)).toBeNull()
    await desktop.act('clickMenu', { label: 'Resume notifications' })
    await until('there is a notification', () => notifications(desktop))
    await desktop.act('clickMenu', { label: 'Pause notifications until 6 in the morning' })
    await menuHas(desktop, 'Resume notifications')
  })

  test('can be tried with a notification that says it is none', async () => {
    const desktop = await start(await makeHome(null))
    const page = await desktop.page()
    await page.getByText('Nothing is watched yet').waitFor()
    await goTo(page, 'settings')
    await page.getByRole('button', { name: 'Show a test notification' }).click()
    await page.getByText('was given to this desktop').waitFor()
    expect(await notifications(desktop)).toMatchObject([{ title: 'Picket: a test' }])
    await desktop.act('notificationsSupported', { isSupported: false })
    await page.getByRole('button', { name: 'Show a test notification' }).click()
    await page.getByText('This desktop shows no notifications').waitFor()
  })
})

describe('the watch goes on', () => {
  test('when the engine is killed: another one is started, and the tray says it meanwhile', async () => {
    const desktop = await start(await makeHome())
    await watches(desktop)
    const first = await enginePid(desktop)
    process.kill(first, 'SIGKILL')
    const second = await until('there is another engine', () => otherEngine(desktop, [first]))
    // Each crash in a row is waited longer for: after some of them the pause can be seen.
    const pids = [first, second]
    for (let crash = 0; crash < 4; crash += 1) {
      process.kill(pids.at(-1) ?? 0, 'SIGKILL')
      pids.push(await until('there is another engine', () => otherEngine(desktop, pids)))
    }
    process.kill(pids.at(-1) ?? 0, 'SIGKILL')
    await trayIs(desktop, 'dark/down')
    await until('there is another engine', () => otherEngine(desktop, pids))
    await trayIs(desktop, 'dark/learning')
  })

  test('when the window is closed, which is said once; it ends when that is what is wanted', async () => {
    const { home } = await makeHome()
    const desktop = await start({ home })
    await (await desktop.page()).getByText('north plant').waitFor()
    await desktop.act('closeWindow')
    await until('it is hidden', async () => !(await desktop.record()).window?.isVisible)
    const { dialogs } = await desktop.record()
    expect(dialogs.map(({ message }) => message)).toEqual(['Picket goes on watching'])
    await desktop.act('activate')
    await desktop.act('closeWindow')
    await until('it is hidden', async () => !(await desktop.record()).window?.isVisible)
    expect((await desktop.record()).dialogs).toHaveLength(1)

    await desktop.act('clickMenu', { label: 'Quit' })
    const asked = await until('it asks', async () => (await desktop.record()).dialogs[1] ?? null)
    expect(asked).toMatchObject({ message: 'Stop watching?', buttons: ['Keep watching', 'Quit'] })
    expect((await desktop.record()).processes).not.toEqual([])
    await desktop.act('answerDialogs', { response: 1 })
    await desktop.act('quit')
    expect(await desktop.ended).toBe(0)
  })

  test('until the machine is shut down, which needs no question', async () => {
    const desktop = await start({ ...(await makeHome()), args: ['--hidden'] })
    await watches(desktop)
    await desktop.act('quit')
    await until('it asks', async () => (await desktop.record()).dialogs.length === 1)
    await desktop.act('power', { event: 'shutdown' })
    await desktop.act('quit')
    expect(await desktop.ended).toBe(0)
  })

  test('when the page crashes: it is opened again', async () => {
    const desktop = await start(await makeHome())
    const page = await desktop.page()
    await page.getByText('north plant').waitFor()
    await goTo(page, 'devices')
    await desktop.act('crashPage')
    await page.getByText('north plant').waitFor()
    await page.waitForURL('**/index.html')
  })
})

describe('a broker', () => {
  test('that is lost is told by the tray, and looked for at once when the machine wakes', async () => {
    const broker = await startMosquitto()
    onTestFinished(() => broker.stop())
    const sources = [{ kind: 'mqtt', id: 'plant', url: broker.url }]
    const { home, data } = await makeHome({ sources })
    const desktop = await start({ home })
    await watches(desktop)
    await broker.kill()
    await trayIs(desktop, 'dark/lost')
    // The pauses between its tries grow meanwhile beyond the time that is given below.
    const killedAt = performance.now()
    await until('it has tried for a while', () => performance.now() - killedAt > 8000)
    await desktop.act('power', { event: 'suspend' })
    const again = await startMosquitto(broker.port)
    onTestFinished(() => again.stop())
    await desktop.act('power', { event: 'resume' })
    const resumedAt = performance.now()
    await watches(desktop)
    expect(performance.now() - resumedAt).toBeLessThan(3000)
    expect((await desktop.record()).notifications).toEqual([])
    await desktop.end()
    const reader = openReader(join(data, 'picket.db'))
    const gaps = listGaps(reader, 0, Infinity).map(({ reason }) => reason)
    closeReader(reader)
    expect(gaps.join()).toMatch(/The machine slept for \d+ s\./)
  })

  test.runIf(!isRealElectron)(
    'keeps its password in a file that says nothing without the keychain',
    async () => {
      const { home, data } = await makeHome()
      const first = await start({ home })
      await addSource(await first.page(), 'plant-2')
      const path = join(data, 'secrets.sealed.json')
      const sealed = await until(
        'it is kept',
        () => readText(path)?.includes('plant-2') && readText(path),
      )
      expect(sealed).not.toContain(password)
      expect(statSync(path).mode & 0o777).toBe(0o600)
      await first.end()

      const second = await start({ home, keychain: { key: 2, backend: 'basic_text' } })
      const page = await second.page()
      await until('it is sealed anew', () => !(readText(path) ?? '').includes(String(sealed)))
      await page.getByText('north plant').waitFor()
      await goTo(page, 'sources')
      await page.getByText('WARNING: this desktop has no keyring').waitFor()
      await second.end()

      const third = await start({ home, keychain: { key: 2, isAvailable: false } })
      const last = await third.page()
      await last.getByText('north plant').waitFor()
      await goTo(last, 'sources')
      await last.getByText('does not give out the key').first().waitFor()
    },
  )
})

describe('a second start', () => {
  test('hands its link over to the first, whose window shows that alarm, and ends', async () => {
    const { home } = await makeHome()
    const first = await start({ home })
    const page = await first.page()
    await page.getByText('north plant').waitFor()
    const id = '0123456789abcdef0123456789abcdef'
    const second = await startDesktop(browser, { home, args: [`picket://alarm/${id}`] })
    expect(await second.ended).toBe(0)
    await page.waitForURL(`**#/alarms/${id}`)
    const hostile = ['picket://alarm/../../x', 'picket://alarm/<b>', `https://alarm/${id}`]
    const third = await startDesktop(browser, { home, args: ['--hidden', ...hostile] })
    expect(await third.ended).toBe(0)
    expect(page.url()).toContain(id)
  })
})

describe('what goes wrong at the start', () => {
  test('with the database is a state of the page', async () => {
    const { home, data } = await makeHome()
    mkdirSync(data, { recursive: true })
    writeFileSync(join(data, 'picket.db'), 'this is no database, and there is nothing to be done')
    const desktop = await start({ home })
    const page = await desktop.page()
    await page
      .getByText(/damaged|another program made it/)
      .first()
      .waitFor()
    await trayIs(desktop, 'dark/down')
    await shoot(page, 'bad database')
  })

  test('with the settings is said with the line, and ends it', async () => {
    const { home, userData } = await makeHome()
    const config = join(userData, 'other.yaml')
    writeFileSync(config, 'sight: north\n')
    const desktop = await startDesktop(browser, { home, args: ['--config', config] })
    expect(await desktop.ended).toBe(1)
    expect(desktop.errors().join()).toContain('other.yaml:1: sight: is not a setting')
  })
})

describe('the page', () => {
  test('stays where it is, and opens nothing but a few hosts in the own browser', async () => {
    const desktop = await startUnchecked(await makeHome(null))
    const page = await firstPage(desktop)
    const address = page.url()
    for (const target of ['_self', '_blank']) {
      for (const href of hostileLinks) await clickLink(page, href, target)
    }
    await clickLink(page, 'https://mosquitto.org/man/', '_blank')
    await until('it is opened', async () => (await desktop.record()).opened.length > 0)
    expect((await desktop.record()).opened).toEqual(['https://mosquitto.org/man/'])
    for (const event of navigations) {
      const prevented = await desktop.act('navigation', { event, url: 'https://elsewhere.test/' })
      expect(prevented, event).toBe(true)
    }
    expect(page.url()).toBe(address)
    expect(page.context().pages()).toHaveLength(1)
  })

  test('reaches nothing by itself: not the network, not the disk, not other files of the app', async () => {
    const desktop = await startUnchecked(await makeHome(null))
    const page = await firstPage(desktop)
    const addresses = [
      'https://elsewhere.test/',
      'http://127.0.0.1:8470/',
      'file:///etc/passwd',
      '/../main/index.js',
      '/%2e%2e/main/index.js',
      '/nothing.js',
    ]
    for (const address of addresses) {
      expect(await page.evaluate(fetchStatus, address), address).not.toBe(200)
    }
    expect(await page.evaluate(fetchStatus, '/theme.js')).toBe(200)
    expect(await page.evaluate(fetchStatus, '/nothing.js')).toBe(404)
  })

  test('may write to the clipboard and is denied everything else, as is everybody else', async () => {
    const desktop = await start(await makeHome(null))
    await firstPage(desktop)
    const may = (permission: string, origin = 'app://station') =>
      desktop.act('permission', { permission, origin })
    const granted = { isRequestGranted: true, isCheckGranted: true, isDeviceGranted: false }
    const denied = { isRequestGranted: false, isCheckGranted: false, isDeviceGranted: false }
    expect(await may('clipboard-sanitized-write')).toEqual(granted)
    expect(await may('clipboard-sanitized-write', 'https://elsewhere.test')).toEqual(denied)
    expect(await may('clipboard-sanitized-write', 'app://station.elsewhere.test')).toEqual(denied)
    for (const permission of permissions) expect(await may(permission), permission).toEqual(denied)
  })

  test('alone gets a port: no frame of it, no other origin, no other window, nobody who left', async () => {
    const desktop = await start(await makeHome(null))
    await firstPage(desktop)
    const page = { origin: 'app://station', isTop: true, isGone: false, isOurWindow: true }
    const { openPorts: before } = await desktop.record()
    expect(before).toBe(1)
    for (const stranger of [
      { ...page, isTop: false },
      { ...page, origin: 'https://elsewhere.test' },
      { ...page, origin: 'app://elsewhere' },
      { ...page, isGone: true },
      { ...page, isOurWindow: false },
    ]) {
      await desktop.act('hello', stranger)
      expect((await desktop.record()).handedOver, JSON.stringify(stranger)).toBe(1)
    }
    await desktop.act('hello', page)
    // The page, whose port was closed for the new one, asks for another.
    await until('it has', async () => (await desktop.record()).handedOver === 3)
    expect((await desktop.record()).openPorts).toBe(1)
  })

  test('has one port and leaves one listener after eight reloads', async () => {
    const desktop = await start(await makeHome())
    const page = await desktop.page()
    for (let reload = 0; reload < 8; reload += 1) {
      await page.getByText('north plant').waitFor()
      await desktop.reload()
    }
    await page.getByText('north plant').waitFor()
    const { openPorts, helloListeners, handedOver } = await desktop.record()
    expect({ openPorts, helloListeners, handedOver }).toEqual({
      openPorts: 1,
      helloListeners: 1,
      handedOver: 9,
    })
  })
})

describe.runIf(!isRealElectron)('on macOS and Windows', () => {
  test('links, login items, the dock and the keychain are theirs', async () => {
    const { home } = await makeHome(null)
    const desktop = await start({ home, platform: 'darwin', isPackaged: true, args: ['--hidden'] })
    await until('it is up', async () => (await desktop.record()).tray)
    // The second comes while the page of the first is only loading.
    await desktop.act('openUrl', { url: `picket://alarm/${'b'.repeat(32)}` })
    await desktop.act('openUrl', { url: `picket://alarm/${'a'.repeat(32)}` })
    const page = await desktop.page()
    await until('it shows the second', () => page.url().endsWith(`#/alarms/${'a'.repeat(32)}`))
    await goTo(page, 'sources')
    await page.getByText('the macOS Keychain').waitFor()
    await goTo(page, 'settings')
    await page.getByLabel('Start Picket when I log in').check()
    await until(
      'it is a login item',
      async () => (await desktop.record()).loginItem?.openAtLogin ?? null,
    )
    expect((await desktop.record()).loginItem?.args).toEqual(['--hidden'])
  })

  test('notifications find the app by the identity of its shortcut', async () => {
    const desktop = await start({ ...(await makeHome(null)), platform: 'win32', isPackaged: true })
    await (await desktop.page()).getByText('Nothing is watched yet').waitFor()
    const record = await desktop.record()
    expect(record.windowsIdentity[0]).toBe('io.github.picket')
    expect(record.protocolClients).toEqual(['picket'])
    expect(record.webPreferences).toMatchObject({ devTools: false })
    expect(record.appMenu).not.toContain('toggleDevTools')
  })
})

test.runIf(!isRealElectron)('every line of src/main was executed by this suite', () => {
  const { missed, lines } = unexecutedLines({
    reports: process.env['PICKET_COVERAGE'] ?? '',
    built: ['out/main/index.js', 'out/preload/index.cjs'],
    folder: 'src/main',
  })
  expect(lines).toBeGreaterThan(400)
  expect(missed).toEqual([])
})

/** One whose page does what it must not: its faults are what is looked at. */
async function startUnchecked(options: StartOptions): Promise<Desktop> {
  const desktop = await startDesktop(browser, options)
  onTestFinished(() => desktop.end())
  return desktop
}

async function firstPage(desktop: Desktop): Promise<Page> {
  const page = await desktop.page()
  await page.getByText('Nothing is watched yet').waitFor()
  return page
}

const hostileLinks = [
  'https://elsewhere.test/',
  'http://mosquitto.org/',
  'https://mosquitto.org.elsewhere.test/',
  'https://user:pass@mosquitto.org/',
  'https://mosquitto.org:8443/',
  'file:///etc/passwd',
]

const navigations = ['will-navigate', 'will-redirect', 'will-frame-navigate', 'will-attach-webview']

/** What Electron 45 may be asked for, but for the one that is granted, and one that nobody knows. */
const permissions =
  'ar automatic-fullscreen background-fetch background-sync captured-surface-control clipboard-read deprecated-sync-clipboard-read display-capture fileSystem fullscreen geolocation geolocation-approximate hand-tracking hid idle-detection keyboardLock local-fonts local-network local-network-access loopback-network media mediaKeySystem midi midiSysex nfc notifications openExternal payment-handler periodic-background-sync persistent-storage pointerLock screen-wake-lock sensors serial smart-card speaker-selection storage-access system-wake-lock top-level-storage-access usb vr web-app-installation web-printing window-management unknown something-new'.split(
    ' ',
  )

async function clickLink(page: Page, href: string, target: string): Promise<void> {
  await page.evaluate(
    (link) => {
      const anchor = document.createElement('a')
      anchor.href = link.href
      anchor.target = link.target
      document.body.append(anchor)
      anchor.click()
      anchor.remove()
    },
    { href, target },
  )
}

/** Runs in the page. */
async function fetchStatus(address: string): Promise<number> {
  return fetch(address).then(
    ({ status }) => status,
    () => 0,
  )
}

/** Takes the device of the alarm that is shown off the network. */
async function isolate(page: Page, device: string): Promise<void> {
  await page.getByText('What would clear it').waitFor()
  await page.keyboard.press('q')
  await page.getByLabel('Why').fill('Reports too much.')
  await page.getByLabel('Your name').fill('J. Novak')
  await page.getByLabel(`Type ${device} to confirm`).fill(device)
  await page.getByRole('button', { name: 'Isolate this device' }).click()
}

const password = 'pX7-very-secret-word'

/** Adds a broker with a login, as a person does. */
async function addSource(page: Page, name: string): Promise<void> {
  await page.getByText('north plant').waitFor()
  await goTo(page, 'connect')
  await page.getByLabel('Any other broker').check()
  await next(page)
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('Address').fill('127.0.0.1')
  await next(page)
  await page.getByLabel('User name', { exact: true }).fill('picket')
  await page.getByLabel('Password', { exact: true }).fill(password)
  await next(page)
  await page.getByRole('button', { name: 'Test it' }).click()
  await next(page)
  await page.getByRole('button', { name: 'Save and watch it' }).click()
}

const next = (page: Page) => page.getByRole('button', { name: 'Next' }).click()

async function goTo(page: Page, place: string): Promise<void> {
  await page.goto(page.url().replace(/#.*|$/, `#/${place}`))
}

function readText(path: string): string | null {
  return statSync(path, { throwIfNoEntry: false }) ? readFileSync(path, 'utf8') : null
}

/** It has a broker of its own, and nothing to complain of. */
async function watches(desktop: Desktop): Promise<void> {
  await until('it watches', async () => {
    return (await desktop.record()).tray?.toolTip === 'Picket: still learning'
  })
}

async function trayIs(desktop: Desktop, icon: string): Promise<void> {
  await until(`the tray shows ${icon}`, async () => (await desktop.record()).tray?.icon === icon)
}

async function menuHas(desktop: Desktop, label: string): Promise<void> {
  await until(`the menu has ${label}`, async () =>
    Boolean((await desktop.record()).tray?.menu.includes(label)),
  )
}

/** Null while there are none. */
async function notifications(desktop: Desktop) {
  const { notifications: shown } = await desktop.record()
  return shown.length > 0 ? shown : null
}

async function enginePid(desktop: Desktop): Promise<number> {
  return until('there is an engine', () => otherEngine(desktop, []))
}

async function otherEngine(desktop: Desktop, before: readonly number[]): Promise<number | null> {
  const { processes } = await desktop.record()
  // While the station learns there is a second one.
  const [engine, other] = processes.filter(({ name }) => name === 'Picket detection engine')
  const isNew = engine && !other && engine.pid > 0 && !before.includes(engine.pid)
  return isNew ? engine.pid : null
}

async function shootEach(page: Page, places: readonly string[]): Promise<void> {
  for (const place of places) {
    await goTo(page, place)
    await page.getByRole('heading').first().waitFor()
    await page
      .getByText(/^Reading .*…/)
      .first()
      .waitFor({ state: 'hidden' })
    await shoot(page, place)
  }
}

async function shoot(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.screenshot({ path: `${screens}/${name} ${colorScheme}.png` })
  }
}
