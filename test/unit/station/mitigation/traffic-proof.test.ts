import { describe, expect, test } from 'vitest'
import { slotMs } from '../../../../src/contract/model/time.ts'
import { isolationProof, returnProof } from '../../../../src/station/mitigation/traffic-proof.ts'

const since = 1_790_000_000_000

/** What was seen so long after the act. */
function seen(afterMs: number, counts: { messages?: number; refusedAttempts?: number } = {}) {
  const { messages = 0, refusedAttempts = 0 } = counts
  return {
    since,
    now: since + afterMs,
    proofMs: 60_000,
    messages,
    refusedAttempts,
    blindness: null,
  }
}

describe('a device that was released', () => {
  const readBack = ''

  test('is back with its first message', () => {
    const { state } = returnProof(seen(1000, { messages: 1 }), { isThere: true, readBack })
    expect(state).toBe('back')
  })

  test('that is connected is given two slots to publish before it is missed', () => {
    const after = (ms: number) => returnProof(seen(ms), { isThere: true, readBack }).state
    expect(after(2 * slotMs - 1)).toBe('watching')
    expect(after(2 * slotMs)).toBe('not-back')
  })

  test('that is not connected is missed as soon as it was watched for long enough', () => {
    const after = (ms: number) => returnProof(seen(ms), { isThere: false, readBack }).state
    expect(after(59_999)).toBe('watching')
    expect(after(60_000)).toBe('not-back')
  })
})

test('a device that should be isolated is proved so by its silence, and not by one message', () => {
  const broker = { isInForce: true, isTicket: false, readBack: '' }
  const proof = (messages: number) =>
    isolationProof(seen(60_000, { messages, refusedAttempts: 14 }), broker)
  expect(proof(0)).toMatchObject({
    state: 'isolated',
    sentence: 'isolated: 0 messages in 60 s, 14 refused attempts',
  })
  expect(proof(1).state).toBe('not-isolated')
})
