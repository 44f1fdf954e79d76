import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { scoreNab, scoreNabAt, type NabFile } from '../../bench/scoring/nab-scorer.ts'

/** Twenty rows a minute apart, so 3 rows of probation, and one window over rows 10 to 13. */
const minute = 60_000

function fileOf(scores: number[], windows: [number, number][] = [[10, 13]]): NabFile {
  return {
    name: 'small.csv',
    timestamps: scores.map((_, row) => row * minute),
    scores,
    windows: windows.map(([first, last]) => [first * minute, last * minute]),
  }
}

function alarmsAt(...rows: number[]): number[] {
  return Array.from({ length: 20 }, (_, row) => (rows.includes(row) ? 1 : 0))
}

/** NAB's credit for rows 10, 11, 12 and 13 of the window, and 14, 15 after it; worked out by hand. */
const credit = { 10: 1, 11: 0.96699, 12: 0.85979, 13: 0.56212 }
const cost = { 14: 0.68228, 15: 0.93111 }

const atOne = { standard: 1, lowFp: 1, lowFn: 1 }

describe('a NAB score', () => {
  test('is 100 where the first row of every window alarms and nothing else does', () => {
    const result = scoreNab([fileOf(alarmsAt(10)), fileOf(alarmsAt(10))])
    expect(result).toMatchObject({ standard: 100, lowFp: 100, lowFn: 100, windows: 2 })
    expect(result.thresholds).toEqual(atOne)
    expect(result.hits.standard).toBe(2)
    expect(result.falseRows.standard).toBe(0)
  })

  test('is 0 for never alarming, and that is the threshold where alarms only cost', () => {
    const outsideOnly = Array.from({ length: 100 }, (_, row) => (row < 60 || row > 63 ? 1 : 0))
    const result = scoreNab([fileOf(outsideOnly, [[60, 63]])])
    expect(result).toMatchObject({ standard: 0, lowFp: 0, lowFn: 0 })
    expect(result.thresholds.standard).toBe(Infinity)
  })

  test('credits a window with its best alarm, however many follow', () => {
    const late = scoreNabAt([fileOf(alarmsAt(11, 12, 13))], atOne)
    expect(late.standard).toBeCloseTo((100 * (credit[11] + 1)) / 2, 2)
    expect(late.lowFn).toBeCloseTo((100 * (credit[11] + 2)) / 3, 2)
    expect(late.hits.standard).toBe(1)
    const last = scoreNabAt([fileOf(alarmsAt(13))], atOne)
    expect(last.standard).toBeCloseTo((100 * (credit[13] + 1)) / 2, 2)
  })

  test('credits the better row even when the worse one had the higher score', () => {
    const scores = alarmsAt(12)
    scores[10] = 0.5
    expect(scoreNab([fileOf(scores)]).standard).toBe(100)
    expect(scoreNabAt([fileOf(scores)], atOne).standard).toBeCloseTo(
      (100 * (credit[12] + 1)) / 2,
      2,
    )
  })

  test('charges every false row: fully before the first window, less shortly after one', () => {
    const before = scoreNabAt([fileOf(alarmsAt(5, 6, 10))], atOne)
    expect(before.standard).toBeCloseTo((100 * (2 - 2 * 0.11)) / 2, 6)
    expect(before.lowFp).toBeCloseTo((100 * (2 - 2 * 0.22)) / 2, 6)
    expect(before.lowFn).toBeCloseTo((100 * (3 - 2 * 0.11)) / 3, 6)
    expect(before.falseRows.standard).toBe(2)
    const after = scoreNabAt([fileOf(alarmsAt(10, 14, 15))], atOne)
    expect(after.standard).toBeCloseTo((100 * (2 - 0.11 * (cost[14] + cost[15]))) / 2, 2)
  })

  test('forgets rows in probation, and a window that lies in it', () => {
    expect(scoreNabAt([fileOf(alarmsAt(0, 1, 2, 10))], atOne).standard).toBe(100)
    const inProbation = fileOf(alarmsAt(10), [
      [1, 2],
      [10, 13],
    ])
    expect(scoreNab([inProbation]).windows).toBe(1)
    const half = fileOf(alarmsAt(3), [[2, 5]])
    expect(scoreNab([half])).toMatchObject({ windows: 1, hits: { standard: 1 } })
  })

  test('has at most 750 rows of probation', () => {
    const scores = new Array<number>(10_000).fill(0)
    scores[749] = 1
    scores[750] = 1
    scores[9_000] = 1
    const file = fileOf(scores, [[9_000, 9_100]])
    expect(scoreNabAt([file], atOne).falseRows.standard).toBe(1)
  })

  test('finds each profile a threshold of its own, one for all files together', () => {
    const [sure, doubtful] = [alarmsAt(10), alarmsAt(4, 5, 6, 7, 8, 9)]
    const files = [fileOf(sure), fileOf(doubtful.map((score, row) => score / (row < 9 ? 2 : 4)))]
    const eager = fileOf(
      alarmsAt(3, 4, 5, 6, 7, 8, 14, 15, 16, 17, 18, 19, 10).map((score) => score / 2),
    )
    expect(scoreNab(files).thresholds.standard).toBe(1)
    // 12 false rows cost 0.11 each at most: less than a window and its miss at 2, more at low FP.
    const result = scoreNab([fileOf(sure), eager])
    expect(result.thresholds).toEqual({ standard: 0.5, lowFp: 1, lowFn: 0.5 })
  })

  test('refuses a row without a score, a window without its row, and no window at all', () => {
    expect(() => scoreNab([fileOf(alarmsAt(10).fill(Number.NaN, 4, 5))])).toThrow(/row 4/)
    expect(() => scoreNab([{ ...fileOf(alarmsAt(10)), windows: [[1, 2]] }])).toThrow(/no row at 1/)
    expect(() => scoreNab([{ ...fileOf(alarmsAt(10)), timestamps: [0] }])).toThrow(/20 scores/)
    expect(() => scoreNab([fileOf(alarmsAt(10), [])])).toThrow(/has a window/)
  })
})

