import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { averagePrecision } from '../../bench/scoring/precision-recall.ts'
import { exactVusPr, vusPr } from '../../bench/scoring/vus-pr.ts'

const half = Math.SQRT1_2

describe('VUS-PR', () => {
  test('of buffer 0 and one range is average precision', () => {
    expect(vusPr([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], 0)).toBeCloseTo((1 + 2 / 3) / 2, 12)
  })

  test('credits an alarm next to a range in part, from buffer 2 on', () => {
    // Buffers 0 and 1 reach no row. In buffer 2 the neighbor weighs sqrt(1 - 1/2).
    const first = half / (1 + half / 2)
    const second = 1 - first
    const buffered = first * half + second * ((1 + half) / 2)
    expect(vusPr([0, 0, 1, 0, 0], [0, 0, 2, 3, 1], 0)).toBeCloseTo(0.5, 12)
    expect(vusPr([0, 0, 1, 0, 0], [0, 0, 2, 3, 1], 1)).toBeCloseTo(0.5, 12)
    expect(vusPr([0, 0, 1, 0, 0], [0, 0, 2, 3, 1], 2)).toBeCloseTo((1 + buffered) / 3, 12)
  })

  test('counts a recall by the share of ranges that were touched', () => {
    // Half of the rows in half of the ranges is a recall of a quarter.
    expect(vusPr([1, 0, 0, 0, 1], [5, 1, 2, 3, 4], 0)).toBeCloseTo(0.25 + 0.75, 12)
    expect(vusPr([1, 0, 0, 0, 1], [5, 4, 3, 2, 1], 0)).toBeCloseTo(0.25 + 0.75 * (2 / 5), 12)
  })

  test('makes one range of two whose buffers meet, and adds their weights up to 1', () => {
    // Row 1 weighs min(1, 2 x 0.71). Both ranges are touched at once; 1 + 1 of 2.5 rows, then all.
    const buffered = 2 / 2.5 + (1 - 2 / 2.5)
    const apart = vusPr([1, 0, 1], [2, 3, 1], 0)
    expect(apart).toBeCloseTo(0.25 * 0.5 + 0.75 * (2 / 3), 12)
    const alone = 1 / 2.5
    expect(vusPr([1, 0, 1], [2, 3, 1], 2)).toBeCloseTo(
      (2 * apart + alone + (buffered - alone)) / 3,
      12,
    )
  })

  test('leaves two ranges apart whose buffers are neighbors but share no row', () => {
    // Buffer 2 reaches rows 1 and 2. The first alarm is all of one range: half of the rows in half of
    // the ranges, as without a buffer.
    const [labels, scores] = [
      [1, 0, 0, 1],
      [4, 1, 2, 3],
    ]
    expect(vusPr(labels, scores, 0)).toBeCloseTo(1, 12)
    expect(vusPr(labels, scores, 2)).toBeCloseTo(1, 12)
    const late = [4, 3, 2, 1]
    const second = (1 + half) / (2 + half / 2) / 2
    const third = (1 + 2 * half) / (2 + half)
    const area =
      0.25 +
      (second - 0.25) * ((1 + half) / 2) +
      (third - second) * ((1 + 2 * half) / 3) +
      (1 - third) * ((2 + 2 * half) / 4)
    expect(vusPr(labels, late, 2)).toBeCloseTo((2 * (0.25 + 0.75 / 2) + area) / 3, 12)
  })

  test('is 1 for the labels themselves and the share of labelled rows for a constant', () => {
    const labels = Array.from({ length: 300 }, (_, row) => (row >= 200 && row < 230 ? 1 : 0))
    expect(vusPr(labels, labels)).toBeCloseTo(1, 12)
    expect(
      vusPr(
        labels,
        labels.map(() => 5),
        0,
      ),
    ).toBeCloseTo(0.1, 12)
  })

  test('has thresholds at 250 ranks: of 1,000 rows the highest, the fifth and so on', () => {
    const scores = Array.from({ length: 1000 }, (_, row) => -row)
    const labels = scores.map((_, row) => (row === 1 ? 1 : 0))
    expect(vusPr(labels, scores, 0)).toBeCloseTo(1 / 5, 12)
    expect(exactVusPr(labels, scores, 0)).toBeCloseTo(1 / 2, 12)
  })

  test('has a last threshold at the lowest score, however many rows there are', () => {
    for (const rows of [251, 300, 499, 1000, 4320]) {
      const labels = Array.from({ length: rows }, (_, row) => (row === rows - 1 ? 1 : 0))
      const falling = labels.map((_, row) => -row)
      expect(vusPr(labels, falling, 0)).toBeCloseTo(1 / rows, 12)
    }
  })

  test('with every score as a threshold and no buffer is average precision too', () => {
    const labels = Array.from({ length: 600 }, (_, row) => (row >= 200 && row < 230 ? 1 : 0))
    const scores = labels.map((label, row) => label + ((row * 7919) % 601) / 200)
    expect(exactVusPr(labels, scores, 0)).toBeCloseTo(averagePrecision(labels, scores), 12)
  })

  test('refuses what cannot be judged', () => {
    expect(() => vusPr([0, 0], [1, 2])).toThrow(/Nothing is labelled/)
    expect(() => vusPr([0, 1], [1])).toThrow(/2 labels, but 1 scores/)
    expect(() => exactVusPr([0, 1], [1, Number.NaN])).toThrow(/Row 1/)
  })
})

