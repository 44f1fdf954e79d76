import { expect, test } from 'vitest'
import { calmLimits } from '../../../../src/detect/trained/calm.ts'
import { componentsOf } from '../../../../src/detect/trained/components.ts'
import { strangenessLimits } from '../../../../src/detect/trained/limits.ts'
import { quietLimits } from '../../../../src/detect/trained/scoring.ts'
import { learn } from './learned.ts'
import { day, mixedFleet, recordOf } from './mixed-fleet.ts'

const seed = 3

test('a component is calm however far it goes to a side that it does not look at', () => {
  const { metrics } = learn(recordOf(mixedFleet(seed, 4), { slots: 4 * day }))
  const ends = metrics.flatMap((metric) => {
    if (metric?.family !== 'dense') return []
    const asked = { quiet: quietLimits(metric.tails), limits: strangenessLimits(metric) }
    const calm = calmLimits(metric, asked, 0)
    return componentsOf(metric).flatMap(({ sides }, component) => {
      if (sides === 'above') return [calm[2 * component]]
      return sides === 'below' ? [calm[2 * component + 1]] : []
    })
  })
  expect(ends.length).toBeGreaterThan(0)
  for (const end of ends) expect(Math.abs(end ?? NaN)).toBe(Infinity)
})
