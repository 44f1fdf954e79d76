import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { meanOf } from '../../../../src/station/datapoint-value.ts'
import {
  decodeBlock,
  encodeBlock,
  type SeriesDay,
} from '../../../../src/station/store/block-codec.ts'
import { decodeColumn, encodeColumn } from '../../../../src/station/store/column-codec.ts'
import { storedScore } from '../../../../src/station/store/series-data.ts'

const double = fc.double({ noNaN: true, noDefaultInfinity: true })
const extreme = fc.constantFrom(1e308, -1e308, 5e-324, 2 ** 53, -(2 ** 53), 2 ** 50, 0.1, -0, 0)
const sparse = fc.oneof(
  { weight: 20, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.nat() },
)
const numbers = fc.oneof(
  ...[
    double,
    extreme,
    sparse,
    fc.integer({ min: 100, max: 1_000_000 }),
    fc.integer({ min: -50, max: 50 }),
    fc.integer({ min: 0, max: 2 ** 33 }),
    fc.maxSafeInteger(),
    fc.integer({ min: -100_000, max: 100_000 }).map((whole) => whole / 1000),
    fc.constant(17),
    fc.constant(0.3),
  ].map((value) => fc.array(value, { minLength: 1, maxLength: 288, size: 'max' })),
)

describe('a column', () => {
  test('gives back every number exactly', () => {
    fc.assert(
      fc.property(numbers, (values) => {
        const column = Float64Array.from(values)
        expect(withoutMinusZero(decodeColumn(encodeColumn(column), column.length))).toEqual(
          withoutMinusZero(column),
        )
      }),
      { numRuns: 600 },
    )
  })

  test.each([
    ['one whole number', () => 5, 3],
    ['one decimal number', () => 0.1, 5],
    ['one number that is no decimal', () => Math.PI, 9],
    ['zeros with an exception', (at: number) => (at === 77 ? 3 : 0), 6],
    ['a line', (at: number) => at * 1000, 90],
    ['small noise around a level', (at: number) => 1_000_000 + ((at * 7919) % 16), 190],
    ['small noise in hundredths', (at: number) => (1000 + ((at * 7919) % 16)) / 100, 190],
  ])('of %s takes few bytes', (_, value, most) => {
    const column = Float64Array.from({ length: 288 }, (_, at) => value(at))
    expect(encodeColumn(column).length).toBeLessThanOrEqual(most)
  })

  test('of arbitrary floats takes hardly more than they do', () => {
    fc.assert(
      fc.property(fc.array(double, { minLength: 1, maxLength: 288 }), (values) => {
        const bytes = encodeColumn(Float64Array.from(values))
        expect(bytes.length).toBeLessThanOrEqual(values.length * 8 + 1)
      }),
    )
  })

  test('with an outlier is still short', () => {
    const column = Float64Array.from({ length: 288 }, (_, at) => (at === 100 ? 2 ** 49 : at % 7))
    expect(encodeColumn(column).length).toBeLessThan(288)
  })
})

describe('a block', () => {
  test('gives back slots, values, partial flags and stored scores exactly', () => {
    fc.assert(
      fc.property(seriesDay(), (day) => {
        const back = decodeBlock(encodeBlock(day))
        expect(comparable(back)).toEqual(comparable(day))
      }),
      { numRuns: 400 },
    )
  })

  test('of a constant gauge on a whole day takes next to nothing', () => {
    const day: SeriesDay = {
      slots: Int32Array.from({ length: 288 }, (_, at) => at),
      values: new Float64Array(288).fill(5),
      isPartial: new Uint8Array(288),
      scores: new Float64Array(288),
      sizes: null,
    }
    expect(encodeBlock(day).length).toBeLessThanOrEqual(12)
  })

  test('says that it is damaged whichever bit of it flips', () => {
    const [day] = fc.sample(seriesDay(), { numRuns: 1, seed: 1 })
    if (!day) throw new Error('no sample')
    const bytes = encodeBlock(day)
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const damaged = bytes.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
      expect(() => decodeBlock(damaged)).toThrow(/is damaged/)
    }
  })

  test('says that it is damaged when it was cut short', () => {
    expect(() => decodeBlock(new Uint8Array(0))).toThrow(/is damaged/)
    expect(() => decodeBlock(new Uint8Array(9))).toThrow(/is damaged/)
  })
})

function seriesDay(): fc.Arbitrary<SeriesDay> {
  const slots = fc.oneof(
    fc.constant(Array.from({ length: 288 }, (_, at) => at)),
    fc.uniqueArray(fc.nat(287), { minLength: 1, maxLength: 288, size: 'max' }),
  )
  return slots.chain((chosen) => dayOfSlots(chosen.toSorted((one, other) => one - other)))
}

function dayOfSlots(slots: number[]): fc.Arbitrary<SeriesDay> {
  const of = (value: fc.Arbitrary<number>) =>
    fc.array(value, { minLength: slots.length, maxLength: slots.length })
  const whole = fc.nat(100_000)
  const large = fc.integer({ min: 0, max: 2 ** 49 })
  const column = fc.oneof(of(double), of(whole), of(large), of(fc.constant(3)))
  const parts = {
    sum: column,
    count: of(fc.integer({ min: 1, max: 900 })),
    min: column,
    max: column,
  }
  return fc
    .record({
      values: column,
      isPartial: of(sparse.map((flag) => Number(flag > 0))),
      scores: of(fc.double({ min: 0, max: 30, noNaN: true })),
      sizes: fc.option(fc.record(parts)),
    })
    .map(({ values, isPartial, scores, sizes }) => ({
      slots: Int32Array.from(slots),
      values: Float64Array.from(
        sizes ? sizes.sum.map((sum, at) => meanOf(sum, sizes.count[at] ?? 0)) : values,
      ),
      isPartial: Uint8Array.from(isPartial),
      scores: Float64Array.from(scores, storedScore),
      sizes: sizes && {
        count: Float64Array.from(sizes.count),
        min: Float64Array.from(sizes.min),
        max: Float64Array.from(sizes.max),
        sum: Float64Array.from(sizes.sum),
      },
    }))
}

function comparable(day: SeriesDay) {
  const { slots, values, isPartial, scores, sizes } = day
  return {
    slots,
    isPartial,
    scores,
    values: withoutMinusZero(values),
    sizes: sizes && Object.entries(sizes).map(([name, column]) => [name, withoutMinusZero(column)]),
  }
}

/** The one number that need not survive. */
function withoutMinusZero(values: Float64Array): Float64Array {
  return values.map((value) => (value === 0 ? 0 : value))
}
