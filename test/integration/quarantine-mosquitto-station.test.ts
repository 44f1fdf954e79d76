import { createRouterClient } from '@orpc/server'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import type { StationClient } from '../../src/contract/contract.ts'
import { deviceId } from '../../src/contract/model/device.ts'
import type { IsolationId } from '../../src/contract/model/isolation-id.ts'
import type { Isolation } from '../../src/contract/model/quarantine.ts'
import { startSecuredSite } from '../support/mosquitto-dynamic-security.ts'
import { startFileSite } from '../support/mosquitto-files.ts'
import { until } from '../support/poll.ts'
import type { QuarantineSite } from '../support/quarantine-site.ts'
import { expectSilence, expectTraffic, type DeliveryObserver } from '../support/steady-device.ts'
import { createTestHost } from '../support/test-host.ts'

/** Seconds of station time in a real second. */
const speed = 60

const pump = deviceId.parse('pump-7')

const ends: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

test('A station that watches the log of a Mosquitto takes a device off by Dynamic Security, and lets it back in time', async () => {
  const secured = await startSecuredSite()
  ends.push(() => secured.end())
  await secured.administer(
    { command: 'createClient', username: pump, password: pump },
    { command: 'addClientRole', username: pump, rolename: 'device' },
  )
  const before = secured.file()
  const passwordFile = join(secured.site.folder, 'picket.password')
  writeFileSync(passwordFile, 'picket')
  const { url } = secured
  const kind = 'mosquitto-dynamic-security' as const
  const client = await openStation(secured, { kind, url, username: 'picket', passwordFile })
  await goThrough(client, secured)
  expect(secured.file()).toBe(before)
  const { devices } = await client.devices.list({})
  expect(devices.map(({ id }) => id).filter((id) => id.startsWith('picket'))).toEqual([])
})

test('A station that watches the log of a Mosquitto takes a device off by its files, and lets it back in time', async () => {
  const site = await startFileSite(
    [pump],
    'pattern readwrite site/#\npattern readwrite $aws/#\npattern readwrite $plant/#\n',
  )
  ends.push(() => site.end())
  const before = site.files()
  // Without its login the log would tell its refusals by nothing but its address, which others here have too.
  const { aclFile, pidFile } = site
  const client = await openStation(site, {
    kind: 'mosquitto-files',
    aclFile,
    pidFile,
  })
  await goThrough(client, site)
  expect(site.files()).toEqual(before)
})

async function openStation(
  { site }: QuarantineSite,
  control: Record<string, unknown>,
): Promise<StationClient> {
  const { host } = createTestHost(
    {
      sources: [{ kind: 'mosquitto-log', id: 'line', file: site.log }],
      controllers: [{ source: 'line', ...control }],
    } as Parameters<typeof createTestHost>[0],
    { speed },
  )
  await host.start()
  ends.push(() => host.stop())
  return createRouterClient(host.station.router)
}

async function goThrough(
  client: StationClient,
  { start, observer }: QuarantineSite & { observer: DeliveryObserver },
): Promise<void> {
  const device = start(pump)
  ends.push(() => device.end())
  await expectTraffic(observer, device)
  await until('the device is known', async () => {
    const { devices } = await client.devices.list({ search: pump })
    return devices.length > 0
  })
  const plan = await client.quarantine.plan({ deviceId: pump })
  expect(plan.forbidden.concat(plan.brokers.flatMap(({ forbidden }) => forbidden))).toEqual([])
  const begun = await client.quarantine.isolate({
    deviceId: pump,
    digest: plan.digest,
    confirmation: pump,
    reason: 'it floods the broker',
    by: 'Ada',
    releaseAfterMinutes: 4,
  })
  expect(begun).toMatchObject({ state: 'isolated', brokers: [{ state: 'isolated' }] })
  const proved = await proofOf(client, begun.id, 'isolated')
  expect(proved.proof.sentence).toMatch(
    /^isolated: 0 messages in \d+ s, [1-9]\d* refused attempts?$/,
  )
  await expectSilence(observer, device)
  const back = await proofOf(client, begun.id, 'back')
  expect(back).toMatchObject({ state: 'released', differences: [] })
  await expectTraffic(observer, device)
}

function proofOf(
  client: StationClient,
  id: IsolationId,
  state: Isolation['proof']['state'],
): Promise<Isolation> {
  return until(`the proof says ${state}`, async () => {
    const { isolation } = await client.quarantine.get({ id })
    return isolation.proof.state === state ? isolation : null
  })
}
