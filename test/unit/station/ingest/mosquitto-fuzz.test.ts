import { expect, test } from 'vitest'
import { fuzzMosquittoLog } from '../../../fuzz/mosquitto-log.fuzz.ts'

test('twenty thousand hostile lines of a log are counted or refused, and nothing else happens', () => {
  const { lines, tooLong, samples, refused } = fuzzMosquittoLog({ inputs: 20_000, seed: 1 })
  expect(lines + tooLong).toBeGreaterThanOrEqual(20_000)
  expect(tooLong).toBeGreaterThan(10)
  expect(samples).toBeGreaterThan(100)
  expect(Object.keys(refused)).toEqual(
    expect.arrayContaining(['malformed', 'oversized', 'bad-device-name']),
  )
}, 60_000)
