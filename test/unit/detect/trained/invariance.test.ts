import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeModel, encodeModel } from '../../../../src/detect/trained/codec.ts'
import { createJudge } from '../../../../src/detect/trained/judge.ts'
import type { GroupHistory, SeriesHistory } from '../../../../src/detect/trained/model.ts'
import { trainGroup } from '../../../../src/detect/trained/train.ts'
import { randomFrom } from '../synthetic-fleet.ts'
import { learn, plainHistory, rowAt, verdictsOf, warmedJudge } from './learned.ts'
import { day, metricIds, mixedFleet, monday, recordOf } from './mixed-fleet.ts'

const week = 7 * day
const options = { timeout: 60_000 }

/** A week of eight devices and the six hours after it. */
function scene(seed: number) {
  const fleet = mixedFleet(seed, 8)
  const history = recordOf(fleet, { slots: week })
  const after = fleet.map(({ deviceId, next }) => ({
    deviceId,
    rows: Array.from({ length: 72 }, (_, index) => {
      const slot = monday + week + index
      return { slot, values: next(slot).map((value) => (index === 60 ? 3 * value : value)) }
    }),
  }))
  return { history, after }
}

type Scene = ReturnType<typeof scene>

/** Every score after the history, device by device, slot by slot. */
function scoresOf({ history, after }: Scene, end = monday + week): number[] {
  const judge = warmedJudge(learn(history), history, end)
  return after.flatMap(({ deviceId, rows }) =>
    verdictsOf(judge, deviceId, rows).flatMap(({ metrics, device }) => [
      ...metrics.map((verdict) => verdict?.score ?? NaN),
      device.score,
    ]),
  )
}

function mapSeries(
  history: Scene['history'],
  change: (series: SeriesHistory, metric: number) => SeriesHistory,
): Scene['history'] {
  const devices = history.devices.map((device) => ({
    ...device,
    series: device.series.map((series, metric) => change(series, metric)),
  }))
  return { ...history, devices }
}

function largestDifference(a: readonly number[], b: readonly number[]): number {
  expect(a.length).toBe(b.length)
  return Math.max(...a.map((score, index) => Math.abs(score - (b[index] ?? NaN))))
}

const seeds = fc.integer({ min: 1, max: 10_000 })

