import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createDatapoints, type Datapoints } from '../../../src/cli/detect/datapoints.ts'
import { judgeDatapoints } from '../../../src/cli/detect/judge-datapoints.ts'
import type { Judged } from '../../../src/cli/detect/judged.ts'

const minute = 60_000
const startAt = Date.UTC(2026, 0, 5)
const metrics = ['bytes', 'packets'] as const

type Row = [device: string, metric: string, at: number, value: number]

describe('datapoints judged by their own past', () => {
  test('no verdict depends on a later datapoint', () => {
    // Intervals vary, so that the spacing of the whole differs from that of its start.
    const at = (slot: number) => startAt + slot * (slot > 200 ? 7 : 5) * minute + (slot % 3) * 1000
    const rows = Array.from({ length: 420 }, (_, slot): Row => ['a', 'x', at(slot), valueAt(slot)])
    const whole = columnsOf(judgeDatapoints(datapointsOf(rows), null).judged)
    for (const length of [1, 2, 30, 41, 55, 120, 400]) {
      const part = columnsOf(judgeDatapoints(datapointsOf(rows.slice(0, length)), null).judged)
      expect(part).toEqual(whole.slice(0, length))
    }
  })

  test('a datapoint that repeats a time is judged too', () => {
    const rows = fleetRows({ devices: 1, slots: 100 })
    const repeated = rows.toSpliced(60, 0, rows[60] ?? ['a', 'x', 0, 0])
    const { judged } = judgeDatapoints(datapointsOf(repeated), null)
    expect(judged.score.every((score) => score >= 0)).toBe(true)
    expect(judged.deviceScore.every((score) => score >= 0)).toBe(true)
  })
})

describe('datapoints judged by models', { timeout: 30_000 }, () => {
  const day = 288
  const cutAt = startAt + 3 * day * 5 * minute
  const rows = fleetRows({ devices: 2, slots: 4 * day + 40 })
  const cutRow = rows.findIndex(([, , at]) => at >= cutAt)

  test('before the cut all is provisional, from there on models judge', () => {
    const { judged, models, spacingMs } = judgeDatapoints(datapointsOf(rows), cutAt)
    expect(spacingMs).toBe(5 * minute)
    expect(models).toMatchObject({ trainings: 2, judgedDatapoints: rows.length - cutRow })
    expect(judged.isProvisional.subarray(0, cutRow).every((is) => is === 1)).toBe(true)
    expect(judged.isProvisional.subarray(cutRow).every((is) => is === 0)).toBe(true)
    expect(Object.values(judged.score).every((score) => score >= 0)).toBe(true)
    expect(Object.values(judged.deviceScore).every((score) => score >= 0)).toBe(true)
  })

  test('no verdict depends on a later datapoint, nor on how much was learned in the end', () => {
    const whole = columnsOf(judgeDatapoints(datapointsOf(rows), cutAt).judged)
    for (const length of [cutRow - 1, cutRow + 301, cutRow + 4 * day + 13]) {
      const part = columnsOf(judgeDatapoints(datapointsOf(rows.slice(0, length)), cutAt).judged)
      // The last slot may be cut in two: the device is judged by what there is of it.
      const sure = length - (length % metrics.length)
      expect(part.slice(0, sure)).toEqual(whole.slice(0, sure))
    }
  })

  test('datapoints series by series get the verdicts of datapoints by time', () => {
    const order = rows
      .map((_, row) => row)
      .sort((a, b) => keyOf(rows[a]).localeCompare(keyOf(rows[b])) || a - b)
    const bySeries = order.flatMap((row) => [rows[row] ?? (['', '', 0, 0] satisfies Row)])
    const byTime = columnsOf(judgeDatapoints(datapointsOf(rows), cutAt).judged)
    const other = columnsOf(judgeDatapoints(datapointsOf(bySeries), cutAt).judged)
    expect(other).toEqual(order.map((row) => byTime[row]))
  })

  test('a jump is strange, outside of what was expected, and told once', () => {
    const jump = rows.map(([device, metric, at, value], row): Row => {
      const isHit = device === 'device-1' && metric === 'bytes' && row >= cutRow + 600
      return [device, metric, at, isHit ? value * 30 : value]
    })
    const hits = jump.flatMap((one, row) => (one[3] === rows[row]?.[3] ? [] : [row])).slice(0, 24)
    const { judged } = judgeDatapoints(datapointsOf(jump), cutAt)
    const first = hits[0] ?? -1
    expect(judged.p[first]).toBeLessThan(1e-4)
    expect(judged.high[first]).toBeLessThan(jump[first]?.[3] ?? NaN)
    expect(judged.emission[first]).toBeGreaterThan(0)
    const later = hits.slice(1).filter((row) => (judged.emission[row] ?? 0) > 0)
    expect(later.length).toBeLessThan(hits.length / 2)
  })

  test('a metric that is new, and a second value in one slot, are judged as well', () => {
    const extra: Row[] = [
      ['device-0', 'unheard-of', cutAt + minute, 3],
      ['device-0', 'bytes', cutAt + 1000, 2000],
    ]
    const { judged } = judgeDatapoints(
      datapointsOf([...rows.slice(0, cutRow + 6), ...extra]),
      cutAt,
    )
    const [unknown, second] = [cutRow + 6, cutRow + 7]
    expect(judged.isProvisional[unknown]).toBe(1)
    expect(judged.score[unknown]).toBe(0)
    expect(judged.score[second]).toBeGreaterThan(4)
    expect(judged.score[cutRow]).toBeLessThan(3)
  })

  test('a cut after the last datapoint leaves all of them provisional', () => {
    const { judged, models } = judgeDatapoints(datapointsOf(rows.slice(0, 500)), startAt * 2)
    expect(models).toMatchObject({ trainings: 0, judgedDatapoints: 0 })
    expect(judged.isProvisional.every((is) => is === 1)).toBe(true)
  })
})

