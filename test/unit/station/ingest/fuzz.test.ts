import { expect, test } from 'vitest'
import { fuzzIngest } from '../../../fuzz/ingest.fuzz.ts'

test('twenty thousand hostile reports are accepted or refused, and nothing else happens', () => {
  const { accepted, refused, peakMb } = fuzzIngest({ inputs: 20_000, seed: 1 })
  const counts = Object.values(refused)
  expect(accepted + counts.reduce((sum, count) => sum + count, 0)).toBe(20_000)
  expect(accepted).toBeGreaterThan(1000)
  expect(Object.keys(refused)).toEqual(
    expect.arrayContaining([
      'malformed',
      'wrong-type',
      'duplicate',
      'too-frequent',
      'bad-device-name',
      'other topic',
    ]),
  )
  expect(peakMb).toBeLessThan(1000)
}, 60_000)
