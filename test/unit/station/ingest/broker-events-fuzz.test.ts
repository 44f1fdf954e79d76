import { expect, test } from 'vitest'
import { fuzzBrokerEvents } from '../../../fuzz/broker-events.fuzz.ts'

test('twenty thousand hostile events of brokers are taken, ignored or refused, and nothing else happens', () => {
  const { taken, ignored, refused, samples, peakMb } = fuzzBrokerEvents({ inputs: 20_000, seed: 1 })
  expect(taken).toBeGreaterThan(5000)
  expect(ignored).toBeGreaterThan(500)
  expect(samples).toBeGreaterThan(1000)
  const reasons = ['bad-device-name', 'duplicate', 'malformed', 'oversized']
  expect(Object.keys(refused).sort()).toEqual(reasons)
  // A name that is no device's is refused of a message that is taken all the same.
  const { malformed = 0, duplicate = 0, oversized = 0 } = refused
  expect(taken + ignored + malformed + duplicate + oversized).toBe(20_000)
  expect(peakMb).toBeLessThan(1000)
}, 60_000)
