import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  countBelow,
  countUpTo,
  createSortedWindow,
  excessOfHighest,
  excessOfLowest,
  quantile,
  ranked,
  slideIn,
} from '../../../../src/detect/adaptive/sorted-window.ts'

const anyNumbers = fc.array(
  fc.oneof(fc.integer({ min: -20, max: 20 }), fc.double({ min: -1e9, max: 1e9, noNaN: true })),
  { minLength: 1, maxLength: 3000, size: 'max' },
)

test('a sorted window answers as a sorted copy of its last numbers would', () => {
  fc.assert(
    fc.property(anyNumbers, fc.integer({ min: 1, max: 1200 }), (numbers, capacity) => {
      // No negative zeros: sorting keeps them where they came, a window need not.
      const arrivals = numbers.map((value) => value + 0)
      const window = createSortedWindow(capacity)
      for (const value of arrivals) slideIn(window, value)
      const sorted = arrivals.slice(-capacity).sort((a, b) => a - b)
      expect(window.size).toBe(sorted.length)
      expect(sorted.map((_, rank) => ranked(window, rank))).toEqual(sorted)
      for (const value of [...arrivals.slice(0, 30), -21, 21, 0.5]) {
        expect(countBelow(window, value)).toBe(sorted.filter((other) => other < value).length)
        expect(countUpTo(window, value)).toBe(sorted.filter((other) => other <= value).length)
      }
      expect(quantile(window, 0.5)).toBe(sorted[Math.floor(sorted.length / 2)])
    }),
    { numRuns: 60 },
  )
})

test('the excess of the highest and lowest is summed over exactly those', () => {
  fc.assert(
    fc.property(anyNumbers, fc.nat({ max: 2500 }), (arrivals, wanted) => {
      const window = createSortedWindow(2000)
      for (const value of arrivals) slideIn(window, value)
      const sorted = arrivals.slice(-2000).sort((a, b) => a - b)
      const count = Math.min(wanted, sorted.length)
      const above = sorted
        .slice(sorted.length - count)
        .reduce((sum, value) => sum + Math.min(7, value - 5), 0)
      const below = sorted.slice(0, count).reduce((sum, value) => sum + Math.min(7, 5 - value), 0)
      expect(excessOfHighest(window, { count, from: 5, most: 7 })).toBeCloseTo(above, 3)
      expect(excessOfLowest(window, { count, from: 5, most: 7 })).toBeCloseTo(below, 3)
    }),
    { numRuns: 60 },
  )
})

test('a window never falls into many small blocks, whatever comes', () => {
  const comings: Record<string, (index: number) => number> = {
    'one number, then rising ones': (index) => (index % 10_000 < 5000 ? 1 : index),
    'rising ones': (index) => index,
    'falling ones': (index) => -index,
    'ever new clusters': (index) => Math.floor(index / 600) + ((index * 7919) % 600) / 1e6,
    'every hundredth stays where it was': (index) => (index % 100 === 0 ? index * 97 : index / 1e6),
  }
  for (const [name, valueAt] of Object.entries(comings)) {
    const window = createSortedWindow(5000)
    for (let index = 0; index < 40_000; index++) slideIn(window, valueAt(index))
    expect(window.size).toBe(5000)
    expect({ name, few: window.blocks.length < 5000 / 100 }).toEqual({ name, few: true })
    expect(window.sizes.reduce((sum, size) => sum + size, 0)).toBe(5000)
  }
})
