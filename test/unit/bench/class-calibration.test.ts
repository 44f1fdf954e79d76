import { beforeAll, describe, expect, test } from 'vitest'
import {
  added,
  calibratedScores,
  countClasses,
  everyClass,
  findingOf,
  withoutOutages,
  type ClassCount,
} from '../../bench/calibration/class-calibration.ts'
import { binomialBounds } from '../../bench/fleet/binomial.ts'
import { judgeFleet, type JudgedDevice } from '../../bench/fleet/judged-fleet.ts'

const [hundredth, thousandth, low] = [...calibratedScores.keys()]

describe('counting how often scores are reached', () => {
  const device = (fields: Partial<JudgedDevice>): JudgedDevice => ({
    deviceId: 'd',
    deviceClass: 'ip-camera',
    isNew: false,
    isAttacked: false,
    events: [],
    scores: Float32Array.of(0, 1.9, 2, 4.5, 9, NaN),
    deviceScores: new Float32Array(0),
    ...fields,
  })

  test('a class has the datapoints with a verdict, each score those that reach it', () => {
    const [all, ...classes] = countClasses([device({}), device({ deviceClass: 'plc-gateway' })])
    expect(all).toEqual({ of: everyClass, points: 10, reached: [6, 4, 4, 2, 2] })
    const cameras = classes.find(({ of }) => of === 'ip-camera')
    expect(cameras).toEqual({ of: 'ip-camera', points: 5, reached: [3, 2, 2, 1, 1] })
  })

  test('devices that are new or attacked are not clean', () => {
    const [all] = countClasses([device({ isNew: true }), device({ isAttacked: true })])
    expect(all?.points).toBe(0)
  })

  test('an outage of the site is left out of one count, and so are the four hours after it', () => {
    const slots = 60
    const scores = new Float32Array(2 * slots).fill(5)
    const events = [
      { slot: 10, kind: 'site-outage' },
      { slot: 2, kind: 'reboot' },
    ] as const
    const counts = countClasses([device({ events, scores, deviceScores: new Float32Array(slots) })])
    expect(counts.find(({ of }) => of === everyClass)?.points).toBe(2 * slots)
    expect(counts.find(({ of }) => of === withoutOutages)?.points).toBe(2 * (slots - 48))
  })

  test('fleets add up class by class', () => {
    const counts = countClasses([device({})])
    const [all] = added(counts, counts)
    expect(all).toEqual({ of: everyClass, points: 10, reached: [6, 4, 4, 2, 2] })
  })
})

describe('what the bounds say of 100,000 datapoints at LOW', () => {
  const count = (reached: number): ClassCount => ({
    of: everyClass,
    points: 100_000,
    reached: calibratedScores.map(() => reached),
  })

  test.each([
    [3, 'less'],
    [4, 'holds'],
    [17, 'holds'],
    [20, 'more'],
  ])('%i that reach it: %s', (reached, finding) => {
    expect(findingOf(count(reached), low ?? 0)).toBe(finding)
  })
})

/**
 * The short form of `npm run bench -- calibration`: only the levels that so few datapoints can tell anything of. At LOW
 * and beyond it is the long form that says how much more often than said each class is alarmed on.
 */
describe('16 clean simulated devices, 14 days learned and one judged', () => {
  let all: ClassCount

  beforeAll(() => {
    const trial = { seed: 1, devices: 16, perKind: 0, kinds: [], minimumDatapoints: 25_000 }
    const judged = judgeFleet({ ...trial, trainingDays: 14, judgedDays: 1 })
    all = countClasses(judged.devices)[0] ?? { of: '', points: 0, reached: [] }
  }, 120_000)

  test.each([
    ['1e-2', hundredth ?? 0, 8],
    ['1e-3', thousandth ?? 0, 16],
  ])('%s is no more than it says, and not a small part of it', (_name, level, part) => {
    const { low, high } = binomialBounds(all.reached[level] ?? 0, all.points)
    const nominal = 10 ** -(calibratedScores[level] ?? 0)
    expect(all.points).toBeGreaterThan(45_000)
    expect(high).toBeLessThan(nominal)
    expect(low).toBeGreaterThan(nominal / part)
  })
})
