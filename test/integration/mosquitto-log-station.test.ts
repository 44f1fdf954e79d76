import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { askStation } from '../../src/cli/ask.ts'
import { asMetricId } from '../../src/contract/model/aws-metrics.ts'
import { deviceId } from '../../src/contract/model/device.ts'
import { slotMs } from '../../src/contract/model/time.ts'
import { createCountingFleet, type CountingFleet } from '../support/counting-client.ts'
import { startMosquittoSite, type MosquittoSite } from '../support/mosquitto-site.ts'
import { until } from '../support/poll.ts'
import { createTestHost, type TestHost } from '../support/test-host.ts'

/** A slot takes one real second. */
const speed = 300

/** Clients that never need to be heard of: a minute of theirs is hours of the station's. */
const patient = { keepalive: 0 }

describe('a station that watches the log of a real Mosquitto', () => {
  let site: MosquittoSite
  let fleet: CountingFleet
  let started: TestHost

  beforeAll(async () => {
    site = await startMosquittoSite(['pump-1', 'kicked'])
    fleet = createCountingFleet(site.port)
    started = createTestHost(
      { sources: [{ kind: 'mosquitto-log', id: 'line', file: site.log }] },
      { speed },
    )
    await started.host.start()
  })

  afterAll(async () => {
    await fleet?.end()
    await started?.host.stop()
    await site?.end()
  })

  test('has all six metrics of its devices as their clients count them', async () => {
    const pump = await fleet.connect('pump-1', { from: '127.0.0.21', ...patient })
    await pump.subscribe('site/commands')
    for (const size of [10, 250, 40]) await pump.publish('site/pump-1/t', 'x'.repeat(size))
    await pump.publish('site/commands', 'to myself')
    await pump.publishDenied('secret/plans', 'mine now')
    await pump.hasReceived(1)
    await fleet.beRefused('pump-1', { from: '127.0.0.21', password: 'wrong', ...patient })
    await pump.end()
    await slotsPass(2)
    const done = fleet.ledger.get('pump-1')
    expect({
      attempts: await total('aws:num-connection-attempts'),
      failures: await total('aws:num-authorization-failures'),
      disconnects: await total('aws:num-disconnects'),
      sent: await total('aws:num-messages-sent'),
      received: await total('aws:num-messages-received'),
    }).toEqual({
      attempts: done?.attempts,
      failures: done?.failures,
      disconnects: done?.disconnects,
      sent: done?.sent,
      received: done?.received,
    })
    // A slot's value is the mean of its messages.
    const sizes = await series('aws:message-byte-size')
    expect(Math.max(...sizes.max)).toBeLessThanOrEqual(250)
    expect(Math.min(...sizes.min)).toBeGreaterThanOrEqual('to myself'.length)
  })

  test('has zeros of a quiet device, and a gap with its reason while the broker is down', async () => {
    const quiet = await fleet.connect('kicked', patient)
    await slotsPass(4)
    const zeros = await series('aws:num-messages-sent', 'kicked')
    expect(zeros.mean.length).toBeGreaterThanOrEqual(2)
    expect(new Set(zeros.mean)).toEqual(new Set([0]))
    await site.broker.stop()
    await quiet.hasEnded()
    await until('it is told', () => source()?.state === 'disconnected')
    expect(source()?.sentence).toContain('The broker has ended')
    const { now } = started.host.station.status()
    await slotsPass(4)
    const later = await series('aws:num-messages-sent', 'kicked')
    expect(later.at.filter((at) => at > now + slotMs)).toEqual([])
  })

  test('tells what it can measure', () => {
    const levels = source()?.capabilities.filter(({ level }) => level !== 'not-measurable')
    expect(levels).toHaveLength(6)
    expect(source()).toMatchObject({ kind: 'mosquitto-log', address: site.log, rejected: 0 })
  })

  function source() {
    return started.host.station.status().sources[0]
  }

  async function slotsPass(slots: number): Promise<void> {
    const { now } = started.host.station.status()
    await until('slots pass', () => started.host.station.status().now > now + slots * slotMs)
  }

  function series(metric: string, name = 'pump-1') {
    const ids = { deviceId: deviceId.parse(name), metricId: asMetricId(metric) }
    return askStation(started.data, async (station) => {
      const { now } = await station.system.status()
      const span = { from: now - 100 * slotMs, to: now + slotMs, buckets: 4032 }
      return station.series.get({ ...ids, ...span })
    })
  }

  async function total(metric: string): Promise<number> {
    return (await series(metric)).mean.reduce((sum, value) => sum + value, 0)
  }
})
