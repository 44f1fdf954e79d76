import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deviceId, type DeviceId } from '../../../../src/contract/model/device.ts'
import { slotMs, slotOf } from '../../../../src/contract/model/time.ts'
import type { Sample } from '../../../../src/station/datapoint.ts'
import { usualIdentity, type Party } from '../../../../src/station/ingest/identity.ts'
import type { ObservationRules } from '../../../../src/station/ingest/observation-rules.ts'
import { WatchedObservations } from '../../../../src/station/ingest/observations.ts'
import type { Presence } from '../../../../src/station/ingest/presence.ts'

const slot = 5_966_666
const at = slot * slotMs
const metrics = {
  sent: 'aws:num-messages-sent',
  received: 'aws:num-messages-received',
  attempts: 'aws:num-connection-attempts',
  disconnects: 'aws:num-disconnects',
  failures: 'aws:num-authorization-failures',
}

interface Watch {
  observations: WatchedObservations
  known: Set<string>
  own: Set<string>
  refused: string[]
  presence: Map<DeviceId, Presence>
}

function watch(changes: Partial<ObservationRules> = {}): Watch {
  const known = new Set<string>()
  const own = new Set<string>()
  const refused: string[] = []
  const presence = new Map<DeviceId, Presence>()
  const observations = new WatchedObservations({
    ...usualIdentity,
    seesConnections: true,
    ownClients: own,
    isKnown: (id) => known.has(id),
    refused: ({ reason }) => void refused.push(reason),
    presence: (id, told) => void presence.set(id, told),
    most: 100,
    ...changes,
  })
  return { observations, known, own, refused, presence }
}

function party(
  clientId: string | null,
  username: string | null = null,
  address = '10.0.0.1',
): Party {
  return { clientId, username, certificateName: null, address }
}

/** What was counted of a device, by metric; metrics without a sample are left out. */
function totals(samples: readonly Sample[], name: string): Record<string, number> {
  const found: Record<string, number> = {}
  for (const [key, metricId] of Object.entries(metrics)) {
    const own = samples.filter((each) => each.deviceId === name && each.metricId === metricId)
    if (own.length > 0) found[key] = own.reduce((sum, { measure }) => sum + measure.sum, 0)
  }
  return found
}

