import { createRouterClient } from '@orpc/server'
import { connectAsync } from 'mqtt'
import { userInfo } from 'node:os'
import { expect, onTestFinished, test } from 'vitest'
import type { StationClient } from '../../src/contract/contract.ts'
import type { Isolation, QuarantinePlan } from '../../src/contract/model/quarantine.ts'
import { runPicket } from '../support/picket-command.ts'
import { until } from '../support/poll.ts'
import { createTestHost } from '../support/test-host.ts'

async function openSite() {
  const started = createTestHost({ sources: [{ kind: 'embedded-broker', port: 0 }] }, { speed: 60 })
  await started.host.start()
  onTestFinished(() => started.host.stop())
  const client: StationClient = createRouterClient(started.host.station.router)
  const address = (await client.system.status()).sources[0]?.address ?? ''
  const device = await connectAsync(address, { clientId: 'pump-7', reconnectOnConnackError: true })
  onTestFinished(() => device.endAsync(true))
  await until('the device is known', async () => (await client.devices.list({})).total > 0)
  const picket = (args: string[], input = '') => {
    return runPicket(['quarantine', ...args, '--data', started.data], input)
  }
  async function picketJson<Answer>(...args: string[]): Promise<Answer> {
    const { out, error } = await picket([...args, '--json'])
    expect(error).toBe('')
    return JSON.parse(out) as Answer
  }
  return { client, picket, picketJson }
}

test('picket quarantine shows what would be done, does it with --yes, proves it, and undoes it', async () => {
  const { picket, picketJson } = await openSite()
  const dryRun = await picket(['add', 'pump-7', '--reason', 'it floods'])
  expect(dryRun.out).toContain('Nothing was changed.')
  expect(dryRun.out).toContain('block "pump-7"')
  expect(dryRun.out).toContain('--yes')
  expect(await picketJson<QuarantinePlan>('plan', 'pump-7')).toMatchObject({ forbidden: [] })
  expect((await picket(['list'])).out).toContain('No device is isolated')

  const done = ['add', 'pump-7', '--reason', 'it floods', '--for', '600', '--yes']
  const added = await picketJson<Isolation>(...done)
  expect(added).toMatchObject({ state: 'isolated', by: userInfo().username, reason: 'it floods' })
  expect(added.releaseAt).toBe(added.startedAt + 600 * 60_000)
  const verified = await picketJson<Isolation>('verify', 'pump-7')
  expect(verified.proof).toMatchObject({ state: 'isolated', messages: 0 })
  expect((await picket(['list'])).out).toMatch(/^ISOLATED pump-7 · since .* · until /)

  const again = await picket(done)
  expect(again).toMatchObject({ code: 1, out: '' })
  expect(again.error).toContain('isolated already')

  const released = await picketJson<Isolation>('release', 'pump-7', '--reason', 'cleaned')
  expect(released).toMatchObject({ state: 'released' })
  expect((await picket(['list'])).out).toMatch(/^RELEASED pump-7 /)
})

test('picket quarantine protects devices, and takes the PIN of a second person from standard input', async () => {
  const { client, picket } = await openSite()
  await client.quarantine.setPin({ person: 'Bob', pin: '2468' })
  const protectedNow = await picket(['protect', 'pump-7', 'safety-critical'])
  expect(protectedNow.out).toContain('Protection of pump-7: safety-critical.')
  const add = ['add', 'pump-7', '--reason', 'it floods', '--yes']
  const alone = await picket(add)
  expect(alone.code).toBe(1)
  expect(alone.error).toContain('a second person must agree')
  const both = await picket([...add, '--approved-by', 'Bob'], '2468\n')
  expect(both.out).toMatch(/^ISOLATED pump-7 .* approved by Bob/)
  expect((await picket(['release', 'nobody', '--reason', 'none'])).error).toContain('never was')
})
