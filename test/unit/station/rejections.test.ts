import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deviceId } from '../../../src/contract/model/device.ts'
import { rejection, type Rejection } from '../../../src/contract/model/status.ts'
import {
  countRejection,
  createRejectionCounts,
  type RefusedInput,
  type RejectionCounts,
} from '../../../src/station/rejections.ts'

function countsOf(fleet: readonly string[] = []) {
  return createRejectionCounts({
    strangers: new Set(),
    isOfFleet: (name) => fleet.includes(name),
  })
}

function refused(name: string | null, rest: Partial<RefusedInput> = {}): RefusedInput {
  return {
    sourceId: 'mqtt',
    deviceId: name === null ? null : deviceId.parse(name),
    reason: 'malformed',
    detail: 'not JSON',
    at: 1000,
    ...rest,
  }
}

describe('refused inputs', () => {
  test('are all counted, by source, device and reason', () => {
    const input = fc.record({
      name: fc.constantFrom(null, 'pump-1', 'pump-2'),
      sourceId: fc.constantFrom('mqtt', 'embedded'),
      reason: fc.constantFrom('malformed' as const, 'duplicate' as const),
    })
    fc.assert(
      fc.property(fc.array(input, { maxLength: 40 }), (inputs) => {
        const counts = countsOf(['pump-1'])
        for (const { name, ...rest } of inputs) countRejection(counts, refused(name, rest))
        const taken = drain(counts)
        expect(taken.reduce((sum, { count }) => sum + count, 0)).toBe(inputs.length)
        for (const each of taken) {
          const same = inputs.filter(
            (a) =>
              a.name === each.deviceId && a.sourceId === each.sourceId && a.reason === each.reason,
          )
          expect(rejection.parse(each).count).toBe(same.length)
        }
      }),
    )
  })

  test('keep the time of the first and the last, and what was wrong with the last', () => {
    const counts = countsOf()
    countRejection(counts, refused('pump-1', { at: 5, detail: 'first' }))
    countRejection(counts, refused('pump-1', { at: 9, detail: 'last' }))
    expect(drain(counts)).toMatchObject([{ count: 2, firstAt: 5, lastAt: 9, lastDetail: 'last' }])
  })

  test('are handed out once', () => {
    const counts = countsOf()
    countRejection(counts, refused('pump-1'))
    expect(drain(counts)).toHaveLength(1)
    expect(drain(counts)).toEqual([])
  })

  test('have a detail of bounded length', () => {
    const counts = countsOf()
    countRejection(counts, refused(null, { detail: 'x'.repeat(100_000) }))
    expect(drain(counts)[0]?.lastDetail).toHaveLength(200)
  })
})

describe('strange names', () => {
  test('beyond a thousand are counted together, so that inventing names fills no memory', () => {
    const counts = countsOf()
    for (let index = 0; index < 5000; index += 1) countRejection(counts, refused(`x${index}`))
    const taken = drain(counts)
    expect(taken).toHaveLength(1001)
    expect(taken.find((each) => each.deviceId === null)?.count).toBe(4000)
  })

  test('stay bounded over any number of saves', () => {
    const counts = countsOf()
    for (let index = 0; index < 5000; index += 1) {
      countRejection(counts, refused(`x${index}`))
      drain(counts)
    }
    expect(counts.strangers.size).toBe(1000)
  })

  test('never crowd out a device of the fleet', () => {
    const counts = countsOf(['pump-1'])
    for (let index = 0; index < 2000; index += 1) countRejection(counts, refused(`x${index}`))
    countRejection(counts, refused('pump-1'))
    expect(drain(counts).some((each) => each.deviceId === 'pump-1')).toBe(true)
  })
})

/** What the store would be given. */
function drain({ pending }: RejectionCounts): Rejection[] {
  const all = [...pending.values()]
  pending.clear()
  return all
}
