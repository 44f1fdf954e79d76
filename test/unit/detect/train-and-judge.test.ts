import { describe, expect, test } from 'vitest'
import { judge } from '../../../src/detect/judge.ts'
import type { DeviceHistory, MetricModel } from '../../../src/detect/model.ts'
import { trainMetric } from '../../../src/detect/train.ts'
import { confidenceScore } from '../../../src/detect/verdict.ts'
import { binomialBound, busyBytes, day, fleetOf, monday, randomFrom } from './synthetic-fleet.ts'

const { LOW, MEDIUM, HIGH } = confidenceScore
const seed = 20_260_105
const twoWeeks = 14 * day

function learn(histories: DeviceHistory[]): MetricModel {
  const model = trainMetric({ metricId: 'metric', histories })
  if (!model) throw new Error('there was nothing to learn from')
  return model
}

const firstLiveSlot = monday + twoWeeks

/** By default of device d0 in the first slot after two weeks of history. */
function scoreOf(model: MetricModel, value: number, at: { deviceId?: string; slot?: number } = {}) {
  return judge(model, { deviceId: 'd0', slot: firstLiveSlot, value, ...at }).score
}

/** How many of the datapoints reach each level. */
function alarmsIn(model: MetricModel, histories: readonly DeviceHistory[]) {
  const alarms = { points: 0, low: 0, medium: 0, high: 0 }
  for (const { deviceId, slots, values } of histories) {
    values.forEach((value, index) => {
      const score = scoreOf(model, value, { deviceId, slot: slots[index] ?? 0 })
      alarms.points++
      alarms.low += Number(score >= LOW)
      alarms.medium += Number(score >= MEDIUM)
      alarms.high += Number(score >= HIGH)
    })
  }
  return alarms
}

describe('calibration', () => {
  test(`keeps false alarms of busy devices below the nominal share (seed ${seed})`, () => {
    const valueAt = busyBytes(randomFrom(seed))
    const model = learn(fleetOf({ devices: 60, slots: twoWeeks, valueAt }))
    const from = firstLiveSlot
    const alarms = alarmsIn(model, fleetOf({ devices: 60, slots: twoWeeks, from, valueAt }))
    expect(alarms.low).toBeLessThan(binomialBound(alarms.points, 1e-4))
    expect(alarms.medium).toBeLessThan(binomialBound(alarms.points, 1e-5))
    expect(alarms.high).toBeLessThan(binomialBound(alarms.points, 1e-6))
  })

  test(`does not buy its silence with deafness: one in a hundred scores 2 or more (seed ${seed})`, () => {
    const valueAt = busyBytes(randomFrom(seed))
    const model = learn(fleetOf({ devices: 60, slots: twoWeeks, valueAt }))
    const live = fleetOf({ devices: 60, slots: 3 * day, from: firstLiveSlot, valueAt })
    const strange = live.flatMap(({ deviceId, slots, values }) =>
      [...values].filter(
        (value, index) => scoreOf(model, value, { deviceId, slot: slots[index] ?? 0 }) >= 2,
      ),
    )
    const share = strange.length / (60 * 3 * day)
    expect(share).toBeGreaterThan(0.007)
    expect(share).toBeLessThan(0.013)
  })

  test(`holds for rare events at a steady rate, one of which is never HIGH (seed ${seed})`, () => {
    const random = randomFrom(seed)
    const valueAt = () => random.poisson(0.01)
    const model = learn(fleetOf({ devices: 250, slots: twoWeeks, valueAt }))
    const from = firstLiveSlot
    const alarms = alarmsIn(model, fleetOf({ devices: 250, slots: twoWeeks, from, valueAt }))
    expect(alarms.points).toBeGreaterThan(1_000_000)
    expect(alarms.low).toBeLessThan(binomialBound(alarms.points, 1e-4))
    expect(alarms.high).toBeLessThan(binomialBound(alarms.points, 1e-6))
    expect(scoreOf(model, 1)).toBeLessThan(LOW)
    expect(scoreOf(model, 20)).toBeGreaterThanOrEqual(HIGH)
  })
})