describe('NAB scores of made-up files', () => {
  const level = fc.integer({ min: 0, max: 4 })
  const someFile = fc
    .record({
      scores: fc.array(level, { minLength: 20, maxLength: 40 }),
      first: fc.integer({ min: 0, max: 12 }),
      width: fc.integer({ min: 1, max: 7 }),
    })
    .map(({ scores, first, width }) => fileOf(scores, [[first, first + width - 1]]))
  const someFiles = fc
    .array(someFile, { minLength: 1, maxLength: 4 })
    .map((files) => [...files, fileOf(alarmsAt(10))])

  test('are the best that any one threshold gives, and never below 0', () => {
    fc.assert(
      fc.property(someFiles, (files) => {
        const result = scoreNab(files)
        const thresholds = [0, 1, 2, 3, 4, Infinity]
        for (const name of ['standard', 'lowFp', 'lowFn'] as const) {
          const scores = thresholds.map((threshold) => plainScore(files, { name, threshold }))
          expect(result[name]).toBeCloseTo(Math.max(...scores), 9)
          expect(result[name]).toBeGreaterThanOrEqual(0)
        }
      }),
    )
  })

  test('are the same at the thresholds that were found, and at those of stretched scores', () => {
    fc.assert(
      fc.property(someFiles, (files) => {
        const result = scoreNab(files)
        expect(scoreNabAt(files, result.thresholds)).toEqual(result)
        const stretched = files.map((file) => ({
          ...file,
          scores: Array.from(file.scores, (score) => Math.exp(score) - 7),
        }))
        expect(scoreNab(stretched)).toMatchObject({
          standard: result.standard,
          hits: result.hits,
          falseRows: result.falseRows,
        })
      }),
    )
  })
})

interface Case {
  name: 'standard' | 'lowFp' | 'lowFn'
  threshold: number
}

/** The definition, window by window and row by row. */
function plainScore(files: readonly NabFile[], { name, threshold }: Case): number {
  const missed = name === 'lowFn' ? 2 : 1
  const falseRow = name === 'lowFp' ? 0.22 : 0.11
  const sigmoid = (y: number) => (y >= 3 ? -1 : 2 / (1 + Math.exp(5 * y)) - 1)
  let [total, windows] = [0, 0]
  for (const { scores, windows: limits } of files) {
    const probation = Math.floor(0.15 * scores.length)
    const [[startAt, endAt] = [NaN, NaN]] = limits
    const [first, last] = [startAt / minute, endAt / minute]
    const alarms = Array.from(scores, (score, row) => ({ score, row }))
      .filter(({ score, row }) => row >= probation && score >= threshold)
      .map(({ row }) => row)
    const hit = alarms.find((row) => row >= first && row <= last)
    const width = last - first + 1
    if (last >= probation) {
      windows += 1
      total += hit === undefined ? -missed : sigmoid((hit - last - 1) / width) / sigmoid(-1)
    }
    for (const row of alarms) {
      if (row < first) total -= falseRow
      if (row > last) total += falseRow * sigmoid((row - last) / (width - 1))
    }
  }
  return (100 * (total + missed * windows)) / (windows * (1 + missed))
}
