import { describe, expect, test } from 'vitest'
import { usualPreferences } from '../../../src/contract/model/settings.ts'
import { readSetting, settingsByName } from '../../../src/cli/setting-values.ts'

const now = Date.UTC(2026, 10, 22, 3)

test.for([
  ['quiet-hours', '22:00-06:00', { quietHours: allWeek('22:00', '06:00') }],
  [
    'quiet-hours',
    '21:30-05:45 sat,sun',
    { quietHours: { from: '21:30', to: '05:45', days: ['sat', 'sun'] } },
  ],
  ['quiet-hours', 'off', { quietHours: null }],
  ['paused-until', '2h', { pausedUntil: now + 7_200_000 }],
  ['paused-until', '2026-11-23T06:00:00Z', { pausedUntil: Date.UTC(2026, 10, 23, 6) }],
  ['paused-until', 'off', { pausedUntil: null }],
  ['notify-severities', 'critical,high', { notifySeverities: ['critical', 'high'] }],
  ['notify-severities', 'none', { notifySeverities: [] }],
  ['store-limit', '2.5GB', { storeLimitBytes: 2_500_000_000 }],
  ['store-limit', '500 MB', { storeLimitBytes: 500_000_000 }],
  ['store-limit', 'off', { storeLimitBytes: null }],
  ['listen-only', 'on', { listenOnly: true }],
  ['listen-only', 'off', { listenOnly: false }],
] as const)('%s takes %s', ([name, text, change]) => {
  expect(readSetting(name, text, now)).toEqual(change)
})

test.for([
  ['quiet-hours', '22:00'],
  ['quiet-hours', '25:00-06:00'],
  ['quiet-hours', '06:00-06:00'],
  ['quiet-hours', '22:00-06:00 someday'],
  ['paused-until', 'soon'],
  ['notify-severities', 'bad'],
  ['store-limit', '1MB'],
  ['store-limit', '10 boxes'],
  ['listen-only', 'maybe'],
  ['listen-only', 'toString'],
] as const)('%s refuses %s and says what it takes', ([name, text]) => {
  expect(() => readSetting(name, text, now)).toThrow(
    expect.objectContaining({
      code: 'INPUT_INVALID',
      message: expect.stringContaining(settingsByName[name]?.usage ?? 'no such setting'),
    }),
  )
})

test('a name that is none is answered with all that are', () => {
  expect(() => readSetting('constructor', 'on', now)).toThrow(/quiet-hours.*listen-only/)
})

describe('what is shown of a setting', () => {
  test('can be given again', () => {
    const preferences = {
      quietHours: { from: '21:30', to: '05:45', days: ['sat' as const] },
      pausedUntil: now,
      notifySeverities: ['critical' as const],
      storeLimitBytes: 17_000_001,
      listenOnly: true,
    }
    for (const kept of [preferences, usualPreferences]) {
      for (const [name, { show, key }] of Object.entries(settingsByName)) {
        expect(readSetting(name, show(kept), now)).toEqual({ [key]: kept[key] })
      }
    }
  })
})

function allWeek(from: string, to: string) {
  return { from, to, days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] }
}