describe('what is found', () => {
  const valueAt = busyBytes(randomFrom(3))
  const histories = fleetOf({ devices: 24, slots: twoWeeks, valueAt })
  const model = learn(histories)

  test('a spike and a silence of a busy device, with direction and expected range', () => {
    const usual = judge(model, { deviceId: 'd1', slot: firstLiveSlot, value: 0 }).centre
    const point = { deviceId: 'd1', slot: firstLiveSlot }
    const spike = judge(model, { ...point, value: 10 * usual })
    const silence = judge(model, { ...point, value: 0 })
    expect(spike).toMatchObject({ direction: 'above', isProvisional: false })
    expect(spike.score).toBeGreaterThanOrEqual(HIGH)
    expect(silence.direction).toBe('below')
    expect(silence.score).toBeGreaterThanOrEqual(HIGH)
    expect(spike.expected.HIGH.low ?? NaN).toBeLessThan(usual)
    expect(spike.expected.HIGH.high ?? NaN).toBeGreaterThan(usual)
    expect(scoreOf(model, usual, { deviceId: 'd1' })).toBe(0)
  })

  test('a value that is normal by day, at night', () => {
    const at = (hour: number) => ({ deviceId: 'd2', slot: firstLiveSlot + 12 * hour })
    const noon = judge(model, { ...at(14), value: 1 }).centre
    expect(scoreOf(model, noon, at(14))).toBeLessThan(1)
    expect(scoreOf(model, 1.3 * noon, at(2))).toBeGreaterThanOrEqual(LOW)
  })

  test('an earlier incident on one device does not hide the next', () => {
    const outage = { from: monday + 12 * day, to: monday + 12 * day + 36 }
    const marred = histories.map((history) => {
      if (history.deviceId !== 'd5') return history
      const isOut = (slot: number) => slot >= outage.from && slot < outage.to
      const values = history.values.map((value, i) => (isOut(history.slots[i] ?? 0) ? 0 : value))
      return { ...history, values }
    })
    expect(scoreOf(learn(marred), 0, { deviceId: 'd6' })).toBeGreaterThanOrEqual(HIGH)
    expect(scoreOf(learn(marred), 0, { deviceId: 'd5' })).toBeGreaterThanOrEqual(HIGH)
  })

  test('an unknown device is judged by the fleet, provisionally and with more patience', () => {
    const known = judge(model, { deviceId: 'd0', slot: monday, value: 20_000 })
    const unknown = judge(model, { deviceId: 'new', slot: monday, value: 20_000 })
    expect(unknown.isProvisional).toBe(true)
    const widthOf = ({ low, high }: { low: number | null; high: number | null }) =>
      Math.log((high ?? Infinity) / (low ?? 0))
    expect(widthOf(unknown.expected.LOW)).toBeGreaterThan(3 * widthOf(known.expected.LOW))
    expect(scoreOf(model, 1e9, { deviceId: 'new' })).toBeGreaterThanOrEqual(HIGH)
  })
})

describe('constant metrics', () => {
  test('an all-zero metric is silent until the first event, which is at most MEDIUM', () => {
    const model = learn(fleetOf({ devices: 300, slots: twoWeeks, valueAt: () => 0 }))
    expect(scoreOf(model, 0)).toBe(0)
    expect(scoreOf(model, 1)).toBeGreaterThanOrEqual(LOW)
    expect(scoreOf(model, 1)).toBeLessThan(HIGH)
    expect(scoreOf(model, 10)).toBeGreaterThanOrEqual(HIGH)
  })

  test('a first disconnect on a quiet device of a fleet with a flaky one is not HIGH', () => {
    const random = randomFrom(5)
    const valueAt = (device: number) => (device === 0 ? random.poisson(0.1) : 0)
    const model = learn(fleetOf({ devices: 60, slots: twoWeeks, valueAt }))
    expect(scoreOf(model, 1, { deviceId: 'd1' })).toBeLessThan(HIGH)
    expect(scoreOf(model, 1, { deviceId: 'd0' })).toBeLessThan(LOW)
  })

  test.each([1, 3, 22])('%i open ports for two weeks: one more or less is HIGH', (ports) => {
    const model = learn(fleetOf({ devices: 6, slots: twoWeeks, valueAt: () => ports }))
    expect(model.datapoints).toBeGreaterThan(20_000)
    expect(scoreOf(model, ports)).toBe(0)
    expect(scoreOf(model, ports + 1)).toBeGreaterThanOrEqual(HIGH)
    expect(scoreOf(model, ports - 1)).toBeGreaterThanOrEqual(HIGH)
  })

  test('few constant datapoints cannot make anything HIGH', () => {
    const model = learn(fleetOf({ devices: 4, slots: twoWeeks, valueAt: () => 3 }))
    expect(scoreOf(model, 4)).toBeGreaterThanOrEqual(LOW)
    expect(scoreOf(model, 1000)).toBeLessThan(HIGH)
    expect(judge(model, { deviceId: 'd0', slot: monday, value: 4 }).expected.HIGH.high).toBeNull()
  })

  test('a port that opens now and then on one device is no alarm there', () => {
    const random = randomFrom(11)
    const valueAt = (device: number) => (device === 0 && random.uniform() < 0.02 ? 4 : 3)
    const model = learn(fleetOf({ devices: 24, slots: twoWeeks, valueAt }))
    expect(scoreOf(model, 4, { deviceId: 'd0' })).toBeLessThan(LOW)
    expect(scoreOf(model, 9, { deviceId: 'd1' })).toBeGreaterThanOrEqual(HIGH)
  })
})

