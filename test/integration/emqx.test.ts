import { connectAsync } from 'mqtt'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { deviceId } from '../../src/contract/model/device.ts'
import { slotMs, slotOf } from '../../src/contract/model/time.ts'
import { EmqxSource } from '../../src/station/ingest/emqx-source.ts'
import { emqxSettings } from '../../src/station/settings.ts'
import { createCountingFleet, type CountingFleet } from '../support/counting-client.ts'
import { startEmqxStandIn, type EmqxStandIn } from '../support/emqx-stand-in.ts'
import { createHandClock } from '../support/hand-clock.ts'
import { dayStartsAt, startHandStation } from '../support/hand-station.ts'
import { until } from '../support/poll.ts'
import { connectReporter, ownMetric } from '../support/reporter.ts'
import { readerOf, storedSeries } from '../support/stored.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import {
  noCounts,
  watchedSource,
  type Counts,
  type WatchedSource,
} from '../support/watched-source.ts'

const slotStartsAt = 6_000_000 * slotMs

describe('EMQX', () => {
  let broker: EmqxStandIn
  let fleet: CountingFleet
  let watched: WatchedSource
  let now = slotStartsAt
  let markers = 0

  beforeEach(async () => {
    now = slotStartsAt
    broker = await startEmqxStandIn()
    fleet = createCountingFleet(broker.port)
    watched = watch()
    await watched.source.start()
    await until('it watches', () => last(watched)?.state === 'connected')
  })

  afterEach(async () => {
    await fleet.end()
    await watched.source.stop()
    await broker.stop()
  })

  test.each(['before', 'after', 'never'] as const)(
    "with Picket's rule all six metrics are just what the clients did; the end of a taken-over session is told %s",
    async (takeovers) => {
      broker.takeovers = takeovers
      await scenario(fleet, broker)
      await everything('pump-1')
      await everything('listener')
      await everything('never-known', { ...noCounts })
      const device = { deviceId: deviceId.parse('pump-1'), clientIds: ['pump-1', 'absent'] }
      expect(watched.source.topicsOf?.(device)).toEqual(['site/pump-1/t'])
      expect(watched.refused).toEqual([])
      expect(devicesOf(watched)).toEqual(['listener', 'pump-1'])
      expect(watched.endings.filter((ending) => ending.startsWith('pump-1'))).toEqual([
        'pump-1 API_INITIATED_DISCONNECT',
        'pump-1 CONNECTION_LOST',
        'pump-1 DUPLICATE_CLIENTID',
        'pump-1 CLIENT_INITIATED_DISCONNECT',
      ])
    },
  )

  test('without the rule, accepted connections and ends are counted, and nothing else is said to be', async () => {
    broker.hasRule = false
    await scenario(fleet, broker)
    const { attempts, failures, disconnects } = ledgerOf('pump-1')
    const seen = { ...noCounts, attempts: attempts - failuresAtLogin, disconnects }
    expect(failures).toBeGreaterThan(failuresAtLogin)
    await everything('pump-1', seen)
    expect(level('aws:num-connection-attempts')).toBe('partial')
    expect(level('aws:num-disconnects')).toBe('observed')
    expect(level('aws:num-messages-sent')).toBe('not-measurable')
    expect(level('aws:num-authorization-failures')).toBe('not-measurable')
    expect(last(watched)?.sentence).toContain("Picket's rule in EMQX was not seen yet")
  })

  test('a connected device that does nothing has zeros while the rule shows itself, and none once it is gone', async () => {
    await fleet.connect('pump-1')
    await until('the rule was seen', () => level('aws:num-messages-sent') === 'observed')
    expect(last(watched)?.sentence).toBe('Connected and watching.')
    const all = [
      'aws:num-authorization-failures',
      'aws:num-connection-attempts',
      'aws:num-disconnects',
      'aws:num-messages-received',
      'aws:num-messages-sent',
    ]
    expect(await zerosOfNextSlot('pump-1')).toEqual(all)
    expect(await zerosOfNextSlot('pump-1', { isSiteQuiet: true })).toEqual(['aws:num-disconnects'])
    expect(await zerosOfNextSlot('pump-1')).toEqual(all)
    broker.hasRule = false
    now += 20_000
    const messages = watched.source.facts().messages
    await fleet.connect('pump-2')
    await until('the system topics told of it', () => watched.source.facts().messages > messages)
    now += 11_000
    watched.counted('pump-1')
    expect(last(watched)?.sentence).toContain('has stopped')
    expect(level('aws:num-messages-sent')).toBe('not-measurable')
    expect(await zerosOfNextSlot('pump-1')).toEqual(['aws:num-disconnects'])
  })

  test('devices are named by their login, else by their client id; the word undefined is no login', async () => {
    const login = { username: 'valve-7', password: 'valve-7' }
    const named = await fleet.connect('valve-7', { clientId: 'a/b/connected', ...login })
    await named.publish('site/x', 'abc')
    const nameless = await connectAsync(broker.url, { clientId: 'anonymous-1' })
    await nameless.publishAsync('site/x', 'é')
    await everything('valve-7')
    await everything('anonymous-1', { ...noCounts, attempts: 1, sent: 1, bytes: 2, largest: 2 })
    await nameless.endAsync()
    expect(devicesOf(watched)).toEqual(['anonymous-1', 'valve-7'])
    expect(watched.presence.get('valve-7')).toMatchObject({
      address: '127.0.0.1',
      isConnected: true,
    })
  })

  test('forged and broken events are refused, counted, and change nothing', async () => {
    const hostile = [
      'null',
      '[]',
      '{',
      'undefined',
      '{"picket":1}',
      '{"picket":2,"event":"message.publish","clientid":"x","bytes":1}',
      '{"picket":1,"event":"message.publish","clientid":"x","bytes":-1}',
      '{"picket":1,"event":"message.publish","clientid":"x"}',
      '{"picket":1,"event":"message.publish","clientid":"","bytes":1}',
      `{"picket":1,"event":"message.publish","clientid":"${'x'.repeat(2000)}","bytes":1}`,
      `{"picket":1,"event":"${'x'.repeat(70_000)}"}`,
    ]
    for (const payload of hostile) broker.publish('$picket/ev/1', payload)
    broker.publish('$picket/ev/2', '{"picket":2}')
    const system = '$SYS/brokers/emqx@127.0.0.1/clients'
    broker.publish(`${system}/x/connected`, '{"clientid":"y"}')
    broker.publish(`${system}/x/disconnected`, '{}')
    broker.publish(`${system}/x/subscribed`, '{}')
    await until('all came', () => watched.refused.length >= hostile.length + 3)
    expect(watched.refused).toHaveLength(hostile.length + 3)
    expect(new Set(watched.refused.map(({ reason }) => reason))).toEqual(
      new Set(['malformed', 'oversized']),
    )
    expect(watched.devices()).toEqual([])
  })

  test('after the connection was lost nobody is taken to be there until he shows himself', async () => {
    const device = await fleet.connect('pump-1')
    await device.publish('site/x', 'a')
    await everything('pump-1')
    const [own] = ownClients
    broker.kick(own ?? '')
    await until('the loss is told', () => last(watched)?.state === 'disconnected')
    await until('it watches again', () => last(watched)?.state === 'connected')
    expect(await zerosOfNextSlot('pump-1')).toEqual([])
    await device.publish('site/x', 'b')
    await everything('pump-1')
  })

  const ownClients = new Set<string>()

  function watch(): WatchedSource {
    ownClients.clear()
    const settings = emqxSettings.parse({
      kind: 'emqx',
      id: 'test',
      url: broker.url,
      reports: false,
    })
    const started = watchedSource((context) => new EmqxSource(settings, context), {
      now: () => now,
      ownClients,
      known: ['pump-1'],
    })
    onTestFinished(() => started.source.stop())
    return started
  }

  const ledgerOf = (device: string): Counts => fleet.ledger.get(device) ?? noCounts

  /** Compares once all that happened so far was told: the broker tells in order. */
  async function everything(device: string, expected = ledgerOf(device)): Promise<void> {
    const marker = `marker-${markers++}`
    await (await fleet.connect(marker)).end()
    await until('the marker has come and gone', () => watched.counted(marker).disconnects > 0)
    expect(watched.counted(device)).toEqual(expected)
  }

  function level(metricId: string) {
    const found = watched.source.facts().capabilities.find((each) => each.metricId === metricId)
    return found?.level
  }

  /** Lets two slots begin; metrics of the first of them that were told as zero. Another device is about. */
  async function zerosOfNextSlot(device: string, { isSiteQuiet = false } = {}): Promise<string[]> {
    const from = (Math.floor(now / slotMs) + 1) * slotMs
    watched.counted(device)
    now = from + 1000
    if (!isSiteQuiet) await everything('nobody', noCounts)
    watched.counted(device)
    now = from + slotMs + 1000
    watched.counted(device)
    return watched.samples
      .filter(
        ({ deviceId, at, measure }) => deviceId === device && at === from && measure.sum === 0,
      )
      .map(({ metricId }) => String(metricId))
      .sort()
  }
})

