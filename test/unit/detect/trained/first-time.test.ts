import { describe, expect, test } from 'vitest'
import { confidenceScore } from '../../../../src/detect/confidence.ts'
import { noSteeper, ownHabits } from '../../../../src/detect/trained/habit.ts'
import { randomFrom } from '../synthetic-fleet.ts'
import { learn, warmedJudge } from './learned.ts'
import { day, monday } from './mixed-fleet.ts'

const options = { timeout: 60_000 }
const end = monday + 14 * day
const steadyDevices = 24

/**
 * Packets out and in: most devices steady to a few percent, each scanned once, with twice as many packets out for each
 * one in as usual; the last device is bursty.
 */
function scannedFleet() {
  const random = randomFrom(4)
  const devices = Array.from({ length: steadyDevices + 1 }, (_, index) => {
    const scannedAt = monday + Math.floor(14 * day * random.uniform())
    const next = (slot: number) => {
      const [noise, apart] = index === steadyDevices ? [0.8, 0.2] : [0.03, 0.01]
      const sent = 2000 * Math.exp(noise * random.normal())
      const received = sent * Math.exp(apart * random.normal())
      return slot === scannedAt ? [100 * sent, 50 * received] : [sent, received]
    }
    return { deviceId: `d${index}`, next }
  })
  const slots = Int32Array.from({ length: 14 * day }, (_, index) => monday + index)
  const history = {
    slotMs: 300_000,
    metricIds: ['out', 'in'],
    devices: devices.map(({ deviceId, next }) => {
      const rows = Array.from(slots, next)
      const series = [0, 1].map((metric) => ({
        slots,
        values: Float64Array.from(rows, (row) => row[metric] ?? NaN),
      }))
      return { deviceId, series }
    }),
  }
  return { devices, history }
}

test('a flood stands out from what scans do to steadier devices', options, () => {
  const { devices, history } = scannedFleet()
  const judge = warmedJudge(learn(history), history, end)
  const { deviceId, next } = devices[steadyDevices] ?? { deviceId: '', next: () => [] }
  const [sent = 0, received = 0] = next(end)
  const values = Float64Array.of(30 * sent, received)
  const { metrics } = judge.step({ deviceId, slot: end, values })
  expect(metrics[0]?.score).toBeGreaterThan(confidenceScore.LOW)
})

describe('a habit goes beyond its reach', () => {
  const usual = () => Float64Array.from({ length: 1000 }, (_, index) => -Math.log(1 - index / 1000))

  test('by the mean of what does, where that falls off as is usual', () => {
    expect(ownHabits(usual()).above.slope).toBeCloseTo(1, 0)
  })

  test('by as much as lets the furthest have come by, where one went much further', () => {
    const far = usual()
    far[0] = 100
    const { reach, slope } = ownHabits(far).above
    // The mean of the 30 that go beyond would be some 4.
    expect((100 - reach) / slope).toBeLessThan(6)
  })

  test('by no less than it is told to, and looks to no other side for that', () => {
    const habits = ownHabits(usual())
    const { above, below } = noSteeper({ ...habits, below: { reach: Infinity, slope: 1 } }, 3)
    expect(above).toEqual({ reach: habits.above.reach, slope: 3 })
    expect(below.reach).toBe(Infinity)
  })
})
