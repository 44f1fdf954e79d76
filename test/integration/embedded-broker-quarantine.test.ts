import { connect, connectAsync, type IClientOptions, type MqttClient } from 'mqtt'
import { afterEach, describe, expect, test } from 'vitest'
import { deviceId } from '../../src/contract/model/device.ts'
import type { QuarantineController } from '../../src/station/mitigation/controller.ts'
import { createEmbeddedBrokerController } from '../../src/station/mitigation/embedded-broker-controller.ts'
import { createCountingFleet, type CountingFleet } from '../support/counting-client.ts'
import { writeLogins } from '../support/device-logins.ts'
import { startWatchedBroker, type WatchedBroker } from '../support/embedded-broker-watch.ts'
import { until } from '../support/poll.ts'

const ends: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

interface Site {
  running: WatchedBroker
  fleet: CountingFleet
  controller: QuarantineController
}

async function start(
  settings: Parameters<typeof startWatchedBroker>[0] = {},
  options: Parameters<typeof startWatchedBroker>[1] = {},
): Promise<Site> {
  const running = await startWatchedBroker(settings, options)
  ends.push(() => running.watched.source.stop())
  const fleet = createCountingFleet(running.port())
  ends.push(() => fleet.end())
  return { running, fleet, controller: createEmbeddedBrokerController(running.broker) }
}

function planOf({ controller }: Site, name: string) {
  const nobody = { usernames: [], clientIds: [], addresses: [] }
  return controller.prepare({ deviceId: deviceId.parse(name), ...nobody })
}

async function isolate(site: Site, name: string) {
  const { record } = await planOf(site, name)
  await site.controller.isolate(record)
  return record
}

/** A client that keeps what it was sent. */
async function listen({ running }: Site, filter: string, options: IClientOptions = {}) {
  const client = await connectAsync(running.watched.source.facts().address, {
    clientId: `listener-${filter}`,
    username: 'historian',
    password: 'historian',
    reconnectPeriod: 20,
    ...options,
  })
  ends.push(() => client.endAsync(true))
  const heard = collect(client)
  await client.subscribeAsync(filter, { qos: 1 })
  return { client, heard }
}

function collect(client: MqttClient): string[] {
  const heard: string[] = []
  client.on('message', (topic, payload) => void heard.push(`${topic} ${payload.toString()}`))
  return heard
}

describe('a device isolated at the embedded broker', () => {
  test('is cut off without its last will, refused and counted, and comes back as before', async () => {
    const site = await start()
    const { fleet, running, controller } = site
    const { heard } = await listen(site, '#')
    const payload = Buffer.from('gone')
    const will = { topic: 'status/pump-1', payload, qos: 1, retain: true } as const
    const pump = await fleet.connect('pump-1', { will })
    await pump.publish('site/pump-1/t', 'before')
    await until('it was heard', () => heard.includes('site/pump-1/t before'))

    const record = await isolate(site, 'pump-1')
    await pump.hasEnded()
    expect(await controller.inspect(record)).toMatchObject({ isInForce: true, isAsBefore: false })
    await fleet.beRefused('pump-1')
    await fleet.beRefused('pump-1', { clientId: 'another-client' })
    const { failures } = await until('both are counted', () => {
      const counted = running.watched.counted('pump-1')
      return counted.failures === 2 && counted
    })
    expect(failures).toBe(2)
    expect(running.watched.endings).toEqual(['pump-1 API_INITIATED_DISCONNECT'])

    await controller.release(record, 'restore')
    expect(await controller.inspect(record)).toMatchObject({ isInForce: false, isAsBefore: true })
    const again = await fleet.connect('pump-1')
    await again.publish('site/pump-1/t', 'after')
    await until('it was heard again', () => heard.includes('site/pump-1/t after'))
    expect(heard).toEqual(['site/pump-1/t before', 'site/pump-1/t after'])
  })

  test('loses all its connections, and no other device loses one', async () => {
    const site = await start()
    const one = await site.fleet.connect('pump-1', { clientId: 'one' })
    const two = await site.fleet.connect('pump-1', { clientId: 'two' })
    const other = await site.fleet.connect('pump-2')
    const record = await isolate(site, 'pump-1')
    await Promise.all([one.hasEnded(), two.hasEnded()])
    expect((await site.controller.inspect(record)).isInForce).toBe(true)
    await other.publish('site/pump-2/t', 'still here')
    await until('it is counted', () => site.running.watched.counted('pump-2').sent === 1)
    expect(other.client.connected).toBe(true)
  })

  test('publishes nothing of what was under way when it was cut off', async () => {
    const site = await start()
    const { heard } = await listen(site, 'free/#')
    const { client, hasEnded } = await site.fleet.connect('pump-1')
    const release = site.running.holdBack()
    let published = 0
    await until('the broker holds back what the device publishes', () => {
      published += 1
      client.publish('free/pump-1', 'x', { qos: 0 })
      return published - heard.length > 20
    })
    const before = heard.length
    await isolate(site, 'pump-1')
    await hasEnded()
    release()
    const other = await site.fleet.connect('pump-2')
    await other.publish('free/pump-2', 'last')
    await until('all was delivered', () => heard.includes('free/pump-2 last'))
    expect(heard.slice(before)).toEqual(['free/pump-2 last'])
  })

  test('is refused from the first connection on when the broker was restarted', async () => {
    const site = await start()
    const { fleet, running, controller } = site
    const record = await isolate(site, 'pump-1')
    const knocker = await connectAsync(running.watched.source.facts().address, {
      clientId: 'pump-2',
      username: 'pump-2',
      reconnectPeriod: 5,
    })
    ends.push(() => knocker.endAsync(true))
    await running.crash()
    await until('the broker is back', () => {
      return running.watched.states.filter(({ state }) => state === 'connected').length === 2
    })
    await fleet.beRefused('pump-1')
    await until('the other is back', () => knocker.connected)
    expect(await controller.inspect(record)).toMatchObject({ isInForce: true })
    expect(running.watched.counted('pump-1').attempts).toBe(
      running.watched.counted('pump-1').failures,
    )
  })

  test('is refused from the first connection on when Picket was restarted', async () => {
    const { record } = await planOf(await start(), 'pump-1')
    const kept = JSON.stringify(record)
    const site = await start(
      {},
      {
        async beforeStart(broker) {
          const controller = createEmbeddedBrokerController(broker)
          await controller.isolate(JSON.parse(kept))
          await controller.isolate(JSON.parse(kept))
        },
      },
    )
    await site.fleet.beRefused('pump-1')
    expect(await site.controller.inspect(record)).toMatchObject({ isInForce: true })
    await site.controller.release(record, 'restore')
    await site.fleet.connect('pump-1')
  })

  test('gets what waited for it in a session that is kept, at QoS 1 and not at QoS 0', async () => {
    const site = await start()
    const options = { clean: false, clientId: 'pump-1', username: 'pump-1', reconnectPeriod: 0 }
    const pump = await listen(site, 'commands/pump-1', options)
    pump.client.on('error', () => undefined)
    const other = await site.fleet.connect('pump-2')
    const record = await isolate(site, 'pump-1')
    await until('it is gone', () => !pump.client.connected)
    await other.publish('commands/pump-1', 'forgotten', { qos: 0 })
    await other.publish('commands/pump-1', 'waits', { qos: 1 })
    await site.controller.release(record, 'lift')
    const again = connect(site.running.watched.source.facts().address, options)
    ends.push(() => again.endAsync(true))
    const heard = collect(again)
    await until('it was delivered', () => heard.length === 1)
    await other.publish('commands/pump-1', 'now', { qos: 1 })
    await until('it is subscribed still', () => heard.length === 2)
    expect(heard).toEqual(['commands/pump-1 waits', 'commands/pump-1 now'])
  })
})

