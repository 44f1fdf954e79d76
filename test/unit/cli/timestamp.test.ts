import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { timestampOf } from '../../../src/cli/detect/timestamp.ts'

describe('a timestamp of a file', () => {
  test.each([
    ['2026-03-01T10:20:30Z', '2026-03-01T10:20:30.000Z'],
    ['2026-03-01T10:20:30', '2026-03-01T10:20:30.000Z'],
    ['2026-03-01 10:20:30', '2026-03-01T10:20:30.000Z'],
    ['2026-03-01 10:20:30.250', '2026-03-01T10:20:30.250Z'],
    ['2026-03-01T10:20', '2026-03-01T10:20:00.000Z'],
    ['2026-03-01', '2026-03-01T00:00:00.000Z'],
    ['2026-03-01T10:20:30+02:00', '2026-03-01T08:20:30.000Z'],
    ['2026-03-01T10:20:30-0530', '2026-03-01T15:50:30.000Z'],
    ['2026-03-01 10:20:30+01', '2026-03-01T09:20:30.000Z'],
    ['2024-02-29T00:00:00z', '2024-02-29T00:00:00.000Z'],
    [' 2026-03-01T10:20:30Z ', '2026-03-01T10:20:30.000Z'],
  ])('%j is %s', (text, expected) => {
    expect(new Date(timestampOf(text) ?? NaN).toISOString()).toBe(expected)
  })

  test.each([
    ['1577750400000', 1_577_750_400_000],
    ['0', 0],
    ['-1', -1],
    ['1577750400000.5', 1_577_750_400_000.5],
  ])('%j is epoch milliseconds', (text, at) => {
    expect(timestampOf(text)).toBe(at)
  })

  test.each([
    '',
    'now',
    '2026-13-01',
    '2026-00-10',
    '2026-02-29',
    '2026-04-31T00:00:00Z',
    '2026-03-01T24:00:00Z',
    '2026-03-01T10:60:00Z',
    '2026-03-01T10:20:61Z',
    '2026-03-01T10:20:30+25:00',
    '2026-3-1',
    '01.03.2026',
    '1e12',
    '0x10',
    'NaN',
    'Infinity',
    '99999999999999999',
  ])('%j is none', (text) => {
    expect(timestampOf(text)).toBeNull()
  })

  test('any moment survives being written as ISO 8601 and as a number', () => {
    const moments = fc.integer({ min: Date.UTC(1000, 0), max: Date.UTC(9999, 0) })
    fc.assert(
      fc.property(moments, (at) => {
        expect(timestampOf(new Date(at).toISOString())).toBe(at)
        expect(timestampOf(String(at))).toBe(at)
      }),
    )
  })
})
