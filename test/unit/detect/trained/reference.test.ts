import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { createJudge } from '../../../../src/detect/trained/judge.ts'
import type { GroupModel, MetricModel, Ratio } from '../../../../src/detect/trained/model.ts'
import { trainGroup } from '../../../../src/detect/trained/train.ts'
import {
  isToldBefore,
  referenceDeviceScore,
  referenceVerdicts,
} from '../../../support/reference-detector.ts'
import { day, metricIds, mixedDevice, mixedFleet, monday, recordOf } from './mixed-fleet.ts'

const seed = 7
const now = monday + 7 * day

let model: GroupModel

beforeAll(() => {
  const history = recordOf(mixedFleet(seed, 6), { slots: 7 * day })
  const learned = trainGroup(history, { minimumDatapoints: 1000 }).model
  if (!learned) throw new Error('there was nothing to learn from')
  // What is not in the model is not compared.
  expect(learned.metrics.some((metric) => metric?.relation)).toBe(true)
  expect(learned.metrics.some((metric) => metric?.ratio)).toBe(true)
  model = learned
})

/** What a device sends: values that may be lost, strange, late, or nothing but 0 for a while. */
const sending = fc.record({
  deviceId: fc.constantFrom('d0', 'd1', 'd2', 'd3', 'newcomer'),
  seed: fc.integer({ min: 1, max: 1e6 }),
  lost: fc.double({ min: 0, max: 0.6, noNaN: true }),
  strange: fc.double({ min: 0, max: 0.2, noNaN: true }),
  jumps: fc.array(fc.constantFrom(1, 2, 5, 40, 300, 100_000), { maxLength: 4 }),
  late: fc.integer({ min: 0, max: 20 }),
  silence: fc.record({
    from: fc.integer({ min: 0, max: 330 }),
    slots: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 330 })),
  }),
})

type Sending = typeof sending extends fc.Arbitrary<infer T> ? T : never

/** Slots in the order they arrive, with their values. */
function arrivals({ deviceId, seed, lost, strange, jumps, late, silence }: Sending) {
  const device = mixedDevice(seed, deviceId, 'bursty')
  const chance = fc.sample(fc.double({ min: 0, max: 1, noNaN: true }), { seed, numRuns: 4000 })
  let drawn = 0
  const draw = () => chance[drawn++ % chance.length] ?? 0
  const slots: number[] = []
  for (let slot = now, left = 330; left > 0; left--) {
    slots.push(slot)
    slot += left % 90 === 0 ? (jumps.pop() ?? 1) : 1
  }
  const sent = slots.map((slot, index) => {
    const isSilent = index >= silence.from && index < silence.from + silence.slots
    const values = device.next(slot).map((value) => {
      if (draw() < lost) return NaN
      if (isSilent) return 0
      return draw() < strange ? Math.round(value * 4 + 3) : value
    })
    return { slot, values }
  })
  const delayed = sent.splice(sent.length - 30, 1)
  sent.splice(sent.length - 29 + late, 0, ...delayed)
  return sent
}

/** A part of an older model may be in use: its ratio may be to a metric that is not measured any more. */
function withoutPartners({ metrics, ...rest }: GroupModel): GroupModel {
  const alone = (ratio: Ratio | null) => ratio && { ...ratio, partner: 'not measured any more' }
  return { ...rest, metrics: metrics.map((each) => each && { ...each, ratio: alone(each.ratio) }) }
}

/** As if the devices had hardly been seen on weekdays. */
function withoutWeekdays({ metrics, ...rest }: GroupModel): GroupModel {
  const doubts = Float32Array.of(0.75, 0)
  const doubted = <Track extends MetricModel | Ratio>(track: Track | null) =>
    track && { ...track, devices: { ...track.devices, doubts } }
  return {
    ...rest,
    metrics: metrics.map((each) => doubted(each && { ...each, ratio: doubted(each.ratio) })),
  }
}

describe('the judge', () => {
  test.each([
    { of: 'a whole model', learned: () => model },
    { of: 'a model whose partners are not measured', learned: () => withoutPartners(model) },
    { of: 'a model of hardly any weekdays', learned: () => withoutWeekdays(model) },
  ])(
    'says of $of what the plain reference says, whatever is lost, late or far ahead',
    { timeout: 30_000 },
    ({ learned }) => {
      const model = learned()
      fc.assert(
        fc.property(sending, (each) => {
          const judge = createJudge(model)
          const values = new Map<number, Float64Array>()
          arrivals(each).forEach((point, index) => {
            values.set(point.slot, point.values)
            const { metrics, device } = judge.step({ deviceId: each.deviceId, ...point })
            // Reasons try other values out, and leave no trace.
            metricIds.forEach((metricId, metric) => {
              if ((metrics[metric]?.score ?? 0) < 4) return
              const asked = { ...each, slot: point.slot, metricId, confidence: 'LOW' } as const
              const shares = judge.explain(asked)?.components.map(({ share }) => share) ?? []
              expect(Math.max(0, ...shares)).toBeLessThanOrEqual(1)
            })
            if (index < 290 && index % 60 > 0) return
            const plain = referenceVerdicts(model, { ...each, slot: point.slot, values })
            metrics.forEach((verdict, metric) => {
              expect(verdict === null).toBe(plain[metric] === null)
              if (!verdict) return
              const name = `${metricIds[metric]} at ${index}`
              verdict.components.forEach((decades, component) => {
                expect(decades, name).toBeCloseTo(plain[metric]?.components[component] ?? NaN, 9)
              })
              const isOutside = ['LOW', 'MEDIUM', 'HIGH'] as const
              const isRaised = isOutside.some((level) => {
                const { low, high } = verdict.expected[level]
                const value = point.values[metric] ?? NaN
                return (low !== null && value < low) || (high !== null && value > high)
              })
              const own = plain[metric]?.score ?? NaN
              if (!isRaised) expect(verdict.score, name).toBeCloseTo(own, 9)
              else expect(verdict.score, name).toBeGreaterThanOrEqual(own - 1e-9)
              const arrival = { ...each, slot: point.slot, values }
              const isTold =
                verdict.score >= 4 && isToldBefore(model, arrival, { index: metric, score: own })
              expect(verdict.isTold, name).toBe(isTold)
            })
            expect(device.score).toBeCloseTo(referenceDeviceScore(model, plain), 9)
          })
        }),
        { numRuns: 8 },
      )
    },
  )
})
