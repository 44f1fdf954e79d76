import { describe, expect, test } from 'vitest'
import { fitTail, scoreOf } from '../../../../src/detect/trained/tail.ts'
import { newsScore } from '../../../../src/detect/trained/verdict.ts'
import { randomFrom } from '../synthetic-fleet.ts'
import { learn, plainHistory, verdictsOf, warmedJudge } from './learned.ts'
import { day, monday } from './mixed-fleet.ts'

const options = { timeout: 60_000 }
const seed = 11
const end = monday + 14 * day

/** Devices around levels of their own; what one does at a slot is multiplied by `times`. */
function fleetOf(times: (device: number, slot: number) => number, days = 14) {
  const random = randomFrom(seed)
  const valueAt = (device: number, slot: number) =>
    (100 + 20 * device) * Math.exp(0.1 * random.normal()) * times(device, slot)
  const slots = days * day
  return { history: plainHistory(valueAt, { devices: 20, slots }), valueAt, end: monday + slots }
}

/** Of what comes after the history. */
function scoresAfter(
  { history, valueAt, end }: ReturnType<typeof fleetOf>,
  device: number,
  slots: number,
): number[] {
  const judge = warmedJudge(learn(history), history, end)
  const rows = Array.from({ length: slots }, (_, index) => {
    return { slot: end + index, values: Float64Array.of(valueAt(device, end + index)) }
  })
  return verdictsOf(judge, `d${device}`, rows).map(({ metrics: [verdict] }) =>
    verdict ? newsScore(verdict) : NaN,
  )
}

const isDayOff = (slot: number) => (Math.floor(slot / day) + 5) % 7 < 2

const alarms = (scores: readonly number[]) => scores.filter((score) => score >= 4).length

describe('a level that rises and stays', () => {
  const rising = fleetOf((device, slot) => (device === 3 && slot >= end ? 3 : 1))

  test('is told at once, and not all day long', options, () => {
    const scores = scoresAfter(rising, 3, day)
    expect(alarms(scores.slice(0, 6))).toBe(6)
    expect(alarms(scores)).toBeLessThan(day / 6)
    expect(alarms(scores.slice(day / 2))).toBeLessThan(day / 24)
  })

  test('is as strange as ever, though it is no news any more', options, () => {
    const { history, valueAt } = rising
    const judge = warmedJudge(learn(history), history, end)
    const rows = Array.from({ length: 24 }, (_, index) => {
      return { slot: end + index, values: Float64Array.of(valueAt(3, end + index)) }
    })
    const last = verdictsOf(judge, 'd3', rows).at(-1)?.metrics[0]
    expect(last?.isTold).toBe(true)
    expect(last?.score).toBeGreaterThanOrEqual(4)
    expect(last?.expected.LOW.high).toBeLessThan(rows.at(-1)?.values[0] ?? 0)
  })

  test('is the expected level once the history holds days of it', options, () => {
    const moved = fleetOf((device, slot) => (device === 3 && slot >= end - 5 * day ? 3 : 1))
    // One in ten thousand datapoints may.
    expect(alarms(scoresAfter(moved, 3, day))).toBeLessThanOrEqual(1)
    const further = fleetOf((device, slot) =>
      device === 3 && slot >= end - 5 * day ? (slot >= end ? 9 : 3) : 1,
    )
    expect(alarms(scoresAfter(further, 3, 3))).toBe(3)
  })
})

test('a weekend at the end of the first week is no move to a new level', options, () => {
  const restful = fleetOf((_, slot) => (isDayOff(slot) ? 0.4 : 1), 7)
  expect(alarms(scoresAfter(restful, 3, day))).toBeLessThanOrEqual(1)
})

test('a weekend off is as usual after weekdays that moved to a lower level', options, () => {
  const friday = monday / day + 11
  const closing = fleetOf((_, slot) => {
    if (isDayOff(slot)) return 0
    return slot >= (friday - 1) * day ? 0.6 : 1
  }, 12)
  expect(alarms(scoresAfter(closing, 3, day))).toBe(0)
})