describe('what a source sees', () => {
  test('is counted for the user name of the session that did it', () => {
    const { observations } = watch()
    observations.connected(party('c1', 'pump-1'), at)
    observations.sent('c1', at + 1, 10)
    observations.sent('c1', at + 2, 30)
    observations.received('c1', at + 3)
    observations.denied('c1', at + 4)
    observations.disconnected('c1', at + 5, 'CLIENT_INITIATED_DISCONNECT')
    const samples = observations.drain(at + 6)
    expect(totals(samples, 'pump-1')).toEqual({
      sent: 2,
      received: 1,
      attempts: 1,
      disconnects: 1,
      failures: 1,
    })
    const sizes = samples.find(({ metricId }) => metricId === 'aws:message-byte-size')
    expect(sizes?.measure).toEqual({ count: 2, sum: 40, min: 10, max: 30, last: 30 })
    expect(totals(samples, 'c1')).toEqual({})
  })

  test('never is a zero for a counter that the source does not measure', () => {
    const { observations } = watch()
    observations.measures(['connectionAttempts', 'disconnects'])
    observations.connected(party('c1', 'pump-1'), at - slotMs)
    observations.drain(at - 1)
    expect(totals(observations.drain(at + 1), 'pump-1')).toEqual({ attempts: 0, disconnects: 0 })
  })

  test('is a true zero for a device that was connected all the time, and only while it was', () => {
    const { observations } = watch()
    observations.measures(['messagesSent'])
    observations.connected(party('c1', 'pump-1'), at - slotMs)
    observations.drain(at - 1)
    const quiet = observations.drain(at + 1).filter(({ metricId }) => metricId === metrics.sent)
    expect(quiet).toMatchObject([{ at, isPartial: false, measure: { count: 0 } }])
    observations.disconnected('c1', at + 2, 'CONNECTION_LOST')
    observations.drain(at + 3)
    expect(observations.drain(at + slotMs)).toEqual([])
  })

  test('of Picket itself is not counted', () => {
    const { observations, own } = watch()
    own.add('picket-1')
    observations.connected(party('picket-1', 'picket'), at)
    observations.sent('picket-1', at, 5)
    observations.received('picket-1', at)
    observations.denied('picket-1', at)
    observations.refused(party('picket-1', 'picket'), at)
    observations.disconnected('picket-1', at, 'CONNECTION_LOST')
    expect(observations.drain(at)).toEqual([])
    expect(observations.unattributed).toBe(0)
  })

  test('of a name that cannot be a device is refused and counted', () => {
    const { observations, refused } = watch()
    observations.connected(party('a\nb'), at)
    observations.sent('x'.repeat(5000), at, 1)
    observations.sentBy('', at, 1)
    expect(refused).toEqual(['bad-device-name', 'bad-device-name', 'bad-device-name'])
    expect(observations.drain(at)).toEqual([])
  })

  test('comes out once, whatever sessions do', () => {
    const client = fc.constantFrom('c1', 'c2', 'c3')
    const user = fc.constantFrom('pump-1', 'pump-2', null)
    const event = fc.oneof(
      fc.record({ kind: fc.constant('connected' as const), client, user }),
      fc.record({ kind: fc.constant('disconnected' as const), client }),
      fc.record({ kind: fc.constant('sent' as const), client }),
      fc.record({ kind: fc.constant('lost' as const) }),
      fc.record({ kind: fc.constant('drain' as const), afterMs: fc.nat({ max: slotMs }) }),
    )
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const { observations } = watch()
        observations.measures(['messagesSent', 'disconnects', 'connectionAttempts'])
        const samples: Sample[] = []
        const done = { connected: 0, disconnected: 0, sent: 0 }
        let now = at
        for (const each of events) {
          if (each.kind === 'connected') observations.connected(party(each.client, each.user), now)
          else if (each.kind === 'disconnected')
            observations.disconnected(each.client, now, 'UNKNOWN')
          else if (each.kind === 'sent') observations.sent(each.client, now, 1)
          else if (each.kind === 'lost') observations.sessionsLost()
          else samples.push(...observations.drain((now += each.afterMs)))
          if (each.kind in done) done[each.kind as keyof typeof done] += 1
        }
        samples.push(...observations.drain(now + slotMs))
        const sum = (metricId: string) =>
          samples
            .filter((sample) => sample.metricId === metricId)
            .reduce((total, { measure }) => total + measure.sum, 0)
        expect(sum(metrics.attempts)).toBe(done.connected)
        expect(sum(metrics.disconnects)).toBe(done.disconnected)
        expect(sum(metrics.sent)).toBe(done.sent)
        for (const { connections } of connectionsOf(observations)) {
          expect(connections).toBeGreaterThanOrEqual(0)
        }
      }),
    )
  })

  test('late is filed in the slot that it belongs to', () => {
    const { observations } = watch()
    observations.connected(party('c1', 'pump-1'), at - slotMs)
    observations.drain(at - slotMs)
    observations.sent('c1', at + 10, 1)
    observations.sent('c1', at - 10, 1)
    const bySlot = observations
      .drain(at + 20)
      .filter(({ metricId }) => metricId === metrics.sent)
      .map((sample) => [slotOf(sample.at) - slot, sample.measure.sum])
    expect(bySlot).toEqual([
      [0, 1],
      [-1, 1],
    ])
  })
})

/** Open sessions by device. */
function connectionsOf({ sessions }: WatchedObservations) {
  return [...sessions.openOf].map(([id, open]) => ({ id, connections: open.size }))
}

