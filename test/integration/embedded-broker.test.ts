import { once } from 'node:events'
import { connect as connectSocket } from 'node:net'
import { connect as connectMqtt, connectAsync, type MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { asMetricId } from '../../src/contract/model/aws-metrics.ts'
import { deviceId } from '../../src/contract/model/device.ts'
import { slotMs } from '../../src/contract/model/time.ts'
import { askStation } from '../../src/cli/ask.ts'
import { until } from '../support/poll.ts'
import { createTestHost, type TestHost } from '../support/test-host.ts'

/** A slot takes one real second. */
const speed = 300
const largestReport = 2000

describe('the embedded broker', () => {
  let started: TestHost
  let url: string

  beforeAll(async () => {
    started = createTestHost(
      {
        reports: { minimumPeriodSeconds: 0, maximumBytes: largestReport },
        sources: [{ kind: 'embedded-broker', port: 0, gateways: { 'gateway-1': ['sensor-*'] } }],
      },
      { speed },
    )
    await started.host.start()
    url = started.host.station.status().sources[0]?.address ?? ''
  })

  afterAll(() => started.host.stop())

  test('counts exactly what a device did, in all six metrics', async () => {
    const device = await connect('pump-1')
    await device.subscribeAsync('site/pump-1/commands')
    const sizes = [10, 250, 40]
    for (const size of sizes)
      await device.publishAsync('site/pump-1/t', 'x'.repeat(size), { qos: 1 })
    const controller = await connect('gateway-1')
    await controller.publishAsync('free/topic', 'y', { qos: 1 })
    await device.publishAsync('site/pump-1/commands', 'z', { qos: 1 })
    const isBack = nextEvent(device, 'connect')
    device.publish('site/other/t', 'denied')
    await isBack
    await device.endAsync()
    await everythingFiled()
    expect(await total('pump-1', 'aws:num-messages-sent')).toBe(sizes.length + 1)
    expect(await total('pump-1', 'aws:num-messages-received')).toBe(1)
    expect(await total('pump-1', 'aws:num-connection-attempts')).toBe(2)
    expect(await total('pump-1', 'aws:num-disconnects')).toBe(2)
    expect(await total('pump-1', 'aws:num-authorization-failures')).toBe(1)
    expect(await total('gateway-1', 'aws:num-messages-sent')).toBe(1)
    const { min, max } = await series('pump-1', 'aws:message-byte-size')
    expect(Math.min(...min)).toBeGreaterThanOrEqual(1)
    expect(Math.max(...max)).toBeLessThanOrEqual(250)
    await controller.endAsync()
  })

  test('measures a quiet device as zero, and one that is not connected not at all', async () => {
    const device = await connect('quiet-1')
    const zeros = await until('three slots', async () => {
      const { mean } = await series('quiet-1', 'aws:num-messages-sent').catch(() => ({ mean: [] }))
      return mean.length >= 3 && mean
    })
    expect(new Set(zeros)).toEqual(new Set([0]))
    await device.endAsync()
    const { at } = await series('quiet-1', 'aws:num-messages-sent')
    await until(
      'two more slots',
      () => started.host.station.status().now > (at.at(-1) ?? 0) + 4 * slotMs,
    )
    const later = await series('quiet-1', 'aws:num-messages-sent')
    expect(later.at.length).toBeLessThanOrEqual(at.length + 2)
    await expect(series('quiet-1', 'aws:message-byte-size')).rejects.toMatchObject({
      code: 'METRIC_UNKNOWN',
    })
  })

  test('refuses a report for another device, but takes one from its gateway', async () => {
    const gateway = await connect('gateway-1')
    const answers = await reportAs(gateway, ['pump-9', 'sensor-9'])
    expect(answers['pump-9']).toMatchObject({
      status: 'REJECTED',
      statusDetails: { ErrorCode: 'Forbidden' },
    })
    expect(answers['sensor-9']).toMatchObject({ status: 'ACCEPTED' })
    expect(await reasons('pump-9')).toEqual(['spoofed'])
    await gateway.endAsync()
  })

  test('answers a report that is too large, and cuts off who sends far more', async () => {
    const device = await connect('large-1')
    const topic = '$aws/things/large-1/defender/metrics/json'
    await device.subscribeAsync(`${topic}/rejected`)
    device.publish(topic, 'x'.repeat(largestReport + 1))
    const payload = await new Promise<Buffer>((resolve) => {
      device.once('message', (_topic, bytes) => resolve(bytes))
    })
    expect(JSON.parse(payload.toString())).toMatchObject({
      statusDetails: { ErrorCode: 'PayloadTooLarge' },
    })
    device.on('error', () => undefined)
    const closed = nextEvent(device, 'close')
    device.publish(topic, 'x'.repeat(1_000_000))
    await closed
    expect(await reasons('large-1')).toEqual(['oversized'])
    await device.endAsync(true)
  })

  test('does not wait in memory for a packet that announces 200 MB', async () => {
    const socket = connectSocket(Number(new URL(url).port), '127.0.0.1')
    await once(socket, 'connect')
    socket.on('error', () => undefined)
    // PUBLISH with a remaining length of 0xFFFFFF7F, the largest there is.
    socket.write(Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f, 0x00]))
    await once(socket, 'close')
    expect(started.host.station.status().sources[0]?.state).toBe('connected')
  })

  test('survives hostile names, protocol garbage and a taken-over session', async () => {
    const hostile = '<img src=x onerror=alert(1)>\u202e'
    const first = await connect(hostile)
    const cutOff = nextEvent(first, 'close')
    const second = await connect(hostile)
    await cutOff
    await second.publishAsync('t', 'x', { qos: 1 })
    await refused('a\nb')
    const socket = connectSocket(Number(new URL(url).port), '127.0.0.1')
    socket.on('error', () => undefined)
    socket.write('GET / HTTP/1.1\r\n\r\n')
    await once(socket, 'close')
    await everythingFiled()
    expect(await total(hostile, 'aws:num-messages-sent')).toBe(1)
    await first.endAsync(true)
    await second.endAsync(true)
  })

  function connect(name: string): Promise<MqttClient> {
    return connectAsync(url, { clientId: name, username: name, reconnectPeriod: 20 })
  }

  async function refused(clientId: string): Promise<void> {
    const client = connectMqtt(url, { clientId, reconnectPeriod: 0 })
    client.on('error', () => undefined)
    await nextEvent(client, 'close')
    await client.endAsync(true)
  }

  async function reportAs(client: MqttClient, things: string[]) {
    const answers: Record<string, { status: string }> = {}
    client.on('message', (_topic, payload) => {
      const answer = JSON.parse(payload.toString()) as { thingName: string; status: string }
      answers[answer.thingName] = answer
    })
    await client.subscribeAsync('$aws/things/+/defender/metrics/json/+')
    const body = JSON.stringify({ header: { report_id: 1 }, metrics: {} })
    for (const thing of things) {
      await client.publishAsync(`$aws/things/${thing}/defender/metrics/json`, body, { qos: 1 })
    }
    await until('the answers', () => things.every((thing) => answers[thing]))
    return answers
  }

  function series(name: string, metric: string) {
    const ids = { deviceId: deviceId.parse(name), metricId: asMetricId(metric) }
    return askStation(started.data, async (station) => {
      const { now } = await station.system.status()
      return station.series.get({
        ...ids,
        from: now - 100 * slotMs,
        to: now + slotMs,
        buckets: 4032,
      })
    })
  }

  /** What was counted so far is in the store when its slot has closed. */
  async function everythingFiled(): Promise<void> {
    const { now } = started.host.station.status()
    await until('the slot is closed', () => started.host.station.status().now > now + 2 * slotMs)
  }

  async function total(name: string, metric: string): Promise<number> {
    return (await series(name, metric)).mean.reduce((sum, value) => sum + value, 0)
  }

  function reasons(name: string) {
    return until('the count is stored', async () => {
      const query = { deviceId: deviceId.parse(name) }
      const found = await askStation(started.data, (station) => station.system.rejections(query))
      return found.length > 0 && found.map(({ reason }) => reason)
    })
  }
})

function nextEvent(client: MqttClient, event: 'connect' | 'close'): Promise<void> {
  return new Promise((resolve) => client.once(event, () => resolve()))
}
