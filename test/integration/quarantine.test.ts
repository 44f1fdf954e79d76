import { createRouterClient } from '@orpc/server'
import { MqttClient } from 'mqtt'
import { connect as connectSocket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { StationClient } from '../../src/contract/contract.ts'
import { deviceId } from '../../src/contract/model/device.ts'
import type { IsolationId } from '../../src/contract/model/isolation-id.ts'
import type { Isolation } from '../../src/contract/model/quarantine.ts'
import { until } from '../support/poll.ts'
import { createTestHost, type TestHost } from '../support/test-host.ts'

/** Seconds of station time in a real second. */
const speed = 60

const pump = deviceId.parse('pump-7')

const ends: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

interface Site extends TestHost {
  client: StationClient
  port: number
  stop(): Promise<void>
}

async function openSite(settings: object = {}, startAt?: number): Promise<Site> {
  const testHost = createTestHost(
    { sources: [{ kind: 'embedded-broker', port: 0 }], ...settings },
    startAt === undefined ? { speed } : { speed, startAt },
  )
  await testHost.host.start()
  let isStopped = false
  const stop = async () => {
    if (!isStopped) await testHost.host.stop()
    isStopped = true
  }
  ends.push(stop)
  const client: StationClient = createRouterClient(testHost.host.station.router)
  const port = Number(new URL((await client.system.status()).sources[0]?.address ?? '').port)
  return { ...testHost, client, port, stop }
}

/** A device that publishes all the time, and comes back whenever it is thrown out. */
function startDevice(port: number, name: string) {
  const mqtt = new MqttClient(() => connectSocket({ port, host: '127.0.0.1' }), {
    clientId: name,
    username: name,
    reconnectPeriod: 50,
    reconnectOnConnackError: true,
    queueQoSZero: false,
  })
  mqtt.on('error', () => undefined)
  const timer = setInterval(() => {
    if (mqtt.connected)
      mqtt.publish(`site/${name}/temperature`, '21.5', { qos: 0 }, () => undefined)
  }, 20)
  ends.push(async () => {
    clearInterval(timer)
    await mqtt.endAsync(true)
  })
  return mqtt
}

/** Someone who gets everything that the broker lets through. */
async function startListener(port: number) {
  const heard: string[] = []
  const mqtt = new MqttClient(() => connectSocket({ port, host: '127.0.0.1' }), {
    clientId: 'historian',
    username: 'historian',
  })
  ends.push(() => mqtt.endAsync(true))
  mqtt.on('message', (topic) => void heard.push(topic))
  await until('the listener is connected', () => mqtt.connected)
  await mqtt.subscribeAsync('site/#')
  return heard
}

async function isolate(client: StationClient, changes: object = {}): Promise<Isolation> {
  await until('the device is known', async () => {
    const { devices } = await client.devices.list({ search: pump })
    return devices.length > 0
  })
  const plan = await client.quarantine.plan({ deviceId: pump })
  return client.quarantine.isolate({
    deviceId: pump,
    digest: plan.digest,
    confirmation: pump,
    reason: 'it floods the broker',
    by: 'Ada',
    releaseAfterMinutes: null,
    ...changes,
  })
}

function untilProved(
  client: StationClient,
  id: IsolationId,
  state: Isolation['proof']['state'],
): Promise<Isolation> {
  return until(`the proof says ${state}`, async () => {
    const { isolation } = await client.quarantine.get({ id })
    return isolation.proof.state === state ? isolation : null
  })
}

test('A device is taken off the network, which is proved, and put back, which is proved too', async () => {
  const { client, port } = await openSite()
  const heard = await startListener(port)
  startDevice(port, pump)
  await until('its messages are heard', () => heard.includes('site/pump-7/temperature'))

  const begun = await isolate(client)
  expect(begun).toMatchObject({ state: 'isolated', brokers: [{ state: 'isolated' }] })
  expect((await client.devices.get({ deviceId: pump })).isolation).toBe(begun.id)
  heard.splice(0)
  const proved = await untilProved(client, begun.id, 'isolated')
  expect(proved.proof.sentence).toMatch(
    /^isolated: 0 messages in \d+ s, [1-9]\d* refused attempts?$/,
  )
  expect(proved.proof.refusedAttempts).toBeGreaterThan(0)
  expect(heard).toEqual([])

  const released = await client.quarantine.release({ id: begun.id, by: 'Ada', reason: 'cleaned' })
  expect(released.state).toBe('released')
  await untilProved(client, begun.id, 'back')
  await until('its messages are heard again', () => heard.length > 0)
  const { events } = await client.quarantine.get({ id: begun.id })
  expect(events.map(({ kind }) => kind)).toEqual([
    'requested',
    'isolated',
    'proved',
    'release-requested',
    'released',
    'back',
  ])
  const journal = await client.journal.verify({})
  expect(journal.isSound).toBe(true)
})

test('A device in quarantine stays out over a restart, from the first connection on, until its time is up', async () => {
  const first = await openSite()
  startDevice(first.port, pump)
  const { id } = await isolate(first.client, { releaseAfterMinutes: 10 })
  await first.stop()

  const settings = { sources: [{ kind: 'embedded-broker', port: first.port }], data: first.data }
  const second = await openSite(settings)
  const heard = await startListener(second.port)
  const { isolation } = await second.client.quarantine.get({ id })
  expect(isolation.state).toBe('isolated')
  await untilProved(second.client, id, 'isolated')
  expect(heard).toEqual([])
  await until('its time is up', async () => {
    const { isolation: now } = await second.client.quarantine.get({ id })
    return now.state === 'released'
  })
  await until('its messages are heard again', () => heard.length > 0)
})

test('Refused attempts of a device in quarantine raise no alarm', async () => {
  const criteria = { comparisonOperator: 'less-than', value: { count: 5 } }
  const profile = {
    securityProfileName: 'fixed',
    behaviors: [
      { name: 'few-failures', metric: 'aws:num-authorization-failures', criteria },
      { name: 'few-attempts', metric: 'aws:num-connection-attempts', criteria },
    ],
  }
  const site = await openSite({ profiles: [profile] })
  startDevice(site.port, pump)
  startDevice(site.port, 'pump-8').end()
  const { id } = await isolate(site.client)
  const startedAt = (await site.client.system.status()).now
  await until('two whole slots of refused attempts are judged', async () => {
    const { now } = await site.client.system.status()
    return now - startedAt > 3.5 * 300_000
  })
  const { isolation } = await site.client.quarantine.get({ id })
  expect(isolation.proof.refusedAttempts).toBeGreaterThan(20)
  expect(site.alarms).toEqual([])
  const { notices } = await site.client.devices.get({ deviceId: pump })
  expect(notices.join(' ')).toContain('In quarantine')
})