describe('a station that watches EMQX', () => {
  test('stores what its devices did, takes their reports, and marks what it may have missed', async () => {
    const broker = await startEmqxStandIn()
    onTestFinished(() => broker.stop())
    const clock = createHandClock(dayStartsAt)
    const { station, data } = await startHandStation({
      data: temporaryFolder(),
      clock,
      settings: { sources: [{ kind: 'emqx', id: 'hall', url: broker.url }] },
    })
    const status = () => station.status().sources[0]
    await until('it watches', () => status()?.state === 'connected')
    const fleet = createCountingFleet(broker.port)
    onTestFinished(() => fleet.end())
    const pump = await fleet.connect('pump-1')
    for (const size of [3, 5]) await pump.publish('site/t', 'x'.repeat(size))
    const reporter = await connectReporter(broker.url, 'valve-1')
    expect(await reporter.report(7)).toMatchObject({ status: 'ACCEPTED' })
    await clock.advance(slotMs)
    const messages = status()?.messages ?? 0
    await reporter.mqtt.publishAsync('site/t', 'somebody else', { qos: 1 })
    await until('the rule told of it', () => (status()?.messages ?? 0) > messages)
    await clock.advance(slotMs)
    await pump.publish('site/t', 'x')
    broker.stopListening()
    await until('the loss is told', () => status()?.state === 'disconnected')
    await clock.advance(2 * slotMs)

    const reader = readerOf(data)
    const first = { slot: slotOf(dayStartsAt), isPartial: true }
    const series = (metric: string, device = 'pump-1') => storedSeries(reader, device, metric)
    expect(series('aws:num-connection-attempts')[0]).toEqual({ ...first, value: 1 })
    expect(series('aws:num-messages-sent').map(({ value }) => value)).toEqual([2, 0, 1])
    expect(series('aws:num-messages-sent').map(({ isPartial }) => isPartial)).toEqual([
      ...[true, false, true],
    ])
    expect(series('aws:message-byte-size')).toHaveLength(2)
    expect(series(ownMetric, 'valve-1')).toMatchObject([{ value: 7 }])
    expect(status()).toMatchObject({ kind: 'emqx', reportsAccepted: 1, rejected: 0 })
    expect(status()?.sentence).toContain('Nothing it carries is seen')
  })
})

