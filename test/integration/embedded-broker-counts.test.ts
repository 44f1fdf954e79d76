import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  connectPacket,
  createCountingFleet,
  exchange,
  openRaw,
  publishPacket,
  type CountingFleet,
} from '../support/counting-client.ts'
import { startWatchedBroker, type WatchedBroker } from '../support/embedded-broker-watch.ts'
import { writeLogins } from '../support/device-logins.ts'
import { agreement } from '../support/mosquitto-log-watch.ts'
import { until } from '../support/poll.ts'
import { noCounts } from '../support/watched-source.ts'

const users = ['pump-1', 'pump-2', 'guarded', 'kicked', 'taken', 'late', 'valve', 'plain']

/** What test/integration/mosquitto-log.test.ts has a Mosquitto's clients do. */
describe('the embedded broker, under the same scenario as a Mosquitto', () => {
  let running: WatchedBroker
  let fleet: CountingFleet

  beforeAll(async () => {
    running = await startWatchedBroker({
      logins: await writeLogins(users),
      deviceTopics: ['site/{device}/#', 'secret/{device}'],
      gateways: { 'pump-2': ['*'] },
      subscriptions: 'own',
      whenDenied: 'ignore',
    })
    fleet = createCountingFleet(running.port())
  })

  afterAll(async () => {
    await fleet?.end()
    await running?.watched.source.stop()
  })

  const agree = (...devices: string[]) => agreement(running.watched, fleet, devices)
  const endings = () => running.watched.endings

  test('a device that sends and receives', async () => {
    const pump = await fleet.connect('pump-1', { from: '127.0.0.11' })
    const other = await fleet.connect('pump-2', { from: '127.0.0.12' })
    await pump.subscribe('site/pump-1/commands')
    await other.subscribe('site/#')
    for (const size of [10, 250, 40]) await pump.publish('site/pump-1/t', 'x'.repeat(size))
    await pump.publish('site/pump-1/t', 'unacknowledged', { qos: 0 })
    await pump.publish('site/pump-1/t', 'exactly once', { qos: 2 })
    await other.publish('site/pump-1/commands', 'go')
    await pump.hasReceived(1)
    await other.hasReceived(6)
    await pump.end()
    await other.drop()
    await agree('pump-1', 'pump-2')
    expect(endings()).toEqual(['pump-1 CLIENT_INITIATED_DISCONNECT', 'pump-2 CONNECTION_LOST'])
  })

  test('refused logins count for the device that they claim to be, and for no made-up one', async () => {
    const from = '127.0.0.13'
    const valve = await fleet.connect('valve', { from })
    await valve.end()
    await agree('valve')
    await fleet.beRefused('valve', { from, password: 'wrong' })
    await fleet.beRefused('valve', { from, password: '' })
    await agree('valve')
    await fleet.beRefused('stranger', { from: '127.0.0.99' })
    await until('it is seen', () => running.watched.observations.unattributed === 1)
    expect(running.watched.devices()).not.toContain('stranger')
  })

  test('denied publishes and subscriptions', async () => {
    const guarded = await fleet.connect('guarded')
    await guarded.subscribe('site/guarded/#')
    await guarded.subscribeDenied('site/#')
    await guarded.subscribeDenied('site/pump-1/t')
    await guarded.publishDenied('secret/plans', 'mine now')
    await guarded.publish('site/guarded/t', 'allowed')
    await guarded.hasReceived(1)
    await guarded.end()
    await agree('guarded')
  })

  test('a denied message reaches nobody', async () => {
    const other = await fleet.connect('pump-2')
    await other.subscribe('#')
    const guarded = await fleet.connect('guarded')
    await guarded.publishDenied('site/pump-1/t', 'not mine')
    await guarded.publish('site/guarded/t', 'mine')
    await other.hasReceived(1)
    await guarded.end()
    await other.end()
    await agree('guarded', 'pump-2')
  })

  test('a client that is kicked, one that is taken over, and one that falls silent', async () => {
    const kicked = await fleet.connect('kicked')
    running.broker.kick('kicked')
    await kicked.hasEnded()
    const first = await fleet.connect('taken')
    const second = await fleet.connect('taken')
    await first.hasEnded()
    await second.publish('site/taken/t', 'still here')
    await second.end()
    const silent = await openRaw(running.port())
    const login = { keepalive: 1, username: 'late', password: 'late' }
    await exchange(silent, connectPacket('late', login))
    await until('the broker gives it up', () => silent.closed || silent.readableEnded)
    silent.destroy()
    fleet.ledger.set('late', { ...noCounts, attempts: 1, disconnects: 1 })
    await agree('kicked', 'taken', 'late')
    expect(endings().slice(-4)).toEqual([
      'kicked API_INITIATED_DISCONNECT',
      'taken DUPLICATE_CLIENTID',
      'taken CLIENT_INITIATED_DISCONNECT',
      'late MQTT_KEEP_ALIVE_TIMEOUT',
    ])
  })

  test('a message that is sent once more, and a last will, are not messages of the device again', async () => {
    const will = { topic: 'site/plain/t', payload: Buffer.from('gone'), qos: 0, retain: false }
    const listener = await fleet.connect('pump-2')
    await listener.subscribe('site/plain/t')
    const plain = await fleet.connect('plain', { will: { ...will, qos: 0 } })
    await plain.publish('site/plain/t', 'here')
    await plain.drop()
    await listener.hasReceived(2)
    await listener.end()
    const socket = await openRaw(running.port())
    await exchange(socket, connectPacket('plain', { username: 'plain', password: 'plain' }))
    const once = { qos: 1, messageId: 7 }
    await exchange(
      socket,
      publishPacket('site/plain/t', 'twice', once),
      publishPacket('site/plain/t', 'twice', { ...once, isDuplicate: true }),
    )
    socket.destroy()
    const counts = fleet.ledger.get('plain') ?? noCounts
    const bytes = counts.bytes + 5
    const { attempts, disconnects, sent } = counts
    const more = { attempts: attempts + 1, disconnects: disconnects + 1, sent: sent + 1 }
    fleet.ledger.set('plain', { ...counts, ...more, bytes, largest: 5 })
    await agree('plain')
  })

  test('every device that was there is known, and no other', () => {
    expect(running.watched.devices()).toEqual([...users].sort())
    expect(running.watched.refused).toEqual([])
  })
})

