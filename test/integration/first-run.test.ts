import { once } from 'node:events'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { StationClient } from '../../src/contract/contract.ts'
import { createDemoProcess } from '../../src/cli/demo-process.ts'
import { openPage } from '../support/page-client.ts'
import { until } from '../support/poll.ts'
import { startPicket, writeSite } from '../support/serve-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { createTestHost } from '../support/test-host.ts'

describe('the simulated fleet', () => {
  test('is started from the page of a station that watches nothing, runs apart from it and ends with it', async () => {
    const station = startPicket('serve', '--config', writeSite(temporaryFolder(), emptySite()))
    const page = await openPage(await linkOf(station))
    expect(await page.host.features()).toEqual({
      kind: 'headless',
      startAtLogin: null,
      notifications: null,
      canStartDemo: true,
    })
    const { link } = await page.host.startDemo()
    const demo = await openPage(link ?? '')
    await until('the fleet is there', async () => (await demo.devices.list({})).total > 0)
    // What it is to show does not mix with a site's own devices.
    expect((await page.system.status()).devices.total).toBe(0)
    expect((await demo.system.status()).siteName).toBe('demo site')
    await expect(page.host.startDemo()).rejects.toMatchObject({
      code: 'HOST_REFUSED',
      message: expect.stringContaining('runs already'),
    })
    expectApart(await page.diagnostics.get())

    const gone = once(station, 'exit')
    station.kill('SIGKILL')
    await gone
    await until('the demo has ended too', () => isGone(new URL(link ?? '').origin))
  })

  test('that cannot be started is an error that says so', async () => {
    const demo = createDemoProcess()
    const start = demo.start()
    demo.stop()
    await expect(start).rejects.toMatchObject({ code: 'HOST_REFUSED' })
  })
})

describe('a host without a person at it', () => {
  test('answers what it does not offer with its own error, not with silence', async () => {
    const { host } = createTestHost()
    onTestFinished(() => host.stop())
    await host.start()
    const page = await openPage(host.signInLink())
    const missing = { code: 'HOST_MISSING' }
    await expect(page.host.setStartAtLogin({ isOn: true })).rejects.toMatchObject(missing)
    await expect(page.host.testNotification()).rejects.toMatchObject(missing)
    await expect(page.host.startDemo()).rejects.toMatchObject(missing)
  })
})

function emptySite() {
  return { data: temporaryFolder(), page: { port: 0 } }
}

/** The link that `picket serve` prints. */
async function linkOf({ stdout }: ReturnType<typeof startPicket>): Promise<string> {
  let said = ''
  stdout?.setEncoding('utf8').on('data', (text: string) => (said += text))
  return until('the link is printed', () => /http:\S+token=\S+/.exec(said)?.[0] ?? null)
}

/** On Linux the operating system knows the demo's many connections; they are not the station's. */
function expectApart({ system }: Awaited<ReturnType<StationClient['diagnostics']['get']>>): void {
  expect(system.sockets.filter(({ belongsTo }) => belongsTo === null)).toEqual([])
  if (process.platform === 'linux') expect(system.sentence).toContain('run on their own')
}

async function isGone(address: string): Promise<boolean> {
  return fetch(address).then(
    () => false,
    () => true,
  )
}