describe('the dry run at the embedded broker', () => {
  test('names who listens, who goes with the device and who speaks for it, and changes nothing', async () => {
    const site = await start({ gateways: { 'gateway-1': ['pump-*'] } })
    await listen(site, 'site/+/t', { clientId: 'historian' })
    await listen(site, 'other/#', { clientId: 'elsewhere' })
    const pump = await site.fleet.connect('pump-1')
    await pump.publish('site/pump-1/t', 'x')
    await site.fleet.connect('valve-9', { clientId: 'pump-1-again' })
    const thief = await site.fleet.connect('valve-7', { clientId: 'pump-7' })
    const { plan } = await planOf(site, 'pump-1')
    expect(plan.losers).toEqual([{ client: 'historian', filter: 'site/+/t' }])
    expect(plan.shares).toEqual([
      'The gateway "gateway-1" stays connected; what it publishes in this device\'s name reaches nobody.',
    ])
    expect(plan.forbidden).toEqual([])
    const neighbour = await planOf(site, 'pump-7')
    expect(neighbour.plan.losers).toBeNull()
    expect(neighbour.plan.shares[0]).toBe(
      'The client "pump-7", known as "valve-7", uses one of its names and goes with it.',
    )
    expect([pump.client.connected, thief.client.connected]).toEqual([true, true])
  })

  test('forbids to cut off Picket itself', async () => {
    const site = await start({}, { ownClients: new Set(['picket-here']) })
    await listen(site, 'site/#', { clientId: 'picket-here', username: 'watcher' })
    const { plan } = await planOf(site, 'watcher')
    expect(plan.forbidden).toEqual(['"picket-here" is a connection of Picket itself.'])
  })
})

describe('a gateway of an isolated device', () => {
  test('stays, but what it publishes in its name reaches nobody, nor does a report', async () => {
    const site = await start({ gateways: { 'gateway-1': ['sensor-*'] } })
    const { heard } = await listen(site, 'site/#')
    const gateway = await site.fleet.connect('gateway-1')
    const record = await isolate(site, 'sensor-1')
    await gateway.publish('site/sensor-1/t', 'hidden')
    await gateway.publish('site/sensor-2/t', 'seen')
    await site.controller.release(record, 'restore')
    await gateway.publish('site/sensor-1/t', 'seen again')
    await until('the last is heard', () => heard.length === 2)
    expect(heard).toEqual(['site/sensor-2/t seen', 'site/sensor-1/t seen again'])
    expect(gateway.client.connected).toBe(true)
  })
})

describe('where devices prove who they are', () => {
  test('a client id of its own choice does not make a neighbour go with it', async () => {
    const site = await start({ logins: await writeLogins(['pump-1', 'pump-2', 'historian']) })
    const neighbour = await site.fleet.connect('pump-2', { clientId: 'pump-1' })
    const record = await isolate(site, 'pump-1')
    await site.fleet.beRefused('pump-1', { clientId: 'elsewhere' })
    await neighbour.publish('site/pump-2/t', 'still here')
    expect(await site.controller.inspect(record)).toMatchObject({ isInForce: true })
    expect(site.controller.guarantees.map(({ holds }) => holds)).toEqual([true, true, false])
  })
})
