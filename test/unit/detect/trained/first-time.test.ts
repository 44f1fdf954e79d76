import { expect, test } from 'vitest'
import { confidenceScore } from '../../../../src/detect/confidence.ts'
import { noSteeper } from '../../../../src/detect/trained/habit.ts'
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

test('a habit goes beyond its reach by no less than it is told to, and looks to no other side for that', () => {
  const above = { reach: 2, slope: 0.5 }
  const below = { reach: Infinity, slope: 1 }
  expect(noSteeper({ centre: 0, above, below }, 3)).toEqual({
    centre: 0,
    above: { reach: 2, slope: 3 },
    below: { reach: Infinity, slope: 3 },
  })
  expect(noSteeper({ centre: 0, above, below }, 0.1).above).toEqual(above)
})
