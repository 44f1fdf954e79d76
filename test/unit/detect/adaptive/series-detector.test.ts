import { describe, expect, test } from 'vitest'
import { createSeriesDetector } from '../../../../src/detect/adaptive/series-detector.ts'
import { referenceJudgements } from '../../../support/reference-adaptive.ts'
import { randomFrom } from '../synthetic-fleet.ts'
import { fiveMinutesMs, judgementsOf, ordinary, ordinaryRows, rowsOf } from './series-values.ts'

const kinds = Object.keys(ordinary)

describe('a series judged by its own past', { timeout: 60_000 }, () => {
  test.each(kinds.slice(1, 5))('is judged as by sorting the whole past anew: %s', (kind) => {
    const rows = ordinaryRows(kind, 440, 7).map(({ at, value }, index) => ({
      at,
      value: index === 0 ? unit : Math.fround(index > 380 && index < 410 ? value * 3 + 5 : value),
    }))
    const expected = referenceJudgements(rows, fiveMinutesMs)
    judgementsOf(rows).forEach(({ score, burst, expectedLow, expectedHigh }, index) => {
      for (const [name, number] of Object.entries({ score, burst, expectedLow, expectedHigh })) {
        const difference = number - (byName(expected[index])[name] ?? missing())
        expect({ index, name, agrees: !(Math.abs(difference) > tolerance) }).toEqual({
          index,
          name,
          agrees: true,
        })
        expect(Number.isNaN(difference)).toBe(Number.isNaN(expectedLow) && name.startsWith('e'))
      }
    })
  })

  test('says the same of a datapoint whatever comes after it', () => {
    const rows = ordinaryRows('a working week', 900)
    expect(judgementsOf(rows).slice(0, 500)).toEqual(judgementsOf(rows.slice(0, 500)))
  })

  test.each([1e-9, 0.001, 1 / 3, 1000, 1e12])(
    'scores the same in another unit: times %d',
    (factor) => {
      for (const kind of ['counts', 'a daily rhythm', 'a heavy tail']) {
        const rows = ordinaryRows(kind, 800)
        const scaled = rows.map(({ at, value }) => ({ at, value: value * factor }))
        const plain = judgementsOf(rows)
        judgementsOf(scaled).forEach((judgement, index) => {
          const { score = NaN, p = NaN, expectedHigh = NaN } = plain[index] ?? {}
          expect(Math.abs(judgement.score - score)).toBeLessThanOrEqual(1e-9 * score)
          expect(judgement.p).toBeCloseTo(p, 12)
          if (Number.isNaN(expectedHigh)) return
          const inUnit = expectedHigh * factor
          expect(Math.abs(judgement.expectedHigh - inUnit)).toBeLessThanOrEqual(
            1e-6 * Math.abs(inUnit),
          )
        })
      }
    },
  )

  test('finds a spike, a shift, a lost rhythm and a frozen value in noise', () => {
    const strange: Record<string, (index: number, usual: number) => number> = {
      spike: (index, usual) => (index === 3000 ? usual + 12 : usual),
      shift: (_, usual) => usual + 4,
      'lost rhythm': (index, usual) => usual - 10 * Math.sin((index / 288) * 2 * Math.PI),
      'frozen value': () => 3,
    }
    for (const [name, valueAt] of Object.entries(strange)) {
      const rows = ordinaryRows('a daily rhythm', 3100).map(({ at, value }, index) => ({
        at,
        value: index < 3000 ? value : valueAt(index, value),
      }))
      const judgements = judgementsOf(rows)
      const before = Math.max(...judgements.slice(800, 3000).map(({ score }) => score))
      const after = Math.max(...judgements.slice(3000).map(({ score }) => score))
      expect({ name, after: after > 3 && after > 1.2 * before }).toEqual({ name, after: true })
    }
  })

  test('tells a lasting anomaly where it begins, and then keeps quiet about it', () => {
    const rows = ordinaryRows('normal noise', 2600).map(({ at, value }, index) => ({
      at,
      value: index >= 2500 ? value + 30 : value,
    }))
    const judgements = judgementsOf(rows)
    const told = judgements.map(({ emission }) => emission > 3)
    expect(told.slice(2500, 2503)).toContain(true)
    expect(told.slice(2510)).not.toContain(true)
    expect(judgements.slice(2510, 2530).every(({ score }) => score > 3)).toBe(true)
  })

  test('holds back nothing that exceeds what was told', () => {
    const rows = ordinaryRows('normal noise', 2600).map(({ at, value }, index) => ({
      at,
      value: index === 2500 ? value + 6 : index === 2520 ? value + 60 : value,
    }))
    const judgements = judgementsOf(rows)
    expect(judgements[2520]?.emission).toBeGreaterThan(judgements[2500]?.emission ?? NaN)
  })
})

