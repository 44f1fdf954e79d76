import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  createDatapoints,
  rowsBySeries,
  rowsOf,
  type Datapoints,
} from '../../../src/cli/detect/datapoints.ts'
import { slottedFile } from '../../../src/cli/detect/recorded-group.ts'
import { mergedSlots } from '../../../src/cli/detect/slot-merge.ts'
import { trainingWindow } from '../../../src/cli/detect/training-window.ts'
import { spacingAtStart, spacingBefore } from '../../../src/cli/detect/spacing.ts'

const minute = 60_000
const startAt = Date.UTC(2026, 0, 5)

type Row = [device: string, metric: string, at: number, value: number]

describe('datapoints by series', () => {
  test('each series has its own rows, in the order in which they came', () => {
    const datapoints = made([
      ['a', 'x', 0, 1],
      ['b', 'x', 0, 2],
      ['a', 'y', 0, 3],
      ['a', 'x', 1, 4],
    ])
    const bySeries = rowsBySeries(datapoints)
    const rows = datapoints.series.map((_, series) => [...rowsOf(bySeries, series)])
    expect(rows).toEqual([[0, 3], [1], [2]])
  })
})

describe('the spacing of a file', () => {
  test('is the median interval within a series, whatever the order of the lines', () => {
    const times = [0, 5, 10, 15, 45, 50].map((at) => at * minute)
    const byTime = made(
      times.flatMap((at): Row[] => [
        ['a', 'x', at, 1],
        ['b', 'x', at + 1, 1],
      ]),
    )
    const bySeries = made(
      ['a', 'b'].flatMap((device) => times.map((at): Row => [device, 'x', at, 1])),
    )
    for (const datapoints of [byTime, bySeries]) {
      expect(spacingBefore(datapoints, rowsBySeries(datapoints), Infinity)).toBe(5 * minute)
    }
  })

  test('before a time takes no notice of what comes after', () => {
    const times = [0, 10, 20, 30, 31, 32, 33, 34, 35, 36]
    const datapoints = made(times.map((at): Row => ['a', 'x', at * minute, 1]))
    const until = 30 * minute
    expect(spacingBefore(datapoints, rowsBySeries(datapoints), until)).toBe(10 * minute)
  })

  test('repeated times and a single datapoint say nothing', () => {
    const datapoints = made([0, 0, 0, 7, 7].map((at): Row => ['a', 'x', at, 1]))
    expect(spacingAtStart(datapoints.at, Uint32Array.from([0, 1, 2, 3, 4]))).toBe(7)
    expect(spacingAtStart(datapoints.at, Uint32Array.from([0]))).toBe(5 * minute)
  })
})

describe('a file in slots', () => {
  test('a device that reports early or late within its own moment keeps one datapoint a slot', () => {
    const jitter = fc.array(fc.integer({ min: -70, max: 70 }), { minLength: 40, maxLength: 40 })
    const phase = fc.integer({ min: 75, max: 225 })
    fc.assert(
      fc.property(jitter, phase, (seconds, phaseSeconds) => {
        const rows = seconds.map((early, slot): Row => {
          return ['a', 'x', startAt + 5 * minute * slot + (phaseSeconds + early) * 1000, slot]
        })
        const { slots } = slotsOf(rows, startAt + 100 * minute)
        expect(slots.map((slot) => slot - (slots[0] ?? 0))).toEqual([...rows.keys()])
      }),
    )
  })

  test('the cut falls where the time is, whatever the phase and the jitter of the device', () => {
    const offsets = fc.integer({ min: 0, max: 5 * minute - 1 })
    const jitter = fc.array(fc.integer({ min: -minute, max: minute }), {
      minLength: 30,
      maxLength: 30,
    })
    fc.assert(
      fc.property(offsets, offsets, jitter, (phase, cut, early) => {
        const rows = early.map((by, slot): Row => {
          return ['a', 'x', startAt + 5 * minute * slot + phase + by, slot]
        })
        const cutAt = startAt + 50 * minute + cut
        const { slots, fromSlot } = slotsOf(rows, cutAt)
        rows.forEach(([, , at], row) => {
          expect((slots[row] ?? NaN) >= fromSlot).toBe(at >= cutAt)
        })
      }),
    )
  })

  test('hours and weekdays hold: a slot is a whole number of weeks and half a slot from its time', () => {
    const at = Date.UTC(2031, 6, 17, 13, 37)
    const { slots } = slotsOf([['a', 'x', at, 1]], at + minute)
    const weeks = (at - (slots[0] ?? NaN) * 5 * minute) / (7 * 24 * 60 * minute)
    expect(Math.abs(weeks - Math.round(weeks)) * 7 * 24 * 60).toBeLessThanOrEqual(5)
  })

  test('times as far as times go still have a slot, in order', () => {
    const rows = [-8.64e15, 0, startAt, 8.64e15].map((at): Row => ['a', 'x', at, 1])
    const { slots } = slotsOf(rows, startAt)
    expect(slots).toEqual(slots.toSorted((a, b) => a - b))
  })
})

describe('the slots of a device', () => {
  test('metrics of one slot come together, and a repeated slot comes again by itself', () => {
    const device = {
      deviceId: 'a',
      series: [series([1, 2, 2, 4], [10, 20, 21, 40]), null, series([2, 3], [200, 300])],
    }
    const seen = Array.from(
      mergedSlots(device, { from: 1, to: 4 }),
      ({ slot, values, positions }) => [slot, [...values], [...positions]],
    )
    expect(seen).toEqual([
      [1, [10, NaN, NaN], [0, -1, -1]],
      [2, [20, NaN, 200], [1, -1, 0]],
      [2, [21, NaN, NaN], [2, -1, -1]],
      [3, [NaN, NaN, 300], [-1, -1, 1]],
    ])
  })
})

describe('what is learned from', () => {
  test('is within the range, without what was found anomalous, the last of a repeated slot', () => {
    const device = {
      deviceId: 'a',
      series: [series([1, 2, 2, 3, 4, 5], [10, 20, 21, 30, 40, 50]), series([9], [1]), null],
    }
    const marks = [[Uint8Array.from([0, 1, 0, 1, 0, 0]), null, null]]
    const [learned] = trainingWindow([device], marks, { from: 2, to: 5 })
    expect(learned).toEqual({
      deviceId: 'a',
      series: [
        { ...series([2, 3, 4], [21, 30, 40]), isExcluded: Uint8Array.from([0, 1, 0]) },
        null,
        null,
      ],
    })
  })
})

function series(slots: number[], values: number[]) {
  return { slots: Int32Array.from(slots), values: Float64Array.from(values) }
}

function slotsOf(rows: Row[], cutAt: number) {
  const datapoints = made(rows)
  const cut = { spacingMs: 5 * minute, cutAt }
  const { group, fromSlot } = slottedFile(datapoints, rowsBySeries(datapoints), cut)
  return { slots: [...(group.devices[0]?.series[0]?.slots ?? [])], fromSlot }
}

function made(rows: Row[]): Datapoints {
  const builder = createDatapoints()
  for (const [device, metric, at, value] of rows) {
    builder.push(builder.seriesIndex(device, metric), at, value)
  }
  return builder.build()
}
