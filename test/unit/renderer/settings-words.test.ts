import { describe, expect, test } from 'vitest'
import { usualPreferences } from '../../../src/contract/model/settings.ts'
import { listeningWords } from '../../../src/contract/words/diagnostics.ts'
import {
  isPaused,
  limitText,
  nextMorning,
  quietHoursForm,
  readLimit,
  readQuietHours,
  type QuietHoursForm,
} from '../../../src/renderer/words/settings.ts'

describe('quiet hours', () => {
  const kept = { from: '22:00', to: '06:00', days: ['sat' as const] }

  test('that are written as they were kept are the same', () => {
    expect(readQuietHours(quietHoursForm(kept))).toEqual({ value: kept, mistake: '' })
    expect(readQuietHours(quietHoursForm(null))).toEqual({ value: null, mistake: '' })
  })

  test.for<[Partial<QuietHoursForm>, string]>([
    [{ days: [] }, 'at least one day'],
    [{ from: '06:00' }, 'must differ'],
    [{ from: '6 am' }, 'written as 22:00'],
    [{ to: '24:00' }, 'written as 22:00'],
  ])('%j are refused', ([wrong, mistake]) => {
    const form = { ...quietHoursForm(kept), ...wrong }
    expect(readQuietHours(form).mistake).toContain(mistake)
  })
})

describe('a limit in gigabytes', () => {
  test.for([
    ['2', 2_000_000_000],
    ['0.5', 500_000_000],
    ['0,02', 20_000_000],
  ] as const)('%s is %d bytes', ([text, bytes]) => {
    expect(readLimit(text)).toEqual({ bytes, mistake: '' })
    expect(limitText(bytes)).toBe(String(Number(text.replace(',', '.'))))
  })

  test.for(['', 'much', '-1', '0.001', '1e3'])('%j is refused', (text) => {
    expect(readLimit(text).mistake).not.toBe('')
  })
})

describe('a pause', () => {
  test('is over at its instant', () => {
    expect(isPaused({ ...usualPreferences, pausedUntil: 100 }, 99)).toBe(true)
    expect(isPaused({ ...usualPreferences, pausedUntil: 100 }, 100)).toBe(false)
    expect(isPaused(usualPreferences, 0)).toBe(false)
  })

  test('until morning ends at the next six o’clock of the reader', () => {
    for (const hour of [0, 5, 6, 23]) {
      const now = new Date(2026, 10, 22, hour, 30).getTime()
      const morning = new Date(nextMorning(now))
      expect([morning.getHours(), morning.getMinutes()]).toEqual([6, 0])
      expect(morning.getTime()).toBeGreaterThan(now)
      expect(morning.getTime() - now).toBeLessThanOrEqual(86_400_000)
    }
  })
})

describe('what was sent since listen-only began', () => {
  test('names what must be nothing, what may be, and all that is neither', () => {
    expect(listeningWords([])).toBe('0 publishes, 0 acknowledgements, 0 pings')
    const counts = { puback: 3, pubrec: 1, pingreq: 1, publish: 2, subscribe: 4 }
    const sent = Object.entries(counts).map(([type, count]) => ({ type, count }))
    expect(listeningWords(sent)).toBe('2 publishes, 4 acknowledgements, 1 ping, 4 subscribe')
  })
})
