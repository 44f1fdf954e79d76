import { describe, expect, test } from 'vitest'
import { formatAgo, formatSpan } from '../../../src/renderer/words/age.ts'
import { formatExact, formatMoment } from '../../../src/renderer/words/instant.ts'
import {
  formatBytes,
  formatChange,
  formatExcess,
  formatOdds,
  formatRange,
  formatValue,
} from '../../../src/renderer/words/value.ts'

const minute = 60_000
const hour = 60 * minute

describe('spans', () => {
  test.each([
    [0, '0 s'],
    [14_900, '14 s'],
    [59_999, '59 s'],
    [minute, '1 min'],
    [hour, '1 h'],
    [2 * hour + 5 * minute, '2 h 5 min'],
    [76 * hour + 59 * minute, '3 d 4 h'],
    [-5000, '0 s'],
  ])('%i ms is told as %s', (ms, words) => {
    expect(formatSpan(ms)).toBe(words)
  })

  test('a span of the past says so', () => {
    expect(formatAgo(14_000)).toBe('14 s ago')
  })
})

describe('instants', () => {
  const at = Date.UTC(2026, 10, 22, 2, 15, 7)

  test('are told with their day and, exactly, with their zone', () => {
    expect(formatMoment(at, 'utc')).toBe('22 Nov 02:15')
    expect(formatExact(at, 'utc')).toBe('2026-11-22 02:15:07 UTC')
  })

  test('an exact local one names the offset that it was shifted by', () => {
    const words = formatExact(at, 'local')
    expect(words).toMatch(/^2026-11-2\d \d\d:15:07 [+-]\d\d:\d\d$/)
    expect(Date.parse(words.replace(' ', 'T').replace(' ', ''))).toBe(at)
  })
})

describe('values', () => {
  const messages = { unit: 'messages' }
  const bytes = { unit: 'bytes' }
  const bare = { unit: '' }

  test('have their unit, in the singular for one', () => {
    expect(formatValue(412, messages)).toBe('412 messages')
    expect(formatValue(1, messages)).toBe('1 message')
    expect(formatValue(2_016_000, messages)).toBe('2,016,000 messages')
  })

  test('of bytes have the unit that fits', () => {
    expect(formatValue(1, bytes)).toBe('1 byte')
    expect(formatBytes(999)).toBe('999 bytes')
    expect(formatBytes(1_234_000)).toBe('1.23 MB')
    expect(formatBytes(-2500)).toBe('-2.5 kB')
  })

  test('that are not whole keep three digits', () => {
    expect(formatValue(3.14159, bare)).toBe('3.14')
    expect(formatValue(0.000123456, bare)).toBe('0.000123')
    expect(formatValue(NaN, bare)).toBe('–')
  })

  test('expected ones are a range, an open one or anything', () => {
    expect(formatRange({ low: 20, high: 60 }, messages)).toBe('20–60 messages')
    expect(formatRange({ low: 20, high: 20 }, messages)).toBe('20 messages')
    expect(formatRange({ low: null, high: 5 }, messages)).toBe('at most 5 messages')
    expect(formatRange({ low: 5, high: null }, messages)).toBe('at least 5 messages')
    expect(formatRange({ low: null, high: null }, messages)).toBe('anything')
  })

  test('ranges and changes on both sides of nothing keep their signs', () => {
    expect(formatRange({ low: -40, high: 60 }, bare)).toBe('-40 to 60')
    expect(formatChange(371, messages)).toBe('+371 messages')
    expect(formatChange(-2500, bytes)).toBe('−2.5 kB')
    expect(formatChange(0, messages)).toBe('0 messages')
  })

  test('of decades are told as odds: more of them is rarer, not larger', () => {
    const decades = { unit: 'decades' }
    expect(formatValue(6.3, decades)).toBe('1 in 2,000,000')
    expect(formatRange({ low: 0, high: 6 }, decades)).toBe('no rarer than 1 in 1,000,000')
    expect(formatRange({ low: null, high: 5 }, decades)).toBe('no rarer than 1 in 100,000')
    expect(formatRange({ low: 1, high: 4 }, decades)).toBe('1 in 10 – 1 in 10,000')
  })

  test('a range of bytes across units names both', () => {
    expect(formatRange({ low: 17_000, high: 72_000 }, bytes)).toBe('17–72 kB')
    expect(formatRange({ low: 900, high: 72_000 }, bytes)).toBe('900 bytes – 72 kB')
  })

  test('outside of a range are told as a ratio, where one tells anything', () => {
    expect(formatExcess(412, { low: 20, high: 60 })).toBe('6.9 times the top')
    expect(formatExcess(23, { low: null, high: 5 })).toBe('4.6 times the limit')
    expect(formatExcess(4, { low: 20, high: 60 })).toBe('0.2 of the bottom')
    expect(formatExcess(61, { low: 20, high: 60 })).toBe('')
    expect(formatExcess(9, { low: 0, high: 0 })).toBe('')
  })

  test('odds are rounded to two digits and do not pretend beyond a billion', () => {
    expect(formatOdds(312_345)).toBe('1 in 310,000')
    expect(formatOdds(7)).toBe('1 in 7')
    expect(formatOdds(3e12)).toBe('less than 1 in 1,000,000,000')
  })
})
