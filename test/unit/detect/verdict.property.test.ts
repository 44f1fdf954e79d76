import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeModel, encodeModel } from '../../../src/detect/codec.ts'
import { expectedBand, judge } from '../../../src/detect/judge.ts'
import { trainMetric } from '../../../src/detect/train.ts'
import { confidenceScore } from '../../../src/detect/verdict.ts'
import { busyBytes, day, fleetOf, monday, randomFrom, type ValueAt } from './synthetic-fleet.ts'

const levels = ['LOW', 'MEDIUM', 'HIGH'] as const

function modelOf(valueAt: ValueAt, devices = 12) {
  const model = trainMetric({
    metricId: 'metric',
    histories: fleetOf({ devices, slots: 8 * day, valueAt }),
  })
  if (!model) throw new Error('there was nothing to learn from')
  return model
}

const random = randomFrom(41)

const models = {
  bytes: modelOf(busyBytes(random)),
  'small counts': modelOf(() => random.poisson(3)),
  'rare events': modelOf(() => random.poisson(0.01)),
  zeros: modelOf(() => 0),
  ports: modelOf((device) => 1 + device),
  'ports of a small fleet': modelOf((device) => 1 + device, 2),
  'sizes with fractions': modelOf((device) => 100 + device + random.normal()),
  temperatures: modelOf((device) => device - 5 + 2 * random.normal()),
}

const place = fc.record({
  deviceId: fc.constantFrom('d0', 'd1', 'd11', 'never seen'),
  slot: fc.integer({ min: monday, max: monday + 21 * day }),
})

const anyValue = fc.oneof(
  fc.integer({ min: 0, max: 60 }),
  fc.double({ min: 0, max: 1e7, noNaN: true }),
  fc.constantFrom(0, 1, 1e15, Number.MAX_VALUE),
)

describe.each(Object.entries(models))('a verdict on %s', (name, model) => {
  const isSigned = name === 'temperatures'
  const value = isSigned
    ? fc.oneof(
        anyValue,
        anyValue.map((v) => -v),
      )
    : anyValue

  test('has a score that reaches a level just where the value leaves the expected range', () => {
    fc.assert(
      fc.property(place, value, (at, v) => {
        const { score, expected } = judge(model, { ...at, value: v })
        for (const level of levels) {
          const { low, high } = expected[level]
          const isInside = (low === null || v >= low) && (high === null || v <= high)
          expect(isInside).toBe(score < confidenceScore[level])
        }
      }),
    )
  })

  test('agrees with its range at the very ends', () => {
    fc.assert(
      fc.property(place, fc.constantFrom(...levels), (at, level) => {
        const { low, high } = judge(model, { ...at, value: 0 }).expected[level]
        for (const end of [low, high]) {
          if (end === null) continue
          const { score } = judge(model, { ...at, value: end })
          expect(score).toBeLessThan(confidenceScore[level])
        }
      }),
    )
  })

  test('is a finite score from 0 to 20 that does not fall with the distance from the centre', () => {
    fc.assert(
      fc.property(place, value, value, (at, one, other) => {
        const [a, b] = [one, other].map((v) => judge(model, { ...at, value: v }))
        if (!a || !b) return
        for (const { score } of [a, b]) expect(score >= 0 && score <= 20).toBe(true)
        if (a.direction !== b.direction) return
        const isFarther = Math.abs(other - b.centre) >= Math.abs(one - a.centre)
        expect(isFarther ? b.score - a.score : a.score - b.score).toBeGreaterThanOrEqual(0)
      }),
    )
  })

  test('has ranges that lie within each other, around the centre, and not below zero without reason', () => {
    fc.assert(
      fc.property(place, (at) => {
        const { centre, expected } = judge(model, { ...at, value: 1 })
        const lows = levels.map((level) => expected[level].low ?? -Infinity)
        const highs = levels.map((level) => expected[level].high ?? Infinity)
        const ascending = [...lows.toReversed(), centre, ...highs]
        expect(ascending).toEqual(ascending.toSorted((a, b) => a - b))
        if (!isSigned) expect(lows.every((low) => low > 0 || low === -Infinity)).toBe(true)
      }),
    )
  })

  test('has the range that the band draws, which is always finite', () => {
    fc.assert(
      fc.property(place, fc.constantFrom(...levels), (at, confidence) => {
        const band = expectedBand(model, { ...at, confidence })
        const { low, high } = judge(model, { ...at, value: 1 }).expected[confidence]
        expect(Number.isFinite(band.low) && Number.isFinite(band.high)).toBe(true)
        if (low !== null) expect(band.low).toBe(low)
        if (high !== null) expect(band.high).toBe(high)
        if (!isSigned) expect(band.low).toBeGreaterThanOrEqual(0)
      }),
    )
  })

  test('is the same after the model was stored', () => {
    const stored = decodeModel(encodeModel(model))
    expect(stored).toEqual(model)
    fc.assert(
      fc.property(place, value, (at, v) => {
        expect(judge(stored, { ...at, value: v })).toEqual(judge(model, { ...at, value: v }))
      }),
    )
  })
})

describe('a stored model', () => {
  const bytes = encodeModel(models.bytes)

  test('names devices by any text', () => {
    const deviceId = 'größe-☃-\ud83d\ude80-\ud800'
    const histories = fleetOf({ devices: 1, slots: 2 * day, valueAt: () => 1 })
    const named = histories.map((own) => ({ ...own, deviceId }))
    const model = trainMetric({ metricId: 'm', histories: named })
    expect(model && [...decodeModel(encodeModel(model)).baselines.devices.keys()]).toEqual([
      deviceId,
    ])
  })

  test('takes less than 300 bytes a device', () => {
    const [few = 0, many = 0] = [10, 110].map((n) => encodeModel(modelOf(() => 0, n)).length)
    expect((many - few) / 100).toBeLessThan(300)
  })

  test('is refused wherever a bit was turned', () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 7 }), (index, bit) => {
        const damaged = bytes.slice()
        damaged[index] = (damaged[index] ?? 0) ^ (1 << bit)
        expect(() => decodeModel(damaged)).toThrow(/^A stored model (is damaged|has version)/)
      }),
    )
  })

  test('is refused when it is cut short, and when it is nothing', () => {
    for (const length of [0, 7, 8, bytes.length - 1]) {
      expect(() => decodeModel(bytes.subarray(0, length))).toThrow(/damaged/)
    }
  })

  test('of another version is refused by its number', () => {
    const newer = bytes.slice()
    newer[0] = 2
    expect(() => decodeModel(newer)).toThrow('version 2')
  })
})
