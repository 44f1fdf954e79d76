import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openStation } from '../support/added-source.ts'
import { startBrowser } from '../support/browser.ts'
import { startMosquitto } from '../support/mosquitto.ts'
import { visit } from '../support/page-visit.ts'
import { findProgram } from '../support/programs.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** Nothing else on the page is called so. */
const password = 'qz-very-secret-word'

test(
  'a password that was entered on the page never comes back to it',
  { timeout: 60_000 },
  async () => {
    const broker = await startMosquitto(undefined, loginLines(temporaryFolder()))
    onTestFinished(() => broker.stop())
    const { host } = await openStation(temporaryFolder())
    const browser = await startBrowser()
    onTestFinished(() => browser.close())
    const { page, faults } = await visit(browser, host.signInLink())
    page.setDefaultTimeout(15_000)
    const received: string[] = []
    page.on('websocket', (socket) =>
      socket.on('framereceived', ({ payload }) => void received.push(payload.toString())),
    )
    await page.reload()
    await page.getByRole('link', { name: 'Sources' }).first().click()
    await page.getByText('Nothing is connected yet').waitFor()
    await page.getByRole('button', { name: 'Connect a broker' }).click()
    const next = page.getByRole('button', { name: 'Next' })
    await page.getByLabel('Any other broker').check()
    await next.click()
    await page.getByLabel('Name').fill('plant')
    await page.getByLabel('Address').fill('127.0.0.1')
    await page.getByLabel('Not encrypted').check()
    await page.getByRole('textbox', { name: 'Port' }).fill(String(broker.port))
    await next.click()
    await page.getByLabel('User name', { exact: true }).fill('picket')
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByLabel('Topics that name the device').fill('site/{device}/#')
    await next.click()
    await page.getByRole('button', { name: 'Test it' }).click()
    await page.getByText('was reached, and took the login').waitFor()
    await next.click()
    await page.getByRole('button', { name: 'Save and watch it' }).click()
    await page.getByText('Connected and watching').first().waitFor()
    expect(received.length).toBeGreaterThan(3)
    // The frames can be read: what is no secret stands in them.
    expect(received.join('\n')).toContain('site/{device}/#')
    expect(received.join('\n')).not.toContain(password)
    expect(faults).toEqual([])
  },
)

/** Lines of mosquitto.conf for the one login that there is. */
function loginLines(folder: string): string[] {
  const path = join(folder, 'passwords')
  writeFileSync(path, `picket:${password}\n`, { mode: 0o600 })
  execFileSync(findProgram('mosquitto_passwd') ?? '', ['-U', path])
  return ['allow_anonymous false', `password_file ${path}`]
}