describe('whatever comes', { timeout: 30_000 }, () => {
  const extremes = [0, -1, 1e300, -1e300, 5e-324, 1.7976931348623157e308, 45, 0.005]
  const value = fc.oneof(
    fc.constantFrom(...extremes),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  )
  const regular = { weight: 30, arbitrary: fc.constant(5 * minute) }
  const others = fc.constantFrom(0, 1, 1000, 24 * 60 * minute, 365 * 24 * 60 * minute)
  const step = fc.oneof(regular, { weight: 1, arbitrary: others })
  const rows = fc.array(fc.record({ value, step, name: fc.constantFrom('a', 'b') }), {
    minLength: 800,
    maxLength: 900,
  })

  test.each([false, true])('every verdict is a number, with models: %s', (isTrained) => {
    fc.assert(
      fc.property(rows, (steps) => {
        let at = startAt
        const made = steps.map(({ value, step, name }): Row => [name, name, (at += step), value])
        const cutAt = made[Math.floor(made.length * 0.8)]?.[2] ?? NaN
        const hasPast = made.some((row) => row[2] < cutAt)
        expectSound(judgeDatapoints(datapointsOf(made), isTrained && hasPast ? cutAt : null).judged)
      }),
      { numRuns: 15 },
    )
  })
})

function expectSound({ score, p, emission, deviceScore, deviceP }: Judged): void {
  for (const column of [score, emission, deviceScore]) {
    expect(column.every((one) => one >= 0 && one < Infinity)).toBe(true)
  }
  for (const column of [p, deviceP]) {
    expect(column.every((one) => one >= 0 && one <= 1)).toBe(true)
  }
}

function keyOf(row: Row | undefined): string {
  return row ? `${row[0]} ${row[1]}` : ''
}

function columnsOf(judged: Judged): number[][] {
  const columns = Object.values(judged) as ArrayLike<number>[]
  return Array.from(judged.score, (_, row) => columns.map((column) => column[row] ?? NaN))
}

/** A daily wave and repeatable noise. */
function valueAt(slot: number, seed = 0): number {
  const scrambled = Math.sin(slot * 12.9898 + seed * 78.233) * 43_758.5453
  return 50 + 10 * Math.sin((2 * Math.PI * slot) / 288) + 4 * (scrambled - Math.floor(scrambled))
}

/** By time; every device and metric in every slot. */
function fleetRows({ devices, slots }: { devices: number; slots: number }): Row[] {
  const names = Array.from({ length: devices }, (_, device) => `device-${device}`)
  return Array.from({ length: slots }, (_, slot) =>
    names.flatMap((name, device) =>
      metrics.map((metric, index): Row => {
        const seed = device * metrics.length + index
        return [name, metric, startAt + slot * 5 * minute, valueAt(slot, seed)]
      }),
    ),
  ).flat()
}

function datapointsOf(rows: readonly Row[]): Datapoints {
  const builder = createDatapoints()
  for (const [device, metric, at, value] of rows) {
    builder.push(builder.seriesIndex(device, metric), at, value)
  }
  return builder.build()
}