describe('VUS-PR of made-up series', () => {
  const series = fc
    .record({
      rows: fc.integer({ min: 10, max: 400 }),
      levels: fc.constantFrom(3, 20, 5000),
      ranges: fc.array(fc.tuple(fc.nat(399), fc.integer({ min: 1, max: 40 })), { maxLength: 5 }),
      seed: fc.nat(),
      window: fc.integer({ min: 0, max: 16 }),
    })
    .map(({ rows, levels, ranges, seed, window }) => ({
      labels: Array.from({ length: rows }, (_, row) =>
        row === 4 || ranges.some(([first, width]) => row >= first && row < first + width) ? 1 : 0,
      ),
      scores: Array.from({ length: rows }, (_, row) => ((row * 7919 + seed) % 4999) % levels),
      window,
    }))

  test('is what the published procedure gives, step by step', () => {
    fc.assert(
      fc.property(series, ({ labels, scores, window }) => {
        const expected = plainVusPr({ labels, scores, window })
        expect(vusPr(labels, scores, window)).toBeCloseTo(expected, 9)
      }),
      { numRuns: 15 },
    )
  })

  test('lies between 0 and 1 and does not depend on the unit of the scores', () => {
    fc.assert(
      fc.property(series, ({ labels, scores, window }) => {
        const volume = vusPr(labels, scores, window)
        expect(volume).toBeGreaterThan(0)
        expect(volume).toBeLessThanOrEqual(1 + 1e-12)
        const stretched = scores.map((score) => Math.sqrt(score) - 1e6)
        expect(vusPr(labels, stretched, window)).toBe(volume)
      }),
    )
  })

  test('is the same read backwards in time', () => {
    fc.assert(
      fc.property(series, ({ labels, scores, window }) => {
        const backwards = vusPr(labels.toReversed(), scores.toReversed(), window)
        expect(backwards).toBeCloseTo(vusPr(labels, scores, window), 9)
      }),
    )
  })
})

/** A row's weight, the ranges and the alarms, all anew for each threshold of each buffer. */
function plainVusPr({
  labels,
  scores,
  window,
}: {
  labels: number[]
  scores: number[]
  window: number
}): number {
  const falling = scores.toSorted((a, b) => b - a)
  const last = falling.length - 1
  const thresholds = Array.from({ length: 250 }, (_, index) =>
    index === 249 ? falling[last] : falling[Math.floor(index * (last / 249))],
  )
  let volume = 0
  for (let buffer = 0; buffer <= window; buffer += 1) {
    const reach = Math.floor(buffer / 2)
    const weights = labels.map((label, row) => (label ? 1 : weightOf(labels, { row, buffer })))
    const grown = grownStretches(labels, reach)
    let recallBefore = 0
    for (const threshold of thresholds) {
      const alarms = scores.map((score) => (score >= (threshold ?? Infinity) ? 1 : 0))
      const found = total(weights.map((weight, row) => weight * (alarms[row] ?? 0)))
      const counted = total(
        weights.map((weight, row) => (labels[row] ? 1 : weight * (alarms[row] ?? 0))),
      )
      const touched = grown.filter((rows) => rows.some((row) => alarms[row])).length
      const share = Math.min(found / ((total(labels) + counted) / 2), 1)
      const recall = share * (touched / grown.length)
      volume += (recall - recallBefore) * (found / total(alarms))
      recallBefore = recall
    }
  }
  return volume / (window + 1)
}

/** A range's buffer reaches a row where the range's end is within half the buffer's length. */
function weightOf(labels: number[], { row, buffer }: { row: number; buffer: number }): number {
  let weight = 0
  for (let distance = 1; distance <= Math.floor(buffer / 2); distance += 1) {
    const isEnd = labels[row - distance] && !labels[row - distance + 1]
    const isStart = labels[row + distance] && !labels[row + distance - 1]
    if (isEnd) weight += Math.sqrt(1 - distance / buffer)
    if (isStart) weight += Math.sqrt(1 - distance / buffer)
  }
  return Math.min(weight, 1)
}

/** Rows of each labelled stretch and its buffers; two become one where they share a row. */
function grownStretches(labels: number[], reach: number): number[][] {
  const found: Set<number>[] = []
  labels.forEach((label, row) => {
    if (!label) return
    const near = labels.map((_, other) => other).filter((other) => Math.abs(other - row) <= reach)
    const before = found.at(-1)
    if (before && (labels[row - 1] || near.some((other) => before.has(other)))) {
      near.forEach((other) => before.add(other))
    } else found.push(new Set(near))
  })
  return found.map((rows) => [...rows])
}

function total(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}
