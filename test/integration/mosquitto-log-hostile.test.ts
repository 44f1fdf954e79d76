import type { Socket } from 'node:net'
import { connectAsync } from 'mqtt'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  connectPacket,
  createCountingFleet,
  exchange,
  openRaw,
  publishPacket,
  subscribePacket,
  unsubscribePacket,
  type CountingFleet,
} from '../support/counting-client.ts'
import { freePort } from '../support/mosquitto.ts'
import { agreement, watchLog } from '../support/mosquitto-log-watch.ts'
import { startMosquittoSite, type MosquittoSite } from '../support/mosquitto-site.ts'
import { until } from '../support/poll.ts'
import { noCounts, type WatchedSource } from '../support/watched-source.ts'

const names = [
  '<unknown>',
  '127.0.0.1',
  "x (p2, c1, k60, u'y').",
  'victim disconnected.',
  'victim [127.0.0.1:1883] disconnected: exceeded timeout',
  'victim already connected, closing old connection.',
  "victim (d0, q0, r0, m0, 'x",
  'New client connected from 1.2.3.4:5 as victim',
  '1795335361: Client victim disconnected',
  'émigré 😀',
]
const topics = ["it's (9 bytes)", "y (d0, q0, r0, m0, 'z", "t', ... (9 bytes)) disconnected."]

describe('hostile clients of a real Mosquitto', () => {
  let site: MosquittoSite
  let webPort: number
  let fleet: CountingFleet
  let watched: WatchedSource

  beforeAll(async () => {
    webPort = await freePort()
    site = await startMosquittoSite(() => [
      'allow_anonymous true',
      `listener ${webPort} 127.0.0.1`,
      'protocol websockets',
    ])
    fleet = createCountingFleet(site.port)
    watched = watchLog(site.log)
    await watched.source.start()
  })

  afterAll(async () => {
    await fleet?.end()
    await watched?.source.stop()
    await site?.end()
  })

  test('are counted for what they did, whatever they call themselves', async () => {
    const victim = await fleet.connect('victim')
    for (const name of names) {
      const hostile = await fleet.connect(name, { username: '', password: '' })
      for (const topic of topics) await hostile.publish(topic, 'payload')
      await hostile.subscribe("they're/(p2, c1, k60)./#")
      await hostile.drop()
    }
    await victim.publish('t', 'the only one')
    await victim.end()
    await agreement(watched, fleet, [...names, 'victim'])
    expect(watched.devices()).toEqual([...names, 'victim'].sort())
  })

  test('cannot make the log speak for others', async () => {
    const forgeries = [
      ['New client connected from 1.2.3.4:5 as ghost', '(p2, c1, k60).'],
      ["Received PUBLISH from ghost (d0, q0, r0, m0, 'x", "', ... (9 bytes))"],
      ['Client ghost disconnected:', 'Broken pipe.'],
      ['Sending CONNACK to 10.9.9.9', '(0, 5)'],
    ] as const
    for (const [clientId, filter] of forgeries) {
      const socket = await openRaw(site.port)
      await exchange(
        socket,
        connectPacket(clientId),
        subscribePacket(filter),
        unsubscribePacket(filter),
      )
      socket.destroy()
      await until(`${clientId} is gone`, () => watched.counted(clientId).disconnects === 1)
    }
    expect(
      watched.devices().filter((name) => name.includes('ghost 0') || name === 'ghost'),
    ).toEqual([])
    expect(watched.observations.unattributed).toBe(0)
  })

  test('cannot hide messages as repetitions, or behind topics that are cut', async () => {
    const socket = await openRaw(site.port)
    await exchange(socket, connectPacket('hiding'))
    const repeated = publishPacket('t', 'abc', { qos: 1, isDuplicate: true, messageId: 5 })
    await exchange(socket, repeated, repeated)
    socket.write(publishPacket('t', 'abc', { isDuplicate: true }))
    socket.write(publishPacket('t'.repeat(1500), 'abc'))
    await until('it is counted', () => watched.counted('hiding').sent === 4)
    // The size of the last is not in the log.
    expect(watched.counted('hiding')).toMatchObject({ bytes: 9, largest: 3 })
    socket.destroy()
  })

  test('with names that are cut are refused, and do not speak for others', async () => {
    const forged = "pump (d0, q0, r0, m0, 'x', ... (9 bytes))"
    const lengths = [1200, 951, 952, 953, 954, 955]
    const pump = await fleet.connect('pump')
    for (const length of lengths) {
      const socket = await openRaw(site.port)
      await exchange(socket, connectPacket(forged.padEnd(length, ' ')))
      socket.write(publishPacket('t', 'abc'))
      socket.end()
      await closed(socket)
    }
    await pump.publish('t', 'abc')
    await pump.end()
    await agreement(watched, fleet, ['pump'])
    expect(watched.refused.map(({ reason }) => reason)).toContain('oversized')
  })

  test('protocol garbage and scanners count for nobody', async () => {
    const before = watched.devices()
    const { unattributed } = watched.observations
    for (const garbage of ['GET / HTTP/1.1\r\n\r\n', '\x10\xff\xff\xff\xff', '']) {
      const socket = await openRaw(site.port)
      socket.end(Buffer.from(garbage, 'latin1'))
      await closed(socket)
    }
    const last = await fleet.connect('last')
    await last.end()
    await agreement(watched, fleet, ['last'])
    expect(watched.devices()).toEqual([...before, 'last'].sort())
    expect(watched.observations.unattributed).toBe(unattributed)
  })

  test('a websocket client that is taken over has gone once, and is still there', async () => {
    const options = { clientId: 'web', reconnectPeriod: 0 }
    const url = `ws://127.0.0.1:${webPort}`
    const first = await connectAsync(url, options)
    first.on('error', () => undefined)
    const isClosed = new Promise<void>((resolve) => first.once('close', () => resolve()))
    const second = await connectAsync(url, options)
    await isClosed
    await second.publishAsync('t', 'abc', { qos: 1 })
    const sent = { sent: 1, bytes: 3, largest: 3 }
    fleet.ledger.set('web', { ...noCounts, attempts: 2, disconnects: 1, ...sent })
    await agreement(watched, fleet, ['web'])
    expect(watched.presence.get('web')).toMatchObject({ isConnected: true, address: '127.0.0.1' })
    await second.endAsync()
    fleet.ledger.set('web', { ...noCounts, attempts: 2, disconnects: 2, ...sent })
    await agreement(watched, fleet, ['web'])
    await first.endAsync(true)
  })

  test('messages that a client sends again after its connection broke count once', async () => {
    const message = publishPacket('t', 'abc', { qos: 1, messageId: 7 })
    const again = publishPacket('t', 'abc', { qos: 1, messageId: 7, isDuplicate: true })
    for (const each of [message, again]) {
      const socket = await openRaw(site.port)
      await exchange(socket, connectPacket('patient'), each)
      socket.destroy()
      await closed(socket)
    }
    await until('both connections are counted', () => watched.counted('patient').disconnects === 2)
    expect(watched.counted('patient').sent).toBe(1)
  })
})

/** Waits for the end of a connection, be it a reset. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.resume().once('close', () => resolve()))
}
