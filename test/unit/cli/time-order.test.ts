import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rowsInTimeOrder } from '../../../src/cli/detect/time-order.ts'

test('rows come by time, those of one time as they were', () => {
  const times = fc.array(fc.integer({ min: -20, max: 20 }), { maxLength: 60 })
  fc.assert(
    fc.property(times, (at) => {
      const expected = at.map((_, row) => row).sort((a, b) => (at[a] ?? 0) - (at[b] ?? 0) || a - b)
      expect([...rowsInTimeOrder(Float64Array.from(at))]).toEqual(expected)
    }),
  )
})
