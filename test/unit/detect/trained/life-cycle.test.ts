import { describe, expect, test } from 'vitest'
import { trainGroup } from '../../../../src/detect/trained/train.ts'
import { fromLog } from '../../../../src/detect/trained/log-scale.ts'
import { randomFrom } from '../synthetic-fleet.ts'
import { learn, plainHistory, warmedJudge } from './learned.ts'
import { day, metricIds, mixedFleet, monday, recordOf } from './mixed-fleet.ts'

const options = { timeout: 60_000 }
const twoWeeks = 14 * day
const end = monday + twoWeeks

/** Steady noise about a level that device 3 leaves at a slot. */
function steady(
  seed: number,
  movedBy: (device: number, slot: number) => number = () => 1,
  devices = 20,
) {
  const random = randomFrom(seed)
  return plainHistory(
    (device, slot) => (100 + 20 * device) * Math.exp(0.1 * random.normal()) * movedBy(device, slot),
    { devices, slots: twoWeeks },
  )
}

describe('a device whose level moved', () => {
  const movedBy = (device: number, slot: number) => (device === 3 && slot > end - 3 * day ? 3 : 1)

  test('is reported with both levels, once', options, () => {
    const first = trainGroup(steady(1, movedBy), { minimumDatapoints: 1 })
    expect(first.shifts.map(({ deviceId }) => deviceId)).toEqual(['d3'])
    const [shift] = first.shifts
    expect(shift?.from).toBeGreaterThan(150)
    expect(shift?.from).toBeLessThan(170)
    expect(shift?.to).toBeGreaterThan(450)
    expect(shift?.scales).toBeGreaterThan(4)
    const second = trainGroup(steady(1, movedBy), { minimumDatapoints: 1, previous: first.model })
    expect(second.shifts).toEqual([])
    expect(second.model?.shifted).toEqual(['metric d3'])
  })

  test('is not reported where all only scatter', options, () => {
    expect(trainGroup(steady(2), { minimumDatapoints: 1 }).shifts).toEqual([])
  })
})

describe('datapoints known as anomalous', () => {
  /** Device 3 sends ten times as much in `slots` slots, which are marked. */
  function marked(slots: number, isMarked: boolean) {
    const from = end - 2 * day
    const history = steady(3, (device, slot) =>
      device === 3 && slot >= from && slot < from + slots ? 10 : 1,
    )
    const devices = [...history.devices].map((each) => ({
      ...each,
      series: each.series.map((series) => {
        if (!series || each.deviceId !== 'd3' || !isMarked) return series
        const isExcluded = Uint8Array.from(series.slots, (slot) =>
          Number(slot >= from && slot < from + slots),
        )
        return { ...series, isExcluded }
      }),
    }))
    return { ...history, devices }
  }

  function scoreOfTenfold(history: ReturnType<typeof marked>): number {
    const judge = warmedJudge(learn(history), history, end)
    const values = Float64Array.of(1600)
    return judge.step({ deviceId: 'd3', slot: end, values }).metrics[0]?.score ?? NaN
  }

  test('are kept out of fitting, so that the next one still stands out', options, () => {
    const kept = scoreOfTenfold(marked(60, false))
    expect(scoreOfTenfold(marked(60, true))).toBeGreaterThan(kept + 1)
  })

  test('are learned after all where they are more than a small share', options, () => {
    expect(scoreOfTenfold(marked(200, false))).toBeLessThan(1)
    expect(scoreOfTenfold(marked(200, true))).toBeLessThan(1)
  })
})

describe('a metric that is not calibrated on the latest day', () => {
  const restless = (seed: number) =>
    steady(
      seed,
      (device, slot) => (slot >= end - day && (slot + 29 * device) % 300 === 0 ? 4 : 1),
      60,
    )

  /** A model whose training was so many slots ago, with a part that was learned so many slots ago. */
  function learnedBefore(training: number, part = training) {
    const previous = learn(steady(4, () => 1, 60))
    const toSlot = end - 1 - part
    const metrics = previous.metrics.map((each) => each && { ...each, toSlot })
    return { ...previous, toSlot: end - 1 - training, metrics }
  }

  test.each([day + 1, 7 * day])(
    'keeps its part of the training before, %i slots ago, and says so',
    options,
    (slots) => {
      const previous = learnedBefore(slots)
      const { model, kept } = trainGroup(restless(4), { minimumDatapoints: 1, previous })
      expect(kept).toHaveLength(1)
      expect(kept[0]).toMatchObject({ metricId: 'metric', isPreviousInUse: true })
      expect(kept[0]?.sentence).toMatch(/previous model stays/)
      expect(model?.metrics[0]).toBe(previous.metrics[0])
    },
  )

  test('keeps it through all trainings of a day', options, () => {
    const previous = learnedBefore(1, day / 2)
    const { model } = trainGroup(restless(4), { minimumDatapoints: 1, previous })
    expect(model?.metrics[0]).toBe(previous.metrics[0])
  })

  test('is used after all where it failed the day before, too', options, () => {
    const previous = learnedBefore(day, 2 * day)
    const { model, kept } = trainGroup(restless(4), { minimumDatapoints: 1, previous })
    expect(kept[0]?.isPreviousInUse).toBe(false)
    expect(kept[0]?.sentence).toMatch(/so the new one is used/)
    expect(model?.metrics[0]?.toSlot).toBe(end - 1)
  })

  test('is used, and said to be doubtful, where there is no previous model', options, () => {
    const { model, kept } = trainGroup(restless(4), { minimumDatapoints: 1 })
    expect(kept[0]?.sentence).toMatch(/no previous model/)
    expect(model?.metrics[0]).not.toBeNull()
  })
})

describe('a fleet larger than memory', () => {
  test('has a row for every device, and nearly the same verdicts', options, () => {
    const fleet = mixedFleet(6, 24)
    const history = recordOf(fleet, { slots: 7 * day })
    const whole = learn(history)
    const small = learn(history, { mostCells: 10 * 7 * day * metricIds.length })
    expect(small.metrics[0]?.devices.rows.size).toBe(24)
    whole.metrics.forEach((metric, index) => {
      const others = small.metrics[index]?.devices
      expect(others?.datapoints).toEqual(metric?.devices.datapoints)
      expect(others?.habits.every(Number.isNaN)).toBe(false)
      metric?.devices.levels.slice(0, 24).forEach((level, row) => {
        if (metric.family === 'sparse') return
        const value = fromLog(others?.levels[row] ?? NaN, small.metrics[index]?.unit ?? 1)
        expect(Math.abs(value / fromLog(level, metric.unit) - 1)).toBeLessThan(0.3)
      })
    })
    const from = monday + 7 * day
    const judges = [whole, small].map((model) => warmedJudge(model, history, from))
    let far = 0
    for (const { deviceId, next } of fleet) {
      for (let slot = from; slot < from + 100; slot++) {
        const values = next(slot)
        const [a, b] = judges.map((judge) => judge.step({ deviceId, slot, values }).metrics)
        a?.forEach((verdict, metric) => {
          far += Number(Math.abs((verdict?.score ?? 0) - (b?.[metric]?.score ?? 0)) > 1)
        })
      }
    }
    // The tails of a third of the devices are not quite those of all.
    expect(far).toBeLessThan(0.04 * 24 * 100 * metricIds.length)
  })
})