const failuresAtLogin = 2

function devicesOf(watched: WatchedSource): string[] {
  return watched.devices().filter((device) => !device.startsWith('marker-'))
}

function last({ states }: WatchedSource) {
  return states.at(-1)
}

/** Logins good and bad, messages allowed and not, and every way for a connection to end. */
async function scenario(fleet: CountingFleet, broker: EmqxStandIn): Promise<void> {
  const listener = await fleet.connect('listener')
  await listener.subscribe('site/#')
  await listener.subscribeDenied('forbidden/#')
  for (let time = 0; time < failuresAtLogin; time += 1) {
    await fleet.beRefused('pump-1', { password: 'wrong' })
  }
  const first = await fleet.connect('pump-1')
  for (const size of [0, 10, 250, 40]) await first.publish('site/pump-1/t', 'x'.repeat(size))
  await first.publishDenied('forbidden/pump-1', 'x')
  await first.subscribe('site/pump-1/commands')
  await listener.publish('site/pump-1/commands', 'stop')
  await first.hasReceived(1)
  broker.kick('pump-1')
  await first.hasEnded()
  const second = await fleet.connect('pump-1')
  await second.drop()
  const third = await fleet.connect('pump-1')
  const fourth = await fleet.connect('pump-1')
  await third.hasEnded()
  await fourth.publish('site/pump-1/t', 'last words')
  await fourth.end()
  await listener.hasReceived(6)
}
