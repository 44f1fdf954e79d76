import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { averagePrecision } from '../../bench/scoring/precision-recall.ts'

describe('average precision', () => {
  test('adds precision times gained recall, from the highest score down', () => {
    // In order of score: found at rank 1 (precision 1) and at rank 3 (2 of 3).
    expect(averagePrecision([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])).toBeCloseTo((1 + 2 / 3) / 2, 12)
    expect(averagePrecision([1, 0, 0, 0], [0, 1, 2, 3])).toBeCloseTo(1 / 4, 12)
  })

  test('takes rows of one score together, so their order does not help', () => {
    expect(averagePrecision([1, 0, 0, 0], [7, 7, 7, 7])).toBe(0.25)
    expect(averagePrecision([0, 0, 0, 1], [7, 7, 7, 7])).toBe(0.25)
    expect(averagePrecision([1, 0, 1, 0], [9, 9, 1, 1])).toBeCloseTo(0.5 * 0.5 + 0.5 * 0.5, 12)
  })

  test('is 1 where every labelled row scores above every other, infinite scores included', () => {
    expect(averagePrecision([0, 1, 1, 0], [1, 2, Infinity, -Infinity])).toBe(1)
  })

  test('does not depend on the unit of the scores', () => {
    const rows = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: -9, max: 9 })),
      {
        minLength: 2,
      },
    )
    fc.assert(
      fc.property(rows, (drawn) => {
        const labels = [1, ...drawn.map(([label]) => label)]
        const scores = [0, ...drawn.map(([, score]) => score)]
        const cubed = scores.map((score) => 3 * score ** 3 - 40)
        expect(averagePrecision(labels, cubed)).toBe(averagePrecision(labels, scores))
      }),
    )
  })

  test('refuses what cannot be judged', () => {
    expect(() => averagePrecision([0, 0], [1, 2])).toThrow(/Nothing is labelled/)
    expect(() => averagePrecision([0, 1], [1])).toThrow(/2 labels, but 1 scores/)
    expect(() => averagePrecision([0, 1], [1, Number.NaN])).toThrow(/Row 1/)
  })
})
