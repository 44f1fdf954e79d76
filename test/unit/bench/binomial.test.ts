import { describe, expect, test } from 'vitest'
import { binomialBounds } from '../../bench/fleet/binomial.ts'

describe('bounds of a probability after Clopper and Pearson', () => {
  test('nothing in n trials leaves 1 - 0.025^(1/n) above', () => {
    expect(binomialBounds(0, 10).low).toBe(0)
    expect(binomialBounds(0, 10).high).toBeCloseTo(0.3084971, 7)
    expect(binomialBounds(0, 10_000_000).high / 3.688879e-7).toBeCloseTo(1, 6)
  })

  test('everything mirrors nothing', () => {
    expect(binomialBounds(10, 10).high).toBe(1)
    expect(binomialBounds(10, 10).low).toBeCloseTo(1 - 0.3084971, 7)
  })

  test('5 of 20 lie between 8.66 % and 49.10 %', () => {
    const { low, high } = binomialBounds(5, 20)
    expect(low).toBeCloseTo(0.0865715, 6)
    expect(high).toBeCloseTo(0.4910459, 6)
  })

  test('each bound makes what was seen a 2.5 % event, counted out', () => {
    const { low, high } = binomialBounds(3, 40)
    expect(1 - atMost(2, 40, low)).toBeCloseTo(0.025, 9)
    expect(atMost(3, 40, high)).toBeCloseTo(0.025, 9)
  })
})

/** Probability of so many successes or fewer, term by term. */
function atMost(successes: number, trials: number, probability: number): number {
  let term = (1 - probability) ** trials
  let sum = term
  for (let count = 0; count < successes; count += 1) {
    term *= ((trials - count) / (count + 1)) * (probability / (1 - probability))
    sum += term
  }
  return sum
}