describe('a verdict does not depend on', () => {
  test('the unit that a metric is counted in', options, () => {
    fc.assert(
      fc.property(seeds, fc.double({ min: 1e-6, max: 1e9, noNaN: true }), (seed, factor) => {
        const { history, after } = scene(seed)
        const load = metricIds.indexOf('load')
        const scaled = {
          history: mapSeries(history, (series, metric) =>
            metric === load ? { ...series, values: series.values.map((x) => x * factor) } : series,
          ),
          after: after.map(({ deviceId, rows }) => ({
            deviceId,
            rows: rows.map(({ slot, values }) => ({
              slot,
              values: values.map((value, metric) => (metric === load ? value * factor : value)),
            })),
          })),
        }
        const plain = scoresOf({ history, after })
        expect(plain.some((score) => score > 3)).toBe(true)
        expect(largestDifference(plain, scoresOf(scaled))).toBeLessThan(1e-6)
      }),
      { numRuns: 3 },
    )
  })

  test('the order in which devices are read, to the last bit of the model', options, () => {
    const { history } = scene(11)
    const reversed = { ...history, devices: [...history.devices].reverse() }
    expect(encodeModel(learn(reversed))).toEqual(encodeModel(learn(history)))
  })

  test('the order in which metrics are listed', options, () => {
    const { history, after } = scene(18)
    const turn = <T>(list: readonly T[]) => list.map((_, index) => list.at(index - 1) as T)
    const turned = {
      history: {
        ...history,
        metricIds: turn(history.metricIds),
        devices: history.devices.map((each) => ({ ...each, series: turn(each.series) })),
      },
      after: after.map(({ deviceId, rows }) => ({
        deviceId,
        rows: rows.map(({ slot, values }) => ({
          slot,
          values: Float64Array.from(turn([...values])),
        })),
      })),
    }
    const perSlot = metricIds.length + 1
    const back = scoresOf(turned).map((_, index, all) => {
      const [slot, metric] = [Math.floor(index / perSlot), index % perSlot]
      const isDevice = metric === metricIds.length
      return all[slot * perSlot + (isDevice ? metric : (metric + 1) % metricIds.length)] ?? NaN
    })
    expect(largestDifference(scoresOf({ history, after }), back)).toBeLessThan(1e-6)
  })

  test('the week in which it all happens', options, () => {
    const { history, after } = scene(12)
    const later = {
      history: mapSeries(history, (series) => ({
        ...series,
        slots: series.slots.map((slot) => slot + week),
      })),
      after: after.map(({ deviceId, rows }) => ({
        deviceId,
        rows: rows.map(({ slot, values }) => ({ slot: slot + week, values })),
      })),
    }
    const moved = scoresOf(later, monday + 2 * week)
    expect(largestDifference(scoresOf({ history, after }), moved)).toBeLessThan(1e-9)
  })

  test('much on whether every device is there twice', options, () => {
    const { history, after } = scene(13)
    const twins = history.devices.map((each) => ({ ...each, deviceId: `${each.deviceId}-twin` }))
    const doubled = { ...history, devices: [...history.devices, ...twins] }
    const single = scoresOf({ history, after })
    const twice = scoresOf({ history: doubled, after })
    // Twice the evidence may claim more of the far tail; what is usual stays what it was.
    const usual = (score: number) => Math.min(score, 3)
    const moved = single.map((score, index) => Math.abs(usual(score) - usual(twice[index] ?? NaN)))
    expect(moved.filter((by) => !(by < 0.5)).length).toBeLessThan(0.01 * single.length)
  })

  test('whether the judge ran for weeks or was given the last day', options, () => {
    const { history, after } = scene(14)
    const model = learn(history)
    const longRun = createJudge(model)
    for (const { deviceId } of history.devices) {
      for (let slot = monday; slot < monday + week; slot++) {
        longRun.step({ deviceId, slot, values: rowAt(history, deviceId, slot) })
      }
    }
    const fresh = warmedJudge(decodeModel(encodeModel(model)), history, monday + week)
    for (const { deviceId, rows } of after) {
      expect(verdictsOf(fresh, deviceId, rows)).toEqual(verdictsOf(longRun, deviceId, rows))
    }
  })

  test('whether a slot is judged again, or late', options, () => {
    const { history, after } = scene(15)
    const judge = warmedJudge(learn(history), history, monday + week)
    const [{ deviceId, rows } = { deviceId: '', rows: [] }] = after
    const first = verdictsOf(judge, deviceId, rows)
    for (const index of [70, 45, 71, 44]) {
      const row = rows[index]
      if (row) expect(judge.step({ deviceId, ...row })).toEqual(first[index])
    }
  })
})

describe('a metric that never moves', () => {
  test.each([
    ['zero', 0, 1],
    ['constant', 17, 40],
    ['small and constant', 0.005, 0.009],
  ])('does not alarm while it is %s, and does when it changes', options, (_name, value, other) => {
    const history = plainHistory(() => value, { devices: 10, slots: week })
    const judge = warmedJudge(learn(history), history, monday + week)
    const step = (slot: number, now: number) =>
      judge.step({ deviceId: 'd1', slot: monday + week + slot, values: Float64Array.of(now) })
    for (let slot = 0; slot < 300; slot++) expect(step(slot, value).metrics[0]?.score).toBe(0)
    expect(step(300, other).metrics[0]?.score).toBeGreaterThan(4)
  })

  test('is not brought to HIGH by the first event of the fleet, but by many', options, () => {
    const history = plainHistory(() => 0, { devices: 200, slots: week })
    const judge = warmedJudge(learn(history), history, monday + week)
    const step = (deviceId: string, count: number) =>
      judge.step({ deviceId, slot: monday + week, values: Float64Array.of(count) }).metrics[0]
    expect(step('d1', 1)?.score).toBeLessThan(6)
    expect(step('d1', 1)?.expected.HIGH.high ?? Infinity).toBeGreaterThanOrEqual(1)
    expect(step('d2', 40)?.score).toBeGreaterThanOrEqual(6)
  })
})

