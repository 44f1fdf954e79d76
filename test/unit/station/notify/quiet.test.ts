import { describe, expect, test } from 'vitest'
import type { QuietHours } from '../../../../src/contract/model/settings.ts'
import { nextMorning } from '../../../../src/contract/words/morning.ts'
import { isQuiet } from '../../../../src/station/notify/quiet.ts'

/** Local times of November 2026; the 22nd is a Sunday. */
const at = (day: number, hour: number, minute = 0) =>
  new Date(2026, 10, day, hour, minute).getTime()

const within = (quietHours: QuietHours, now: number) =>
  isQuiet({ quietHours, pausedUntil: null }, now)

describe('quiet hours', () => {
  const weekend: QuietHours = { from: '09:00', to: '17:30', days: ['sat', 'sun'] }
  const nights: QuietHours = { from: '22:00', to: '06:00', days: ['fri'] }

  test('hold from their first minute to the one before their last, on their days', () => {
    expect(within(weekend, at(22, 8, 59))).toBe(false)
    expect(within(weekend, at(22, 9))).toBe(true)
    expect(within(weekend, at(22, 17, 29))).toBe(true)
    expect(within(weekend, at(22, 17, 30))).toBe(false)
    expect(within(weekend, at(23, 12))).toBe(false)
  })

  test('over midnight belong to the day on which they begin', () => {
    expect(within(nights, at(20, 21, 59))).toBe(false)
    expect(within(nights, at(20, 22))).toBe(true)
    expect(within(nights, at(21, 5, 59))).toBe(true)
    expect(within(nights, at(21, 6))).toBe(false)
    expect(within(nights, at(21, 23))).toBe(false)
    expect(within(nights, at(20, 3))).toBe(false)
  })

  test('over midnight on Saturday reach into Sunday', () => {
    expect(within({ ...nights, days: ['sat'] }, at(22, 1))).toBe(true)
  })

  test('that nobody set, and a pause that is over, keep nothing quiet', () => {
    expect(isQuiet({ quietHours: null, pausedUntil: null }, at(22, 3))).toBe(false)
    expect(isQuiet({ quietHours: null, pausedUntil: at(22, 3) }, at(22, 3))).toBe(false)
    expect(isQuiet({ quietHours: null, pausedUntil: at(22, 3) }, at(22, 3) - 1)).toBe(true)
  })
})

test('the next morning is at six, today or tomorrow', () => {
  expect(nextMorning(at(22, 5, 59))).toBe(at(22, 6))
  expect(nextMorning(at(22, 6))).toBe(at(23, 6))
})
