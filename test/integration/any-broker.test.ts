import { connectAsync, type MqttClient } from 'mqtt'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { slotMs } from '../../src/contract/model/time.ts'
import { MqttSource } from '../../src/station/ingest/mqtt-source.ts'
import { mqttSettings } from '../../src/station/settings.ts'
import { startEmqxStandIn } from '../support/emqx-stand-in.ts'
import { startMosquitto, type Mosquitto } from '../support/mosquitto.ts'
import { until } from '../support/poll.ts'
import { sparkplugPayload } from '../support/sparkplug-node.ts'
import { noCounts, watchedSource, type WatchedSource } from '../support/watched-source.ts'

const slotStartsAt = 6_000_000 * slotMs

describe('any broker', () => {
  let broker: Mosquitto
  let site: MqttClient
  let watched: WatchedSource
  let now = slotStartsAt
  const clients: MqttClient[] = []

  beforeAll(async () => {
    // As the standard has it: a message comes once for each subscription that it matches.
    broker = await startMosquitto(undefined, ['allow_duplicate_messages true'])
    site = await connect()
  })

  afterAll(async () => {
    await Promise.all(clients.map((client) => client.endAsync(true)))
    await broker.stop()
  })

  afterEach(() => watched.source.stop())

  test('counts messages and their sizes for the device that the topic names, and nothing else', async () => {
    await watch({ deviceTopics: ['site/{device}/#', 'line/{device}'] })
    await site.publishAsync('site/pump-1/t', 'abc')
    await site.publishAsync('site/pump-1', 'é')
    await site.publishAsync('line/valve-1', '')
    await site.publishAsync('line/valve-1/more', 'x')
    await site.publishAsync('other/pump-1', 'x')
    await everythingCame()
    expect(watched.counted('pump-1')).toEqual({ ...noCounts, sent: 2, bytes: 5, largest: 3 })
    expect(watched.counted('valve-1')).toEqual({ ...noCounts, sent: 1 })
    expect(devices()).toEqual(['pump-1', 'valve-1'])
    expect(level('aws:num-messages-sent')).toBe('partial')
    expect(level('aws:num-connection-attempts')).toBe('not-measurable')
    expect(level('aws:num-messages-received')).toBe('not-measurable')
  })

  test('counts a message once where patterns overlap', async () => {
    await watch({ deviceTopics: ['hall/{device}/#', 'hall/{device}/a/b', '{device}/b/a/#'] })
    for (const topic of ['hall/d1/a/b', 'hall/b/a/c', 'd2/b/a', 'hall/d1', 'd2/b/x']) {
      await site.publishAsync(topic, 'x')
    }
    await everythingCame()
    expect(watched.counted('d1').sent).toBe(2)
    expect(watched.counted('b').sent).toBe(1)
    expect(watched.counted('d2').sent).toBe(1)
  })

  test('leaves out what was retained, after it connects and after it has lost the broker', async () => {
    await site.publishAsync('site/pump-2/t', 'old', { retain: true, qos: 1 })
    await watch({ deviceTopics: ['site/{device}/#'] })
    await everythingCame()
    expect(watched.counted('pump-2').sent).toBe(0)
    await site.publishAsync('site/pump-2/t', 'new', { retain: true, qos: 1 })
    await everythingCame()
    expect(watched.counted('pump-2').sent).toBe(1)
    await takeOver()
    await everythingCame()
    expect(watched.counted('pump-2').sent).toBe(1)
    await site.publishAsync('site/pump-2/t', '', { retain: true, qos: 1 })
  })

  test('takes births and deaths of Sparkplug nodes for connections and their ends, a will too', async () => {
    await watch({ sparkplug: true, deviceNames: { 'plant/{device}': '{device}' } })
    const node = await sparkplugNode('edge-1', 0)
    await publish(node, 'NBIRTH/edge-1', sparkplugPayload(0))
    await publish(node, 'DBIRTH/edge-1/motor', sparkplugPayload(null))
    await publish(node, 'DDATA/edge-1/motor', sparkplugPayload(null))
    await publish(node, 'NDATA/edge-1', sparkplugPayload(null))
    // A host asked for it: the same session, so nobody connected.
    await publish(node, 'NBIRTH/edge-1', sparkplugPayload(0))
    await publish(node, 'DBIRTH/edge-1/motor', sparkplugPayload(null))
    await everythingCame()
    expect(watched.counted('edge-1')).toMatchObject({ attempts: 1, disconnects: 0, sent: 3 })
    expect(watched.counted('edge-1/motor')).toMatchObject({ attempts: 1, disconnects: 0, sent: 3 })
    expect(watched.presence.get('edge-1')?.isConnected).toBe(true)
    node.stream.destroy()
    await until('the broker tells the will', () => watched.counted('edge-1').disconnects === 1)
    expect(watched.counted('edge-1/motor')).toMatchObject({ attempts: 1, disconnects: 1 })
    expect(watched.presence.get('edge-1/motor')?.isConnected).toBe(false)
    const again = await sparkplugNode('edge-1', 1)
    await publish(again, 'NBIRTH/edge-1', sparkplugPayload(1))
    await publish(again, 'NDEATH/edge-1', sparkplugPayload(0))
    await everythingCame()
    expect(watched.counted('edge-1')).toMatchObject({ attempts: 2, disconnects: 1, sent: 4 })
    await publish(again, 'NDEATH/edge-1', sparkplugPayload(1))
    await again.endAsync()
    await everythingCame()
    expect(watched.counted('edge-1')).toMatchObject({ attempts: 2, disconnects: 2, sent: 4 })
    expect(level('aws:num-connection-attempts')).toBe('partial')
  })

  test('has zeros of a Sparkplug node that is there and quiet, and none once it is dead or out of sight', async () => {
    await watch({ sparkplug: true })
    const node = await sparkplugNode('edge-2', 0)
    await publish(node, 'NBIRTH/edge-2', sparkplugPayload(0))
    await everythingCame()
    const zeros = ['aws:num-connection-attempts', 'aws:num-disconnects', 'aws:num-messages-sent']
    expect(zerosOfNextSlot('plant/edge-2')).toEqual(zeros)
    await takeOver()
    expect(zerosOfNextSlot('plant/edge-2')).toEqual([])
    await publish(node, 'NBIRTH/edge-2', sparkplugPayload(0))
    await everythingCame()
    expect(zerosOfNextSlot('plant/edge-2')).toEqual(zeros)
    node.stream.destroy()
    await until('it is dead', () => watched.presence.get('plant/edge-2')?.isConnected === false)
    expect(zerosOfNextSlot('plant/edge-2')).toEqual([])
  })

  test('takes what a status topic says, once for each change', async () => {
    await watch({ statusTopics: [{ topic: 'site/{device}/status' }] })
    const topic = 'site/pump-3/status'
    const device = await connectAsync(broker.url, {
      will: { topic, payload: Buffer.from('offline'), qos: 1, retain: true },
    })
    clients.push(device)
    for (const word of ['online', 'online', 'onlinex', 'offline', 'ONLINE', 'online']) {
      await device.publishAsync(topic, word, { qos: 1 })
    }
    device.stream.destroy()
    await until('the will is told', () => watched.counted('pump-3').disconnects === 2)
    await everythingCame()
    expect(watched.counted('pump-3')).toEqual({ ...noCounts, attempts: 2, disconnects: 2 })
    expect(level('aws:num-disconnects')).toBe('partial')
    await site.publishAsync(topic, '', { retain: true, qos: 1 })
  })

  test('refuses and counts topics whose device cannot be one, and survives all others', async () => {
    await watch({ deviceTopics: ['site/{device}/#'], sparkplug: true })
    const long = 'x'.repeat(60_000)
    await site.publishAsync(`site/${'x'.repeat(129)}/t`, 'a')
    await site.publishAsync(`site/${long}/t`, 'a')
    await site.publishAsync(`spBv1.0/${long}/NBIRTH/n`, sparkplugPayload(0))
    for (const payload of ['', '\u00ff', '\u0012\u00ff\u00ff\u00ff\u00ff\u00ff\u000f']) {
      await site.publishAsync('spBv1.0/g/NBIRTH/n', Buffer.from(payload, 'latin1'))
      await site.publishAsync('spBv1.0/g/NDEATH/n', Buffer.from(payload, 'latin1'))
    }
    await site.publishAsync('spBv1.0/g/NBIRTH', 'x')
    await site.publishAsync('spBv1.0/g/NCMD/n', 'x')
    await site.publishAsync('site/__proto__/t', 'a')
    await everythingCame()
    expect(watched.refused.map(({ reason }) => reason)).toEqual(Array(3).fill('bad-device-name'))
    expect(devices()).toEqual(['__proto__', 'g/n'])
    expect(watched.counted('g/n')).toMatchObject({ attempts: 3, disconnects: 3, sent: 3 })
  })

  test('is told as blind where the broker grants nothing, and as watching where it grants some', async () => {
    const strict = await startEmqxStandIn()
    await watch({ deviceTopics: ['forbidden/{device}'], url: strict.url }, 'forbidden/m/{device}')
    expect(watched.states.at(-1)).toMatchObject({
      state: 'disconnected',
      sentence: expect.stringContaining('does not let Picket read forbidden/+, forbidden/m/+'),
    })
    await watched.source.stop()
    await watch({ deviceTopics: ['forbidden/{device}'], url: strict.url })
    expect(watched.states.at(-1)).toMatchObject({
      state: 'connected',
      sentence: expect.stringContaining('does not let Picket read forbidden/+. Allow it'),
    })
    await watched.source.stop()
    await strict.stop()
  })

  test('asks again for what was refused, and says so once it is granted', async () => {
    const strict = await startEmqxStandIn()
    await watch({ deviceTopics: ['forbidden/{device}'], url: strict.url }, 'forbidden/m/{device}')
    strict.isLenient = true
    expect(watched.planned).toMatchObject([{ delayMs: 60_000 }])
    watched.planned[0]?.run()
    await until('it watches', () => watched.states.at(-1)?.state === 'connected')
    expect(watched.states.at(-1)?.sentence).toBe('Connected and watching.')
    await watched.source.stop()
    await strict.stop()
  })

  test('that ends the connection of who subscribes is told of with the likely reason', async () => {
    const strict = await startEmqxStandIn()
    await watch({ deviceTopics: ['deadly/{device}'], url: strict.url })
    expect(watched.states.at(-1)).toMatchObject({
      state: 'disconnected',
      sentence: expect.stringContaining('it ended the connection when Picket subscribed'),
    })
    await watched.source.stop()
    await strict.stop()
  })

  async function connect(): Promise<MqttClient> {
    const client = await connectAsync(broker.url, { reconnectPeriod: 50 })
    clients.push(client)
    return client
  }

  function sparkplugNode(name: string, session: number): Promise<MqttClient> {
    const will = {
      topic: `spBv1.0/plant/NDEATH/${name}`,
      payload: sparkplugPayload(session, 0),
      qos: 1 as const,
      retain: false,
    }
    return connectAsync(broker.url, { will, reconnectPeriod: 0 })
  }

  async function publish(client: MqttClient, rest: string, payload: Buffer): Promise<void> {
    await client.publishAsync(`spBv1.0/plant/${rest}`, payload, { qos: 1 })
  }

  async function watch(
    changes: Partial<z.input<typeof mqttSettings>>,
    marker = 'marker/{device}',
  ): Promise<void> {
    now = slotStartsAt
    const settings = mqttSettings.parse({
      kind: 'mqtt',
      id: 'test',
      url: broker.url,
      clientId: 'picket-test',
      reports: false,
      ...changes,
      deviceTopics: [...(changes.deviceTopics ?? []), marker],
    })
    watched = watchedSource((context) => new MqttSource(settings, context), {
      now: () => now,
      seesConnections: false,
    })
    await watched.source.start()
    await until('it has told how it is', () => watched.states.length > 1)
  }

  const isWatching = (times: number) =>
    until(
      'it watches',
      () => watched.states.filter(({ state }) => state === 'connected').length >= times,
    )

  /** Somebody with the same client id: the broker ends our connection, and we come back. */
  async function takeOver(): Promise<void> {
    const other = await connectAsync(broker.url, { clientId: 'picket-test', reconnectPeriod: 0 })
    await isWatching(2)
    await other.endAsync(true)
  }

  /** Messages of one client arrive in order, so what came before this one has come. */
  async function everythingCame(): Promise<void> {
    const marker = `marker-${markers++}`
    await site.publishAsync(`marker/${marker}`, 'x', { qos: 1 })
    await until('the marker has come', () => watched.counted(marker).sent === 1)
  }
  let markers = 0

  const devices = () => watched.devices().filter((device) => !device.startsWith('marker-'))

  function level(metricId: string) {
    const found = watched.source.facts().capabilities.find((each) => each.metricId === metricId)
    return found?.level
  }

  function zerosOfNextSlot(device: string): string[] {
    const from = (Math.floor(now / slotMs) + 1) * slotMs
    for (const moment of [now, from + 1000, from + slotMs]) {
      now = moment
      watched.counted(device)
    }
    return watched.samples
      .filter(
        ({ deviceId, at, measure }) => deviceId === device && at === from && measure.sum === 0,
      )
      .map(({ metricId }) => String(metricId))
      .sort()
  }
})