describe('training', () => {
  test('gives the same model every time', options, () => {
    const { history } = scene(16)
    expect(encodeModel(learn(history))).toEqual(encodeModel(learn(history)))
  })

  test('skips a metric with too few datapoints and says how many there were', options, () => {
    const { history } = scene(17)
    const few = mapSeries(history, (series, metric) =>
      metric === 2
        ? { slots: series.slots.slice(0, 50), values: series.values.slice(0, 50) }
        : series,
    )
    const { model, skipped } = trainGroup(few, { minimumDatapoints: 1000 })
    expect(skipped).toEqual([{ metricId: 'messages', datapoints: 400 }])
    expect(model?.metrics.map((metric) => metric?.metricId ?? null)).toContain(null)
    const nothing = trainGroup(few, { minimumDatapoints: 1e6 })
    expect(nothing.model).toBeNull()
    expect(nothing.skipped).toHaveLength(6)
  })

  test('learns from a single device, and from two days', options, () => {
    const random = randomFrom(3)
    const history = plainHistory(() => Math.exp(5 + 0.2 * random.normal()), {
      devices: 1,
      slots: 2 * day,
    })
    const judge = warmedJudge(learn(history), history, monday + 2 * day)
    const step = (slot: number, value: number) =>
      judge.step({ deviceId: 'd0', slot: monday + 2 * day + slot, values: Float64Array.of(value) })
    const usual = Array.from({ length: day }, (_, slot) => {
      return step(slot, Math.exp(5 + 0.2 * random.normal())).metrics[0]?.score ?? NaN
    })
    expect(usual.filter((score) => score >= 4)).toEqual([])
    expect(step(day, Math.exp(5 + 4)).metrics[0]?.score).toBeGreaterThan(4)
  })

  test(
    'is not confused by missing values, nor by a device with a clock of its own',
    options,
    () => {
      const { history, after } = scene(18)
      const random = randomFrom(18)
      const holed = mapSeries(history, (series) => ({
        ...series,
        values: series.values.map((value) => (random.uniform() < 0.3 ? NaN : value)),
      }))
      const far = Int32Array.of(monday + 40_000_000)
      const lost: GroupHistory['devices'] = [
        ...holed.devices,
        {
          deviceId: 'lost',
          series: metricIds.map(() => ({ slots: far, values: Float64Array.of(7) })),
        },
      ]
      const model = learn({ ...holed, devices: lost })
      expect(model.toSlot).toBe(monday + week - 1)
      const judge = warmedJudge(model, history, monday + week)
      const scores = after.flatMap(({ deviceId, rows }) =>
        verdictsOf(judge, deviceId, rows).map(({ metrics }) => metrics[0]?.score ?? NaN),
      )
      expect(scores.every((score) => score >= 0 && score <= 20)).toBe(true)
    },
  )
})

describe('an encoded model', () => {
  test('comes back as it was', options, () => {
    const model = learn(scene(19).history)
    const decoded = decodeModel(encodeModel(model))
    expect(decoded).toEqual(model)
    expect(encodeModel(decoded)).toEqual(encodeModel(model))
  })

  test('is refused when damaged or of another version', options, () => {
    const bytes = encodeModel(learn(plainHistory(() => 1, { devices: 2, slots: 2 * day })))
    const damaged = bytes.slice()
    damaged[damaged.length >> 1] = (damaged[damaged.length >> 1] ?? 0) ^ 1
    const newer = bytes.slice()
    newer[0] = (newer[0] ?? 0) + 1
    expect(() => decodeModel(damaged)).toThrow('damaged')
    expect(() => decodeModel(newer)).toThrow('version')
    expect(() => decodeModel(bytes.slice(0, 3))).toThrow('damaged')
  })
})