describe('a session that was not seen to begin', () => {
  test('is counted under its client id until its user name is known', () => {
    const { observations } = watch()
    observations.sent('c1', at, 1)
    expect(totals(observations.drain(at), 'c1')).toEqual({ sent: 1 })
    observations.disconnected('c1', at, 'CONNECTION_LOST')
    observations.connected(party('c1', 'pump-1'), at)
    observations.sent('c1', at, 1)
    const samples = observations.drain(at)
    expect(totals(samples, 'pump-1')).toEqual({ attempts: 1, sent: 1 })
    expect(totals(samples, 'c1')).toEqual({ disconnects: 1 })
  })

  test('is counted under the name it had last time, also after a restart', () => {
    const { observations } = watch()
    observations.restore({
      clientId: 'c1',
      deviceId: deviceId.parse('pump-1'),
      address: null,
      username: null,
    })
    observations.measures(['messagesReceived'])
    expect(observations.drain(at)).toEqual([])
    observations.sent('c1', at, 1)
    expect(totals(observations.drain(at), 'pump-1')).toEqual({ sent: 1, received: 0 })
  })

  test('is not taken to be there after its source was blind, until it shows itself', () => {
    const { observations } = watch()
    observations.measures(['messagesSent'])
    observations.connected(party('c1', 'pump-1'), at - slotMs)
    observations.sessionsLost()
    observations.drain(at - 1)
    expect(observations.drain(at)).toEqual([])
    observations.seen('c1', at + 1)
    const [zero] = observations.drain(at + 2)
    expect(zero).toMatchObject({ deviceId: 'pump-1', isPartial: true, measure: { sum: 0 } })
    expect(observations.drain(at + slotMs)).toMatchObject([{ isPartial: false }])
  })
})

describe('a refused attempt', () => {
  test("in the name of a known device is that device's failure", () => {
    const { observations, known } = watch()
    known.add('pump-1')
    observations.refused(party('c9', 'pump-1'), at)
    expect(totals(observations.drain(at), 'pump-1')).toEqual({ attempts: 1, failures: 1 })
    expect(observations.unattributed).toBe(0)
  })

  test('in a name that nobody knows makes no device', () => {
    const { observations } = watch()
    observations.connected(party('c1', 'pump-1'), at)
    observations.drain(at)
    observations.refused(party('c9', 'made-up'), at)
    expect(observations.drain(at)).toEqual([])
    expect(observations.unattributed).toBe(1)
  })

  test('without a name is that of the only device ever seen at its address, as a lower bound', () => {
    const { observations } = watch()
    observations.connected(party('c1', 'pump-1', '10.0.0.7'), at - slotMs)
    observations.drain(at - 1)
    observations.refused(party(null, null, '10.0.0.7'), at)
    observations.sent('c1', at, 1)
    const samples = observations.drain(at)
    expect(totals(samples, 'pump-1')).toEqual({ attempts: 1, failures: 1, sent: 1 })
    const partial = samples.filter(({ isPartial }) => isPartial).map(({ metricId }) => metricId)
    expect(partial).toEqual([metrics.attempts, metrics.failures])
  })

  test("without a name is nobody's where several devices share the address, or none was seen there", () => {
    const { observations } = watch()
    observations.connected(party('c1', 'pump-1', '10.0.0.7'), at)
    observations.connected(party('c2', 'pump-2', '10.0.0.7'), at)
    observations.drain(at)
    observations.refused(party(null, null, '10.0.0.7'), at)
    observations.refused(party(null, null, '10.0.0.8'), at)
    expect(observations.unattributed).toBe(2)
    expect(totals(observations.drain(at), 'pump-1')).toEqual({})
  })
})

describe('a client id that connects again', () => {
  test('while it is connected is one session, not two', () => {
    const { observations } = watch()
    observations.measures(['messagesSent'])
    observations.connected(party('c1', 'pump-1'), at)
    observations.disconnected('c1', at, 'DUPLICATE_CLIENTID')
    observations.connected(party('c1', 'pump-1'), at)
    observations.connected(party('c1', 'pump-1'), at)
    expect(connectionsOf(observations)).toEqual([{ id: 'pump-1', connections: 1 }])
    observations.disconnected('c1', at, 'CONNECTION_LOST')
    expect(connectionsOf(observations)).toEqual([])
    expect(totals(observations.drain(at), 'pump-1')).toEqual({ attempts: 3, disconnects: 2 })
    expect(observations.drain(at + slotMs)).toEqual([])
  })
})

