import { describe, expect, test } from 'vitest'
import { judgeFleet } from '../../bench/fleet/judged-fleet.ts'
import { metricNames, simulateFleet, slotsPerDay } from '../../bench/fleet-simulator/index.ts'

const trial = {
  seed: 3,
  devices: 6,
  perKind: 0,
  kinds: ['port-scan'] as const,
  trainingDays: 3,
  judgedDays: 1,
  minimumDatapoints: 1000,
}

describe('a simulated fleet that is judged', () => {
  test('every value of a known device has a verdict in its place, and nothing else has one', () => {
    const { devices, slots, figures } = judgeFleet(trial)
    const histories = simulateFleet({ seed: 3, devices: 6, days: 4, newcomerFromDay: 3 })
    let judged = 0
    for (const [index, { values }] of [...histories].entries()) {
      const { scores, isNew } = devices[index] ?? { scores: [], isNew: false }
      for (const [metric, name] of metricNames.entries()) {
        const column = values[name].subarray(3 * slotsPerDay)
        const verdicts = Array.from(column, (_, slot) => scores[slot * metricNames.length + metric])
        const missing = Array.from(column, (value) => Number.isNaN(value))
        if (!isNew) expect(verdicts.map((score) => Number.isNaN(score))).toEqual(missing)
        judged += verdicts.filter((score) => !Number.isNaN(score)).length
      }
    }
    expect(slots).toBe(slotsPerDay)
    expect(figures).toMatchObject({ trainings: 1, judgedDatapoints: judged })
  })

  test('attacks are told by slots that count from the first judged one', () => {
    const attacked = judgeFleet({ ...trial, perKind: 2 })
    expect(attacked.attacks).toHaveLength(2)
    for (const { fromSlot, toSlot } of attacked.attacks) {
      expect(fromSlot).toBeGreaterThanOrEqual(0)
      expect(toSlot).toBeLessThanOrEqual(attacked.slots)
    }
    const named = attacked.attacks.map(({ deviceId }) => deviceId)
    const marked = attacked.devices.filter(({ isAttacked }) => isAttacked)
    expect(marked.map(({ deviceId }) => deviceId).sort()).toEqual(named.sort())
  })
})