describe('a weekday', () => {
  const rested = (holiday: number, days = 14) =>
    fleetOf((_, slot) => (isDayOff(slot) || Math.floor(slot / day) === holiday ? 0.4 : 1), days)

  test('that is like a Sunday is a holiday and no alarm', options, () => {
    expect(alarms(scoresAfter(rested(end / day), 3, day))).toBe(0)
  })

  test('after such a day is a day as ever, and no rise', options, () => {
    const thursday = monday / day + 10
    expect(alarms(scoresAfter(rested(thursday - 1, 10), 3, day))).toBeLessThanOrEqual(1)
  })

  test('on which next to nothing is left is one', options, () => {
    const silent = fleetOf((_, slot) => (slot >= end ? 0.02 : isDayOff(slot) ? 0.4 : 1))
    expect(alarms(scoresAfter(silent, 3, 6).slice(2))).toBe(4)
  })
})

describe('a sensor that speaks every quarter of an hour', () => {
  const speaking = (from: number, to: number) =>
    fleetOf((device, slot) => {
      const isSilent = device === 3 && slot >= from && slot < to
      return slot % 3 === device % 3 && !isSilent ? 1 : 0
    })

  test('is told of when it falls silent, and not for the pauses between', options, () => {
    const silent = scoresAfter(speaking(end + 12, end + day), 3, 36)
    expect(alarms(silent.slice(0, 12))).toBe(0)
    expect(Math.max(...silent.slice(12, 36))).toBeGreaterThanOrEqual(5)
  })

  test('is said to have been silent for how long', options, () => {
    const { history, valueAt } = speaking(end, end + day)
    const judge = warmedJudge(learn(history), history, end)
    const slots = Array.from({ length: 36 }, (_, index) => end + index)
    const rows = slots.map((slot) => ({ slot, values: Float64Array.of(valueAt(3, slot)) }))
    const last = verdictsOf(judge, 'd3', rows).at(-1)?.metrics[0]
    const asked = { deviceId: 'd3', slot: end + 35, metricId: 'metric', confidence: 'LOW' } as const
    const silence = judge
      .explain(asked)
      ?.components.find(({ component }) => component === 'silence')
    expect(last?.direction).toBe('below')
    expect(silence).toMatchObject({ head: 'slow', direction: 'below', observed: 0 })
    // It spoke last at the last slot before that is a multiple of three.
    expect(silence?.spanMs).toBe((36 + ((end - 1) % 3)) * 300_000)
  })

  test('is not told of for a time as long as it has been silent before', options, () => {
    const pausing = (daily: boolean) =>
      fleetOf((device, slot) => {
        const isPause = daily && slot < end && slot % day >= 100 && slot % day < 124
        const isPauseNow = slot >= end + 40 && slot < end + 60
        return slot % 3 === device % 3 && !(device === 3 && (isPause || isPauseNow)) ? 1 : 0
      })
    expect(alarms(scoresAfter(pausing(true), 3, 72))).toBe(0)
    expect(alarms(scoresAfter(pausing(false), 3, 72))).toBeGreaterThan(0)
  })
})

describe('a job that some devices do once a day', () => {
  const isJob = (device: number, slot: number, minute: number) =>
    device < 5 && slot % day === 32 + 4 * device + minute
  const ofBurst = [0, 1, 2, 3].map((minute) => {
    const isBurst = (device: number, slot: number) => device === 9 && slot === end + 12
    const fleet = fleetOf((device, slot) =>
      isJob(device, slot, minute) || isBurst(device, slot) ? 50 : 1,
    )
    return scoresAfter(fleet, 9, 13).at(-1) ?? NaN
  })

  test('hides the burst of another no more at one minute than at the next', options, () => {
    expect(Math.min(...ofBurst)).toBeGreaterThan(10)
    expect(Math.max(...ofBurst) / Math.min(...ofBurst)).toBeLessThan(1.4)
  })
})

test('what was seen so often is not said to be rarer, and what is beyond it is', () => {
  const random = randomFrom(seed)
  const usual = Array.from({ length: 20_000 }, () => Math.abs(random.normal()))
  const seen = 8
  const far = Array.from({ length: seen }, () => 100)
  const tail = fitTail(Float64Array.of(...usual, ...far), { points: 100_000, alike: 1 })
  expect(scoreOf(tail, 100)).toBeLessThan(Math.log10(100_000 / seen))
  expect(scoreOf(tail, 300)).toBeGreaterThan(scoreOf(tail, 100))
})
