import { renameSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { deviceId } from '../../src/contract/model/device.ts'
import {
  connectPacket,
  createCountingFleet,
  exchange,
  openRaw,
  type CountingFleet,
} from '../support/counting-client.ts'
import {
  command,
  dynamicSecurity,
  startMosquittoSite,
  type MosquittoSite,
} from '../support/mosquitto-site.ts'
import { agreement, watchLog } from '../support/mosquitto-log-watch.ts'
import { until } from '../support/poll.ts'
import { noCounts, type WatchedSource } from '../support/watched-source.ts'

const users = ['pump-1', 'pump-2', 'guarded', 'kicked', 'taken', 'late', 'valve']

describe('a real Mosquitto, watched through its log', () => {
  let site: MosquittoSite
  let fleet: CountingFleet
  let watched: WatchedSource

  beforeAll(async () => {
    site = await startMosquittoSite(users)
    fleet = createCountingFleet(site.port)
    watched = watchLog(site.log)
    await watched.source.start()
  })

  afterAll(async () => {
    await fleet?.end()
    await watched?.source.stop()
    await site?.end()
  })

  afterEach(() => expect(watched.refused).toEqual([]))

  test('a device that sends and receives', async () => {
    const pump = await fleet.connect('pump-1', { from: '127.0.0.11' })
    const other = await fleet.connect('pump-2', { from: '127.0.0.12', protocolVersion: 5 })
    await pump.subscribe('site/pump-1/commands')
    await other.subscribe('site/#')
    for (const size of [10, 250, 40]) await pump.publish('site/pump-1/t', 'x'.repeat(size))
    await pump.publish('site/pump-1/t', 'unacknowledged', { qos: 0 })
    await pump.publish('site/pump-1/t', 'exactly once', { qos: 2 })
    await other.publish('site/pump-1/commands', 'go')
    await pump.hasReceived(1)
    await other.hasReceived(6)
    const device = { deviceId: deviceId.parse('pump-1'), clientIds: ['pump-1'] }
    const losers = await until('it is seen who listens', async () => {
      return (await watched.source.audience?.(device)) ?? null
    })
    expect(losers).toEqual([{ client: 'pump-2', filter: 'site/#' }])
    await pump.end()
    await other.drop()
    await agree('pump-1', 'pump-2')
    expect(watched.endings).toEqual([
      'pump-1 CLIENT_INITIATED_DISCONNECT',
      'pump-2 CONNECTION_LOST',
    ])
  })

  test('refused logins count for the one device of their address', async () => {
    const from = '127.0.0.13'
    const valve = await fleet.connect('valve', { from })
    await valve.end()
    await fleet.beRefused('valve', { from, password: 'wrong' })
    await fleet.beRefused('valve', { from, password: 'wrong', protocolVersion: 5 })
    await fleet.beRefused('valve', { from, username: 'nobody', password: 'x' })
    await agree('valve')
    await fleet.beRefused('stranger', { from: '127.0.0.99' })
    await until('it is seen', () => watched.observations.unattributed === 1)
    expect(watched.devices()).not.toContain('stranger')
  })

  test('denied publishes', async () => {
    const guarded = await fleet.connect('guarded')
    await guarded.subscribe('site/guarded/#')
    await guarded.publishDenied('secret/plans', 'mine now')
    await guarded.publish('site/guarded/t', 'allowed')
    await guarded.hasReceived(1)
    await guarded.end()
    await agree('guarded')
  })

  test('a client that is kicked, one that is taken over, and one that falls silent', async () => {
    const kicked = await fleet.connect('kicked')
    site.setUsers(users.filter((name) => name !== 'kicked'))
    await kicked.hasEnded()
    site.setUsers(users)
    const first = await fleet.connect('taken')
    const second = await fleet.connect('taken')
    await first.hasEnded()
    await second.publish('site/taken/t', 'still here')
    await second.end()
    const silent = await openRaw(site.port)
    const login = { keepalive: 1, username: 'late', password: 'late' }
    await exchange(silent, connectPacket('late', login))
    await until('the broker gives it up', () => silent.closed || silent.readableEnded)
    silent.destroy()
    fleet.ledger.set('late', { ...noCounts, attempts: 1, disconnects: 1 })
    await agree('kicked', 'taken', 'late')
    expect(watched.endings.slice(-4)).toEqual([
      'kicked CLIENT_INITIATED_DISCONNECT',
      'taken DUPLICATE_CLIENTID',
      'taken CLIENT_INITIATED_DISCONNECT',
      'late MQTT_KEEP_ALIVE_TIMEOUT',
    ])
  })

  test('rotation by renaming loses nothing, whenever the broker is told', async () => {
    const pump = await fleet.connect('pump-1', { from: '127.0.0.11' })
    await pump.publish('site/pump-1/t', 'before')
    renameSync(site.log, `${site.log}.1`)
    await pump.publish('site/pump-1/t', 'still in the old file')
    site.broker.reload()
    for (let index = 0; index < 20; index += 1) await pump.publish('site/pump-1/t', 'around it')
    await pump.publish('site/pump-1/t', 'after')
    await pump.end()
    await agree('pump-1')
  })

  test.each(['stop', 'kill'] as const)('the broker restarts (%s)', async (how) => {
    const pump = await fleet.connect('pump-1', { from: '127.0.0.11' })
    await pump.publish('site/pump-1/t', 'before')
    await site.restart(how)
    await pump.hasEnded()
    const again = await fleet.connect('pump-1', { from: '127.0.0.11' })
    await again.publish('site/pump-1/t', 'after')
    await again.end()
    await agree('pump-1')
    await until('it is told', () => watched.states.at(-1)?.state === 'connected')
    const reason = { stop: /broker has ended/, kill: /ended without a word/ }[how]
    expect(watched.states.some(({ sentence }) => reason.test(sentence))).toBe(true)
  })

  test('every device that was there is known, and no other', () => {
    expect(watched.devices()).toEqual([...users].sort())
  })

  const agree = (...devices: string[]) => agreement(watched, fleet, devices)
})

describe('a Mosquitto with the Dynamic Security plugin', () => {
  test('denied subscriptions and clients that are kicked by an administrator', async () => {
    const site = await startMosquittoSite(dynamicSecurity)
    const fleet = createCountingFleet(site.port)
    const watched = watchLog(site.log)
    await watched.source.start()
    try {
      const admin = await fleet.connect('admin')
      await admin.subscribe('$CONTROL/dynamic-security/v1/response')
      const acls = ['publishClientSend', 'subscribePattern'].map((acltype) => {
        return { acltype, topic: 'site/#', allow: true }
      })
      await command(
        admin.client,
        { command: 'createRole', rolename: 'device', acls },
        { command: 'createClient', username: 'guarded', password: 'guarded' },
        { command: 'addClientRole', username: 'guarded', rolename: 'device' },
      )
      const guarded = await fleet.connect('guarded')
      await guarded.subscribe('site/guarded/#')
      await guarded.subscribeDenied('secret/#')
      await guarded.subscribeDenied('#')
      await guarded.publishDenied('secret/plans', 'mine now')
      await guarded.publish('site/guarded/t', 'allowed')
      await guarded.hasReceived(1)
      await command(admin.client, { command: 'disableClient', username: 'guarded' })
      await guarded.hasEnded()
      await agreement(watched, fleet, ['guarded'])
      expect(watched.endings).toEqual(['guarded API_INITIATED_DISCONNECT'])
    } finally {
      await fleet.end()
      await watched.source.stop()
      await site.end()
    }
  })
})
