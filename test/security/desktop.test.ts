import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openExternal } from '../../src/main/open-external.ts'
import { startBrowser } from '../support/browser.ts'
import type { Desktop } from '../support/desktop/desktop.ts'
import { sayLauncher, startDesktop } from '../support/desktop/launch.ts'
import type { DesktopRecord } from '../support/desktop/shapes.ts'
import { keptFolder } from '../support/temporary-folder.ts'

const home = keptFolder()
let browser: Browser
let desktop: Desktop
let page: Page
let record: DesktopRecord

beforeAll(async () => {
  sayLauncher()
  browser = await startBrowser()
  desktop = await startDesktop(browser, { home })
  page = await desktop.page()
  await page.getByText('Nothing is watched yet').waitFor()
  record = await desktop.record()
})

afterAll(async () => {
  await desktop?.end()
  await browser?.close()
})

describe('the window', () => {
  test('is a sandboxed page with nothing of Node in it', () => {
    expect(record.isSandboxed).toBe(true)
    expect(record.webPreferences).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      webSecurity: true,
      spellcheck: false,
      navigateOnDragDrop: false,
    })
    expect(record.webPreferences).not.toHaveProperty('nodeIntegrationInSubFrames')
    expect(record.webPreferences).not.toHaveProperty('allowRunningInsecureContent')
  })

  test('has a session of its own that caches nothing', () => {
    expect(record.partition).toEqual({ name: 'persist:picket', cache: false })
  })

  test('gains one thing, which asks for the port', async () => {
    const gained = await page.evaluate(() => {
      const frame = document.createElement('iframe')
      document.body.append(frame)
      const usual = new Set(Object.keys(frame.contentWindow ?? {}))
      frame.remove()
      return Object.keys(window).filter((key) => !usual.has(key))
    })
    // What the page's own libraries leave there begins so.
    expect(gained.filter((key) => !key.startsWith('__'))).toEqual(['askForPort'])
    const node = await page.evaluate(() =>
      ['require', 'process', 'module', 'electron'].filter((key) => key in globalThis),
    )
    expect(node).toEqual([])
  })
})

describe('the content', () => {
  test('comes from a scheme of its own, secure and without rights beyond that', () => {
    const privileges = { standard: true, secure: true, supportFetchAPI: true }
    expect(record.schemes).toEqual([{ scheme: 'app', privileges }])
  })

  test('comes with the policy that every host sends', async () => {
    const headers = await page.evaluate(async () => {
      const answer = await fetch('/index.html')
      return Object.fromEntries(answer.headers)
    })
    const policy = String(headers['content-security-policy'])
    for (const rule of [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self' data:",
      "font-src 'self'",
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      'trusted-types svelte-trusted-html',
    ]) {
      expect(policy.split('; ')).toContain(rule)
    }
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    })
  })

  test('breaks no policy, logs no error and asks for nothing elsewhere', () => {
    expect(desktop.faults()).toEqual([])
    expect(desktop.elsewhere()).toEqual([])
  })
})

describe('the source', () => {
  const files = readdirSync('src/main', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join('src/main', name), 'utf8'))

  test('listens to one message and has no general bridge', () => {
    const all = files.join('\n')
    expect(all.match(/ipcMain\.\w+/g)).toEqual(['ipcMain.on'])
    expect(all.match(/exposeInMainWorld\(/g)).toHaveLength(1)
    expect(all).not.toMatch(/@electron\/remote|executeJavaScript|insertCSS|loadFile|file:\/\//)
  })
})

describe('an address that is to be opened in the own browser', () => {
  test.each([
    ['https://mosquitto.org/man/', true],
    ['https://docs.aws.amazon.com/iot/?x=1#y', true],
    ['http://mosquitto.org/', false],
    ['https://mosquitto.org.elsewhere.test/', false],
    ['https://elsewhere.test/?https://mosquitto.org', false],
    ['https://mosquitto.org@elsewhere.test/', false],
    ['https://user@mosquitto.org/', false],
    ['https://mosquitto.org:8443/', false],
    ['file:///etc/passwd', false],
    ['javascript:alert(1)', false],
    ['smb://mosquitto.org/share', false],
    ['mosquitto.org', false],
    ['', false],
  ])('%s: %s', (address, isOpened) => {
    const opened: string[] = []
    expect(openExternal(address, (url) => void opened.push(url))).toBe(isOpened)
    expect(opened).toHaveLength(isOpened ? 1 : 0)
  })
})
