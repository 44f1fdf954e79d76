import { expect, test } from 'vitest'
import type { Measured, Outcome } from '../../bench/observe/runs.ts'
import { isNothingLost, isRateHeld, tableOf, type Figures } from '../../bench/observe/table.ts'

function measured(own: Partial<Measured>): Measured {
  return {
    ...{ perSecond: 25_000, offeredPerSecond: 40_000, published: 1000, arrived: 1000 },
    ...{ cpuMicroseconds: 12, cores: 0.5, peakMb: 300, longestStallMs: 20 },
    ...own,
  }
}

function figures(...outcomes: Partial<Outcome>[]): Figures {
  return {
    ...{ date: '2026-01-01', processor: 'one', cores: 2, memoryGigabytes: 4, node: 'v24' },
    ...{ loadBefore: 0, devices: 10, seconds: 6 },
    outcomes: outcomes.map((own) => ({
      ...{ source: 'embedded broker', stream: '', station: measured({}), bare: null },
      ...own,
    })),
  }
}

test('one message that is not in the database is a loss, and shows', () => {
  expect(isNothingLost(figures({}, {}))).toBe(true)
  const lossy = figures({}, { station: measured({ arrived: 999 }) })
  expect(isNothingLost(lossy)).toBe(false)
  expect(tableOf(lossy)).toContain('| 999 of 1,000 |')
})

test('the rate is held by the embedded broker, and by no other source', () => {
  const slow = { station: measured({ perSecond: 19_000 }) }
  expect(isRateHeld(figures(slow, {}))).toBe(true)
  expect(isRateHeld(figures(slow, { source: 'emqx' }))).toBe(false)
  expect(tableOf(figures(slow))).toContain('20,000 messages/s were NOT sustained')
})

test('a bare reader is held against the station, and one that took all is marked', () => {
  const bare = measured({ perSecond: 50_000, cpuMicroseconds: 4, peakMb: 100 })
  const row = tableOf(figures({ bare }))
    .split('\n')
    .find((line) => line.startsWith('| embedded broker'))
  expect(row).toBe(
    '| embedded broker |  | 40,000 | 25,000 | 50,000 (all) | 0.50 | 12.0 | 4.0 | 3.00 | 0.50 | 300 | 100 | 3.00 | 20 | 20 | all of 1,000 | all of 1,000 |',
  )
})
