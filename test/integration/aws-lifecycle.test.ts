import { connectAsync, type MqttClient } from 'mqtt'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { slotMs } from '../../src/contract/model/time.ts'
import { lifecycleWaitMs } from '../../src/station/ingest/aws-lifecycle-order.ts'
import { AwsLifecycleSource } from '../../src/station/ingest/aws-lifecycle-source.ts'
import { awsLifecycleSettings } from '../../src/station/settings.ts'
import { startMosquitto, type Mosquitto } from '../support/mosquitto.ts'
import { until } from '../support/poll.ts'
import { noCounts, watchedSource, type WatchedSource } from '../support/watched-source.ts'

const slotStartsAt = 6_000_000 * slotMs
const startedAt = 1_573_002_230_757

describe('AWS IoT lifecycle events', () => {
  let broker: Mosquitto
  let aws: MqttClient
  let watched: WatchedSource
  let now = slotStartsAt
  let sent = 0

  beforeAll(async () => {
    broker = await startMosquitto()
    aws = await connectAsync(broker.url)
  })

  afterAll(async () => {
    await aws.endAsync(true)
    await broker.stop()
  })

  beforeEach(async () => {
    now = slotStartsAt
    sent = 0
    const settings = awsLifecycleSettings.parse({
      kind: 'aws-lifecycle',
      id: 'test',
      url: broker.url,
    })
    watched = watchedSource((context) => new AwsLifecycleSource(settings, context), {
      now: () => now,
      known: ['pump-1'],
    })
    await watched.source.start()
    await until('it watches', () => watched.states.at(-1)?.state === 'connected')
  })

  afterEach(() => watched.source.stop())

  test('are counted once each, in the order of their versions, whatever order they come in', async () => {
    await tell(disconnected('pump-1', 7))
    await tell(connected('pump-1', 7))
    await tell(connected('pump-1', 7))
    await tell(connected('pump-1', 12))
    await tell(disconnected('pump-1', 7))
    await tell(failed('pump-1', 1))
    await tell(failed('pump-1', 1))
    await tell(failed('pump-1', 2))
    expect(counted('pump-1')).toEqual({ ...noCounts, attempts: 2, failures: 2 })
    now += lifecycleWaitMs
    expect(counted('pump-1')).toEqual({ ...noCounts, attempts: 4, disconnects: 1, failures: 2 })
    expect(watched.presence.get('pump-1')).toMatchObject({
      isConnected: true,
      address: '192.0.2.0',
    })
    expect(watched.refused.map(({ reason }) => reason)).toEqual(Array(3).fill('duplicate'))
  })

  test('of a session that was taken over are two connections and one end', async () => {
    await tell(connected('pump-1', 1))
    now += lifecycleWaitMs
    expect(counted('pump-1').attempts).toBe(1)
    await tell(connected('pump-1', 2))
    now += lifecycleWaitMs
    expect(counted('pump-1')).toMatchObject({ attempts: 2, disconnects: 1 })
    await tell(disconnected('pump-1', 1, 'DUPLICATE_CLIENTID'))
    now += lifecycleWaitMs
    expect(counted('pump-1')).toMatchObject({ attempts: 2, disconnects: 1 })
    expect(watched.presence.get('pump-1')?.isConnected).toBe(true)
    expect(watched.endings).toEqual(['pump-1 DUPLICATE_CLIENTID'])
  })

  test('of a device that comes back after hours begin with version 0 again, and count', async () => {
    for (const hours of [0, 2, 4]) {
      const shiftMs = hours * 3_600_000
      await tell(connected('pump-1', 0, shiftMs))
      now += lifecycleWaitMs
      watched.source.drain()
      await tell({ ...disconnected('pump-1', 0), timestamp: startedAt + shiftMs + 1000 })
      now += lifecycleWaitMs
      watched.source.drain()
      expect(watched.endings).toHaveLength(hours / 2 + 1)
    }
    expect(watched.refused).toEqual([])
  })

  test('name the device by its thing where AWS has checked it, else by its client id', async () => {
    await tell({ ...connected('client-1', 0), thingName: 'valve-1' })
    await tell(connected('client-2', 0))
    now += lifecycleWaitMs
    expect(watched.devices()).toEqual(['client-2', 'valve-1'])
  })

  test('give a quiet connected device zeros for connects and disconnects, and for nothing else', async () => {
    await tell(connected('pump-1', 0))
    now += lifecycleWaitMs
    counted('pump-1')
    now = slotStartsAt + slotMs + 1
    counted('pump-1')
    const zeros = watched.samples.filter(({ at }) => at === slotStartsAt + slotMs)
    expect(zeros.map(({ metricId, measure }) => `${metricId} ${measure.sum}`).sort()).toEqual([
      'aws:num-connection-attempts 0',
      'aws:num-disconnects 0',
    ])
  })

  test('that are broken, forged or of nobody are refused and counted', async () => {
    const topic = '$aws/events/presence/connected/pump-1'
    const event = connected('pump-1', 0)
    const hostile = [
      'null',
      '{',
      '[]',
      '{}',
      JSON.stringify({ ...event, versionNumber: -1 }),
      JSON.stringify({ ...event, versionNumber: 1e300 }),
      JSON.stringify({ ...event, clientId: 'pump-2' }),
      JSON.stringify({ ...event, eventType: 'disconnected' }),
      JSON.stringify({ ...event, clientId: 'x'.repeat(200) }),
      JSON.stringify({ ...event, padding: 'x'.repeat(9000) }),
      JSON.stringify({ ...event, __proto__: null, clientId: { toString: 'x' } }),
    ]
    for (const payload of hostile) await aws.publishAsync(topic, payload)
    await until('all came', () => watched.refused.length >= hostile.length)
    now += lifecycleWaitMs
    expect(watched.devices()).toEqual([])
    expect(watched.refused.map(({ reason }) => reason).sort()).toEqual([
      ...Array(hostile.length - 1).fill('malformed'),
      'oversized',
    ])
  })

  test('that still wait when the station stops are counted all the same', async () => {
    await tell(connected('pump-1', 3))
    await watched.source.stop()
    expect(counted('pump-1').attempts).toBe(1)
  })

  const counted = (device: string) => watched.counted(device)

  /** Publishes as AWS does, and waits until it has arrived. */
  async function tell(event: LifecycleMessage): Promise<void> {
    sent += 1
    const topic = `$aws/events/presence/${event.eventType}/${event.clientId}`
    await aws.publishAsync(topic, JSON.stringify(event), { qos: 1 })
    await until('it came', () => watched.source.facts().messages >= sent)
  }
})

interface LifecycleMessage {
  eventType: string
  clientId: string
  timestamp: number
  thingName?: string
}

/** Shapes of the developer guide. */
const common = {
  sessionIdentifier: '00000000-0000-0000-0000-000000000000',
  principalIdentifier: '12345678901234567890123456789012',
}

function connected(clientId: string, versionNumber: number, shiftMs = 0) {
  const timestamp = startedAt + versionNumber + shiftMs
  const eventType = 'connected'
  return { clientId, timestamp, eventType, ...common, ipAddress: '192.0.2.0', versionNumber }
}

function disconnected(
  clientId: string,
  versionNumber: number,
  disconnectReason = 'CLIENT_INITIATED_DISCONNECT',
) {
  const timestamp = startedAt + versionNumber + 500
  const eventType = 'disconnected'
  const words = { clientInitiatedDisconnect: true, disconnectReason, versionNumber }
  return { clientId, timestamp, eventType, ...common, ...words }
}

function failed(clientId: string, shiftMs: number) {
  const timestamp = startedAt + shiftMs
  const words = { connectFailureReason: 'AUTHORIZATION_FAILED', ipAddress: '192.0.2.0' }
  return { clientId, timestamp, eventType: 'connect_failed', ...common, ...words }
}
