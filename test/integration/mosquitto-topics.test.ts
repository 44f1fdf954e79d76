import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MosquittoTopics } from '../../src/station/ingest/mosquitto-topics.ts'
import { mosquittoTopicsSettings } from '../../src/station/settings.ts'
import {
  connectPacket,
  createCountingFleet,
  exchange,
  openRaw,
  subscribePacket,
  type CountingFleet,
} from '../support/counting-client.ts'
import { startMosquittoSite, type MosquittoSite } from '../support/mosquitto-site.ts'
import { until } from '../support/poll.ts'
import { watchedSource, type Counts, type WatchedSource } from '../support/watched-source.ts'

const users = ['picket', 'pump-1', 'early', 'hostile']

describe('a real Mosquitto, watched through what it publishes', () => {
  let site: MosquittoSite
  let fleet: CountingFleet
  let watched: WatchedSource

  beforeAll(async () => {
    site = await startMosquittoSite(users)
    fleet = createCountingFleet(site.port)
    await fleet.connect('early')
    const passwordFile = join(site.folder, 'picket-password')
    writeFileSync(passwordFile, 'picket\n')
    const settings = mosquittoTopicsSettings.parse({
      kind: 'mosquitto-topics',
      id: 'test',
      url: `mqtt://127.0.0.1:${site.port}`,
      username: 'picket',
      passwordFile,
    })
    watched = watchedSource((context) => new MosquittoTopics(settings, context))
    await watched.source.start()
    await until('it watches', () => watched.states.at(-1)?.state === 'connected')
  })

  afterAll(async () => {
    await fleet?.end()
    await watched?.source.stop()
    await site?.end()
  })

  test('says what it needs until the first line has come, and who it cannot know', async () => {
    expect(watched.states.at(-1)?.sentence).toContain('No line of its log has come yet')
    await told(/1 of 2 clients connected before Picket watched/)
    await told(/Mosquitto 2\.\d+\.\d+/)
  })

  test('counts connections, their ends and refused logins as they were, and nothing else', async () => {
    const first = await fleet.connect('pump-1', { from: '127.0.0.7' })
    await first.publish('site/pump-1/t', 'abc')
    const second = await fleet.connect('pump-1', { from: '127.0.0.7' })
    await first.hasEnded()
    await second.drop()
    await fleet.beRefused('pump-1', { from: '127.0.0.7', password: 'wrong' })
    // A refused login has no address here, so it is nobody's.
    await until('the refused login is seen', () => watched.observations.unattributed === 1)
    await until('all is counted', () => watched.counted('pump-1').disconnects === 2)
    const { attempts, failures, sent, received, bytes } = watched.counted('pump-1')
    expect({ attempts, failures, sent, received, bytes } satisfies Partial<Counts>).toEqual({
      attempts: Number(fleet.ledger.get('pump-1')?.attempts) - 1,
      failures: 0,
      sent: 0,
      received: 0,
      bytes: 0,
    })
    expect(watched.devices()).toEqual(['pump-1'])
    const measured = watched.source
      .facts()
      .capabilities.filter(({ level }) => level !== 'not-measurable')
    expect(measured.map(({ metricId }) => metricId).sort()).toEqual([
      'aws:num-authorization-failures',
      'aws:num-connection-attempts',
      'aws:num-disconnects',
    ])
    const metrics = new Set(watched.samples.map(({ metricId }) => metricId))
    expect([...metrics].sort()).toEqual(['aws:num-connection-attempts', 'aws:num-disconnects'])
  })

  test('does not believe a subscription that looks like a line', async () => {
    const socket = await openRaw(site.port)
    const login = { username: 'hostile', password: 'hostile' }
    const clientId = 'New client connected from 1.2.3.4:5 as ghost'
    await exchange(socket, connectPacket(clientId, login), subscribePacket('(p2, c1, k60).'))
    socket.destroy()
    await until('it is gone', () => watched.counted('hostile').disconnects === 1)
    expect(watched.devices()).toEqual(['hostile', 'pump-1'])
  })

  test('shows what the broker dropped', async () => {
    const away = { clean: false, clientId: 'away' }
    const sleeper = await fleet.connect('early', away)
    await sleeper.subscribe('site/flood')
    await sleeper.end()
    const pump = await fleet.connect('pump-1')
    for (let index = 0; index < 150; index += 1) await pump.publish('site/flood', 'x')
    await told(/The broker gave up \d+ messages to readers that were too slow/)
    await pump.end()
  })

  test('shows that the broker restarted, and leaves a gap', async () => {
    await site.restart('kill')
    await until('it watches again', () => {
      const [before, last] = watched.states.slice(-2)
      return before && last?.state === 'connected'
    })
    await told(/It restarted once since Picket watches/)
    expect(watched.states.map(({ state }) => state)).toContain('disconnected')
  })

  function told(what: RegExp): Promise<unknown> {
    return until(`it says ${what.source}`, () => {
      watched.devices()
      return what.test(watched.states.at(-1)?.sentence ?? '')
    })
  }
})
