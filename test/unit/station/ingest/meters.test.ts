import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deviceId } from '../../../../src/contract/model/device.ts'
import { slotMs, slotOf } from '../../../../src/contract/model/time.ts'
import type { Sample } from '../../../../src/station/datapoint.ts'
import {
  countConnection,
  countOne,
  countSent,
  createMeters,
  drainMeters,
} from '../../../../src/station/ingest/meters.ts'

const pump = deviceId.parse('pump-1')
const camera = deviceId.parse('camera-2')
const slot = 5_966_666
const at = slot * slotMs

/** Sum of a metric's samples in each slot, as slots will add them up. */
function sums(samples: readonly Sample[], metricId: string): Record<number, number> {
  const bySlot: Record<number, number> = {}
  for (const sample of samples) {
    if (sample.metricId !== metricId) continue
    const key = slotOf(sample.at)
    bySlot[key] = (bySlot[key] ?? 0) + sample.measure.sum
  }
  return bySlot
}

function connected(seesConnections = true) {
  const meters = createMeters({ seesConnections })
  countConnection(meters, pump, { change: 1, at: at - 1 })
  drainMeters(meters, at - 1)
  return meters
}

const sent = 'aws:num-messages-sent'
const size = 'aws:message-byte-size'

describe('meters', () => {
  test('hand out each message once, however draining and slots fall', () => {
    const event = fc.record({
      afterMs: fc.nat({ max: slotMs }),
      bytes: fc.nat({ max: 1000 }),
      isDrained: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), fc.boolean(), (events, seesConnections) => {
        const meters = connected(seesConnections)
        const samples: Sample[] = []
        const expected: Record<number, { messages: number; bytes: number }> = {}
        let now = at
        for (const { afterMs, bytes, isDrained } of events) {
          now += afterMs
          countSent(meters, pump, { bytes, at: now })
          const known = expected[slotOf(now)] ?? { messages: 0, bytes: 0 }
          const { messages } = known
          expected[slotOf(now)] = { messages: messages + 1, bytes: known.bytes + bytes }
          if (isDrained) samples.push(...drainMeters(meters, now + 1))
        }
        samples.push(...drainMeters(meters, now + slotMs))
        const messages = Object.entries(sums(samples, sent)).filter(([, sum]) => sum > 0)
        expect(Object.fromEntries(messages)).toEqual(
          Object.fromEntries(Object.entries(expected).map(([key, each]) => [key, each.messages])),
        )
        expect(sums(samples, size)).toEqual(
          Object.fromEntries(Object.entries(expected).map(([key, each]) => [key, each.bytes])),
        )
      }),
    )
  })

  test('keep all five figures of message sizes', () => {
    const meters = connected()
    for (const bytes of [30, 5, 90, 12]) countSent(meters, pump, { bytes, at })
    const sizes = drainMeters(meters, at).filter(({ metricId }) => metricId === size)
    expect(sizes.map(({ measure }) => measure)).toEqual([
      { count: 4, sum: 137, min: 5, max: 90, last: 12 },
    ])
  })

  test('do not change what they handed out', () => {
    const meters = connected()
    countSent(meters, pump, { bytes: 7, at })
    const samples = drainMeters(meters, at)
    const copy = structuredClone(samples)
    countSent(meters, pump, { bytes: 9000, at: at + 1 })
    drainMeters(meters, at + 1)
    expect(samples).toEqual(copy)
  })

  test('keep devices apart', () => {
    const meters = connected()
    countSent(meters, camera, { bytes: 1, at })
    countOne(meters, pump, { counter: 'authorizationFailures', at })
    const samples = drainMeters(meters, at)
    const failures = samples.filter(
      ({ metricId, measure }) => metricId === 'aws:num-authorization-failures' && measure.sum > 0,
    )
    expect(failures.map((each) => each.deviceId)).toEqual([pump])
    expect(samples.some((each) => each.deviceId === camera && each.metricId === sent)).toBe(true)
  })
})

describe('a device that sends nothing', () => {
  test('counts zero of everything while it is connected, but has no message size', () => {
    const samples = drainMeters(connected(), at)
    const current = samples.filter((sample) => slotOf(sample.at) === slot)
    expect(current).toHaveLength(5)
    expect(current.every(({ measure }) => measure.count === 0 && measure.sum === 0)).toBe(true)
    expect(current.some(({ metricId }) => metricId === size)).toBe(false)
  })

  test('counts nothing at all while it is away: missing is not zero', () => {
    const meters = connected()
    countConnection(meters, pump, { change: -1, at })
    countOne(meters, pump, { counter: 'disconnects', at })
    drainMeters(meters, at)
    expect(drainMeters(meters, at + 1000)).toEqual([])
    expect(drainMeters(meters, at + slotMs)).toEqual([])
    expect(meters.byDevice.size).toBe(0)
  })

  test('counts nothing where connections cannot be seen', () => {
    const meters = createMeters({ seesConnections: false })
    countSent(meters, pump, { bytes: 1, at })
    const metrics = drainMeters(meters, at).map(({ metricId }) => metricId)
    expect(metrics).toEqual([sent, size])
  })
})

test('a counter that turns out in the middle of a slot to be seen in full has its zero from then on, once', () => {
  const meters = connected()
  meters.zeros = new Set(['disconnects'])
  const told = (samples: readonly Sample[]) => samples.map(({ metricId }) => metricId)
  expect(told(drainMeters(meters, at))).toEqual(['aws:num-disconnects'])
  meters.zeros = new Set(['disconnects', 'messagesSent'])
  expect(told(drainMeters(meters, at + 1))).toEqual([sent])
  expect(told(drainMeters(meters, at + 2))).toEqual([])
})

describe('a slot is partial', () => {
  const isPartial = (samples: readonly Sample[], inSlot: number) =>
    samples.filter((sample) => slotOf(sample.at) === inSlot).some((sample) => sample.isPartial)

  test('when the device connected in the middle of it, and whole from the next one on', () => {
    const meters = createMeters({ seesConnections: true })
    countConnection(meters, pump, { change: 1, at: at + 1000 })
    expect(isPartial(drainMeters(meters, at + 2000), slot)).toBe(true)
    const next = drainMeters(meters, at + slotMs)
    expect(isPartial(next, slot + 1)).toBe(false)
    expect(next.some((sample) => slotOf(sample.at) === slot + 1)).toBe(true)
  })

  test('for a device that was never let in, whose failures are counted all the same', () => {
    const meters = createMeters({ seesConnections: true })
    countOne(meters, pump, { counter: 'connectionAttempts', at })
    const samples = drainMeters(meters, at)
    expect(sums(samples, 'aws:num-connection-attempts')).toEqual({ [slot]: 1 })
    expect(isPartial(samples, slot)).toBe(true)
  })

  test('never where connections cannot be seen', () => {
    const meters = createMeters({ seesConnections: false })
    countSent(meters, pump, { bytes: 1, at: at + 1000 })
    expect(isPartial(drainMeters(meters, at + 2000), slot)).toBe(false)
  })
})

test('more endings than beginnings of connections leave none, not fewer', () => {
  const meters = connected()
  for (const change of [-1, -1, -1, 1] as const) countConnection(meters, pump, { change, at })
  expect(meters.byDevice.get(pump)?.connections).toBe(1)
})
