import { beforeAll, describe, expect, test } from 'vitest'
import type { Judge } from '../../../../src/detect/trained/judge.ts'
import { newsScore } from '../../../../src/detect/trained/verdict.ts'
import { learn, warmedJudge } from './learned.ts'
import { day, mixedDevice, mixedFleet, monday, recordOf } from './mixed-fleet.ts'

const end = monday + 14 * day
const newcomers = 12
const options = { timeout: 60_000 }

/** The fleet with twelve more devices of every kind, of which the history holds the last `slots` slots. */
function sceneWith(slots: number) {
  const fleet = mixedFleet(9, 24)
  const fresh = mixedFleet(10, newcomers).map(({ kind }, index) =>
    mixedDevice(900 + index, `new${index}`, kind),
  )
  const known = recordOf(fleet, { slots: 14 * day })
  const added = recordOf(fresh, { from: end - slots, slots })
  const history = { ...known, devices: [...known.devices, ...(slots > 0 ? added.devices : [])] }
  return { fresh, history }
}

function alarmsOf(
  judge: Judge,
  fresh: ReturnType<typeof mixedFleet>,
  slots: number,
): { alarms: number; points: number } {
  const scores = fresh.flatMap(({ deviceId, next }) =>
    Array.from({ length: slots }, (_, index) => {
      const slot = end + index
      const { metrics } = judge.step({ deviceId, slot, values: next(slot) })
      return metrics.flatMap((verdict) => (verdict ? [newsScore(verdict)] : []))
    }).flat(),
  )
  return { alarms: scores.filter((score) => score >= 4).length, points: scores.length }
}

describe('a device that nobody knows', () => {
  let judge: Judge
  let fresh: ReturnType<typeof mixedFleet>

  beforeAll(() => {
    const scene = sceneWith(0)
    fresh = scene.fresh
    judge = warmedJudge(learn(scene.history), scene.history, end)
  }, 60_000)

  test('is not strange for having a level of its own', () => {
    const { alarms, points } = alarmsOf(judge, fresh, 24)
    expect(points).toBe(newcomers * 24 * 6)
    expect(alarms).toBe(0)
  })

  test('is one in a thousand when after half a day it does a thousand times what it did', () => {
    const [first] = fresh
    const deviceId = first?.deviceId ?? ''
    const step = (slot: number, times: number) =>
      judge.step({
        deviceId,
        slot,
        values: first?.next(slot).map((value) => times * value) ?? new Float64Array(6),
      })
    for (let slot = end + 24; slot < end + 144; slot++) step(slot, 1)
    const { metrics } = step(end + 144, 1000)
    expect(metrics[0]?.isProvisional).toBe(true)
    expect(metrics[0]?.score).toBeGreaterThan(3)
  })
})

test.each([1, 3])('devices known for %i days are told hardly more often', options, (days) => {
  const { fresh, history } = sceneWith(days * day)
  const judge = warmedJudge(learn(history), history, end)
  const { alarms, points } = alarmsOf(judge, fresh, day)
  expect(points).toBe(newcomers * day * 6)
  // Nominal is 1 in 10,000.
  expect(alarms / points).toBeLessThan(1e-3)
})