describe('one wild value', () => {
  const wild = (index: number) => (index === 2500 ? 1e6 : index === 4650 ? 20 : 0)
  const rows = ordinaryRows('a daily rhythm', 4700).map(({ at, value }, index) => ({
    at,
    value: value + wild(index),
  }))
  const judgements = judgementsOf(rows)

  test('is as strange as can be', () => {
    expect(judgements[2500]?.score).toBeGreaterThan(20)
  })

  test('makes nothing strange of the same hour of the next week', () => {
    const nextWeek = judgements.slice(2500 + 2016 - 12, 2500 + 2016 + 12)
    expect(Math.max(...nextWeek.map(({ score }) => score))).toBeLessThan(3)
  })

  test('leaves the expected range where it was', () => {
    for (const { expectedLow, expectedHigh } of judgements.slice(2800)) {
      expect(expectedLow).toBeGreaterThan(-40)
      expect(expectedHigh).toBeLessThan(40)
    }
  })

  test('blinds nobody for a smaller one that comes later', () => {
    expect(judgements[4650]?.score).toBeGreaterThan(4)
  })

  test('is no lasting anomaly: a day later all is as before', () => {
    const scores = judgements.slice(2800, 4400).map(({ score }) => score)
    expect(Math.max(...scores)).toBeLessThan(4)
  })
})

describe('what comes in from outside', () => {
  test('is passed over where it is no finite number', () => {
    const rows = ordinaryRows('counts', 800)
    const holes = rows.flatMap((row, index) =>
      index % 50 === 7
        ? [NaN, Infinity, -Infinity].map((value) => ({ at: row.at, value })).concat(row)
        : [row],
    )
    const judged = judgementsOf(holes).filter((_, index) => Number.isFinite(holes[index]?.value))
    expect(judged).toEqual(judgementsOf(rows))
    const passedOver = judgementsOf(holes).filter((_, index) => Number.isNaN(holes[index]?.value))
    for (const { score, p, emission } of passedOver) expect({ score, p, emission }).toEqual(quiet)
  })

  test.each([0, 45, -3.7, 1e300, 5e-324])('may never change: %d', (constant) => {
    for (const { score, p, emission } of judgementsOf(rowsOf(1000, () => constant))) {
      expect({ score, p, emission }).toEqual(quiet)
    }
  })

  test('may change once after never having changed, which is told', () => {
    const rows = rowsOf(1000, (index) => (index < 900 ? 0 : 1))
    const judgements = judgementsOf(rows)
    expect(judgements[900]?.score).toBeGreaterThan(4)
    expect(judgements[900]?.p).toBeLessThan(1e-3)
  })

  test.each([1e300, -1e300, Number.MAX_VALUE, 5e-324])(
    'may be as large or small as a number can be: %d',
    (extreme) => {
      const rows = ordinaryRows('normal noise', 1200).map(({ at, value }, index) => ({
        at,
        value: index % 400 === 399 ? extreme : value,
      }))
      for (const { score, p, burst, emission } of judgementsOf(rows)) {
        for (const number of [score, burst, emission]) expect(Number.isFinite(number)).toBe(true)
        expect(p).toBeGreaterThan(0)
        expect(p).toBeLessThanOrEqual(1)
      }
    },
  )

  test('may come irregularly, twice at a time, out of order and from before 1970', () => {
    const random = randomFrom(5)
    const times = Array.from({ length: 1500 }, () => Math.floor((random.uniform() - 0.5) * 1e13))
    const detector = createSeriesDetector({ spacingMs: 60_000 })
    for (const at of [...times, 0, 0, -1, 1e300, NaN]) {
      const { score, p } = detector.step(at, random.normal())
      expect(score).toBeGreaterThanOrEqual(0)
      expect(p).toBeGreaterThan(0)
    }
  })

  test.each([1, 1000, 3_600_000, 86_400_000, 30 * 86_400_000])(
    'may come every %d ms',
    (spacingMs) => {
      const random = randomFrom(6)
      const detector = createSeriesDetector({ spacingMs })
      for (let index = 0; index < 600; index++) {
        const { score } = detector.step(index * spacingMs, index === 599 ? 50 : random.normal())
        if (index === 599) expect(score).toBeGreaterThan(3)
      }
    },
  )
})