describe('symmetries', () => {
  const valueAt = busyBytes(randomFrom(17))
  const histories = fleetOf({ devices: 10, slots: twoWeeks, valueAt })
  const probes = [0.2, 0.5, 0.9, 1.2, 1.7, 2.4].map((factor) => factor * 30_000)
  const scores = probes.map((value) => scoreOf(learn(histories), value))

  test('another unit changes nothing but the unit', () => {
    const inTenths = histories.map((own) => ({ ...own, values: own.values.map((v) => 10 * v) }))
    const model = learn(inTenths)
    probes.forEach((value, index) => {
      expect(scoreOf(model, 10 * value)).toBeCloseTo(scores[index] ?? NaN, 1)
    })
  })

  test('the order of devices does not matter', () => {
    const model = learn([...histories].reverse())
    expect(probes.map((value) => scoreOf(model, value))).toEqual(scores)
  })

  test('a week later is the same', () => {
    const later = histories.map((own) => ({ ...own, slots: own.slots.map((s) => s + 7 * day) }))
    const model = learn(later)
    const slot = firstLiveSlot + 7 * day
    expect(probes.map((value) => scoreOf(model, value, { slot }))).toEqual(scores)
  })
})

describe('odd histories', () => {
  test('nothing, or next to nothing, teaches nothing', () => {
    expect(trainMetric({ metricId: 'metric', histories: [] })).toBeNull()
    const empty = fleetOf({ devices: 3, slots: 0, valueAt: () => 1 })
    expect(trainMetric({ metricId: 'metric', histories: empty })).toBeNull()
    const hour = fleetOf({ devices: 3, slots: 12, valueAt: () => 1 })
    expect(trainMetric({ metricId: 'metric', histories: hour })).toBeNull()
  })

  test('values that are not finite are as if they had not been measured', () => {
    const valueAt = busyBytes(randomFrom(23))
    const whole = fleetOf({ devices: 5, slots: twoWeeks, valueAt })
    const unusable = [NaN, Infinity, -Infinity]
    const holes = whole.map((own) => {
      const values = own.values.map((v, i) => (i % 7 === 0 ? (unusable[i % 3] ?? NaN) : v))
      return { ...own, values }
    })
    const gaps = whole.map(({ deviceId, slots, values }) => {
      const isKept = (_: number, index: number) => index % 7 !== 0
      return { deviceId, slots: slots.filter(isKept), values: values.filter(isKept) }
    })
    expect(learn(holes)).toEqual(learn(gaps))
    expect(() => scoreOf(learn(gaps), NaN)).toThrow(RangeError)
  })

  test('a single device is enough', () => {
    const valueAt = busyBytes(randomFrom(29))
    const model = learn(fleetOf({ devices: 1, slots: twoWeeks, valueAt }))
    const { centre } = judge(model, { deviceId: 'd0', slot: firstLiveSlot, value: 0 })
    expect(scoreOf(model, centre)).toBeLessThan(1)
    expect(scoreOf(model, 10 * centre)).toBeGreaterThanOrEqual(HIGH)
    expect(scoreOf(model, 0)).toBeGreaterThanOrEqual(HIGH)
  })

  test('a device with a few hours of history is provisional and judged by the fleet’s day', () => {
    const valueAt = busyBytes(randomFrom(31))
    const old = fleetOf({ devices: 20, slots: twoWeeks, valueAt })
    const from = firstLiveSlot - 60
    const fresh = fleetOf({ devices: 1, slots: 60, from, valueAt: (_, slot) => valueAt(4, slot) })
    const model = learn([...old, ...fresh.map((own) => ({ ...own, deviceId: 'fresh' }))])
    const point = { slot: firstLiveSlot + 150, value: 0 }
    const newcomer = judge(model, { ...point, deviceId: 'fresh' })
    const twin = judge(model, { ...point, deviceId: 'd4' })
    expect(newcomer.isProvisional).toBe(true)
    expect(newcomer.centre / twin.centre).toBeGreaterThan(0.7)
    expect(newcomer.centre / twin.centre).toBeLessThan(1.4)
  })
})