describe('the embedded broker', () => {
  test('hangs up on a denied publish unless it is told not to', async () => {
    const running = await startWatchedBroker()
    const fleet = createCountingFleet(running.port())
    const guarded = await fleet.connect('guarded')
    guarded.client.publish('site/pump-1/t', 'not mine')
    await guarded.hasEnded()
    guarded.counts.failures += 1
    await agreement(running.watched, fleet, ['guarded'])
    expect(running.watched.endings).toEqual(['guarded FORBIDDEN_ACCESS'])
    await running.watched.source.stop()
  })

  test('says of clients that speak MQTT 5 that it does not', async () => {
    const running = await startWatchedBroker()
    const fleet = createCountingFleet(running.port())
    await fleet.beRefused('modern', { protocolVersion: 5 }).catch(() => undefined)
    const isTold = () => running.watched.refused.some(({ detail }) => detail.includes('MQTT 5'))
    await until('it is told', isTold)
    expect(running.watched.refused.map(({ reason }) => reason)).toEqual(['unsupported-protocol'])
    expect(running.watched.devices()).toEqual([])
    await fleet.end()
    await running.watched.source.stop()
  })

  test('tells what its devices still did when it is stopped', async () => {
    const running = await startWatchedBroker()
    const fleet = createCountingFleet(running.port())
    const pump = await fleet.connect('pump-1')
    await pump.publish('site/pump-1/t', 'last words')
    await running.watched.source.stop()
    await pump.hasEnded()
    expect(running.watched.counted('pump-1')).toEqual(fleet.ledger.get('pump-1'))
    expect(running.watched.endings).toEqual(['pump-1 SERVER_INITIATED_DISCONNECT'])
  })

  test('comes back on the same port when its process ends, and the time between is a gap', async () => {
    const running = await startWatchedBroker()
    const port = running.port()
    const fleet = createCountingFleet(port)
    const pump = await fleet.connect('pump-1')
    await pump.publish('site/pump-1/t', 'before')
    await until('it is counted', () => running.watched.counted('pump-1').sent === 1)
    await running.crash()
    await pump.hasEnded()
    await until('it is back', () => running.watched.states.at(-1)?.state === 'connected')
    expect(running.watched.states.map(({ state }) => state)).toEqual([
      'connecting',
      'connected',
      'disconnected',
      'connected',
    ])
    expect(running.watched.states[2]?.sentence).toMatch(
      /^The embedded broker stopped by itself: .* It is started again in 0\.1 s\.$/,
    )
    expect(running.port()).toBe(port)
    const again = await fleet.connect('pump-1')
    await again.publish('site/pump-1/t', 'after')
    await again.end()
    // How the first connection ended was not seen, so it was not counted.
    pump.counts.disconnects -= 1
    await agreement(running.watched, fleet, ['pump-1'])
    await running.watched.source.stop()
  })

  test('reads no further while the station takes nothing in, and loses nothing', async () => {
    const running = await startWatchedBroker()
    const fleet = createCountingFleet(running.port())
    const pump = await fleet.connect('pump-1')
    const release = running.holdBack()
    let small = 0
    for (let isFull = false; !isFull; small += 1) {
      isFull = await isUnanswered(pump.client.publishAsync('site/pump-1/t', 'x', { qos: 1 }))
    }
    const large = 'x'.repeat(20_000)
    let sent = 0
    for (let index = 0; index < 2000; index += 1) {
      pump.client.publish('site/pump-1/t', large, { qos: 0 }, () => (sent += 1))
    }
    await holds(() => sent, 1000)
    expect(sent).toBeLessThan(2000)
    release()
    await until('all is counted', () => running.watched.counted('pump-1').sent === small + 2000)
    expect(running.watched.counted('pump-1').bytes).toBe(small + 2000 * large.length)
    await fleet.end()
    await running.watched.source.stop()
  })
})

/** Waits until a figure has stayed the same for so many milliseconds. */
async function holds(figure: () => number, ms: number): Promise<void> {
  let last = figure()
  let since = performance.now()
  await until('nothing changes', () => {
    if (figure() !== last) since = performance.now()
    last = figure()
    return performance.now() - since > ms
  })
}

/** True where a promise has not resolved after a second. */
function isUnanswered(answer: Promise<unknown>): Promise<boolean> {
  const pause = new Promise<boolean>((resolve) => setTimeout(() => resolve(true), 1000))
  return Promise.race([answer.then(() => false), pause])
}