describe('probabilities and ranges', { timeout: 60_000 }, () => {
  test('a small p is about as frequent as it says, in noise of every kind', () => {
    for (const kind of kinds) {
      const judgements = judgementsOf(ordinaryRows(kind, 3000)).slice(338)
      const share = (p: number) =>
        judgements.filter((judgement) => judgement.p <= p).length / judgements.length
      expect({ kind, share: share(0.01) < 0.02 }).toEqual({ kind, share: true })
      expect({ kind, share: share(0.001) < 0.003 }).toEqual({ kind, share: true })
    }
  })

  test('p falls as the score grows', () => {
    const judgements = judgementsOf(ordinaryRows('a heavy tail', 3000)).slice(-50)
    const sorted = judgements.sort((a, b) => a.score - b.score)
    sorted.slice(1).forEach(({ p }, index) => {
      expect(p).toBeLessThanOrEqual((sorted[index]?.p ?? NaN) * 1.05)
    })
  })

  test('hardly anything ordinary lies outside the expected range, and the range is no wider than it need be', () => {
    const rows = ordinaryRows('a working week', 6000)
    const judgements = judgementsOf(rows).slice(4000)
    const outside = judgements.filter(
      ({ expectedLow, expectedHigh }, index) =>
        (rows[4000 + index]?.value ?? NaN) < expectedLow ||
        (rows[4000 + index]?.value ?? NaN) > expectedHigh,
    )
    expect(outside.length).toBeLessThanOrEqual(4)
    const widths = judgements.map(({ expectedLow, expectedHigh }) => expectedHigh - expectedLow)
    expect(Math.max(...widths)).toBeLessThan(18)
  })

  test('the expected range of rare events reaches as far as they commonly do', () => {
    const rows = ordinaryRows('rare events', 6000)
    const outside = judgementsOf(rows).filter(
      ({ expectedHigh }, index) => index >= 3000 && (rows[index]?.value ?? NaN) > expectedHigh,
    )
    expect(outside.length).toBeLessThanOrEqual(2)
  })

  test('is provisional until there is a past for everything', () => {
    const judgements = judgementsOf(ordinaryRows('counts', 400))
    expect(judgements.slice(0, 300).every(({ provisional }) => provisional)).toBe(true)
    expect(judgements.slice(350).some(({ provisional }) => provisional)).toBe(false)
  })
})

/** A power of two, as the first value: then the detector, which rounds to 24 bits of it, rounds nothing here. */
const unit = 1
const tolerance = 1e-9

const quiet = { score: 0, p: 1, emission: 0 }

function byName(judgement: object | undefined): Record<string, number> {
  return { ...judgement }
}

function missing(): never {
  throw new Error('the reference says nothing of this datapoint')
}