describe('one device with two addresses or client ids at once', () => {
  test('is noted with what was seen; one after the other is not', () => {
    const { observations } = watch()
    observations.connected(party('c1', 'pump-1', '10.0.0.1'), at)
    observations.disconnected('c1', at, 'CONNECTION_LOST')
    observations.connected(party('c1', 'pump-1', '10.0.0.2'), at)
    expect(observations.sessions.doubles.size).toBe(0)
    observations.connected(party('c2', 'pump-1', '10.0.0.3'), at + 5)
    expect([...observations.sessions.doubles]).toEqual([
      [
        'pump-1',
        {
          times: 1,
          lastAt: at + 5,
          addresses: ['10.0.0.2', '10.0.0.3'],
          clientIds: ['c1', 'c2'],
        },
      ],
    ])
  })
})

describe('presence', () => {
  test('tells from where a device is connected, and since when and why it is not', () => {
    const { observations, presence } = watch()
    const pump = deviceId.parse('pump-1')
    observations.connected(party('c1', 'pump-1', '10.0.0.9'), at)
    expect(presence.get(pump)).toEqual({
      address: '10.0.0.9',
      isConnected: true,
      since: at,
      reason: null,
    })
    observations.connected(party('c2', 'pump-1', '10.0.0.9'), at)
    observations.disconnected('c1', at + 1, 'CONNECTION_LOST')
    expect(presence.get(pump)?.isConnected).toBe(true)
    observations.disconnected('c2', at + 2, 'MQTT_KEEP_ALIVE_TIMEOUT')
    expect(presence.get(pump)).toMatchObject({
      isConnected: false,
      since: at + 2,
      reason: 'MQTT_KEEP_ALIVE_TIMEOUT',
    })
  })

  test('is not known after the source was blind, until the device shows itself', () => {
    const { observations, presence } = watch()
    const pump = deviceId.parse('pump-1')
    observations.connected(party('c1', 'pump-1', '10.0.0.9'), at)
    observations.sessionsLost()
    expect(presence.get(pump)?.isConnected).toBe(null)
    observations.seen('c1', at + 5)
    expect(presence.get(pump)).toMatchObject({ isConnected: true, address: '10.0.0.9' })
  })

  test('of births and deaths on topics is a connection attempt and a disconnect each', () => {
    const { observations, presence } = watch({ seesConnections: false })
    observations.alive('edge-1', at)
    observations.alive('edge-1', at)
    observations.dead('edge-1', at, 'CONNECTION_LOST')
    const samples = observations.drain(at)
    expect(totals(samples, 'edge-1')).toEqual({ attempts: 2, disconnects: 1 })
    expect(presence.get(deviceId.parse('edge-1'))?.isConnected).toBe(false)
    expect(observations.drain(at + slotMs)).toEqual([])
  })
})

test('names without end take no memory without end', () => {
  const { observations } = watch({ most: 50 })
  for (let count = 0; count < 2000; count += 1) {
    observations.connected(party(`c${count}`, null, `10.0.${count >> 8}.${count & 255}`), at)
    observations.sentBy(`d${count}`, at, 1)
  }
  const { byClient, openOf, deviceAt, changed } = observations.sessions
  expect(byClient.size).toBe(50)
  expect(openOf.size).toBe(50)
  expect(deviceAt.size).toBe(50)
  expect(changed.size).toBeLessThanOrEqual(2000)
  observations.drain(at + 1)
  observations.drain(at + slotMs)
  observations.drain(at + 2 * slotMs)
  expect(observations.drain(at + 3 * slotMs)).toEqual([])
})
