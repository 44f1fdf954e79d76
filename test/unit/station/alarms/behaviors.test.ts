import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { asMetricId } from '../../../../src/contract/model/aws-metrics.ts'
import { securityProfile } from '../../../../src/contract/model/profile.ts'
import { behaviorsByMetric, examine } from '../../../../src/station/alarms/behaviors.ts'
import { defaultProfile } from '../../../../src/station/alarms/default-profile.ts'
import { datapointOf, learnedOf, limitOf, verdictOf } from './evidence.ts'

const outcomeOf = (...[behavior, datapoint, verdict = null]: Parameters<typeof examine>) =>
  examine(behavior, datapoint, verdict).outcome

describe('a limit', () => {
  test.each([
    ['less-than', [99], [100, 101]],
    ['less-than-equals', [99, 100], [101]],
    ['greater-than', [101], [100, 99]],
    ['greater-than-equals', [101, 100], [99]],
  ])('of %s 100 says what is normal', (operator, normal, violating) => {
    for (const value of normal) {
      expect(outcomeOf(limitOf(operator, 100), datapointOf(value), null)).toBe('conforming')
    }
    for (const value of violating) {
      expect(outcomeOf(limitOf(operator, 100), datapointOf(value), null)).toBe('violating')
    }
  })

  test('shows what would have been expected, with an open end', () => {
    expect(examine(limitOf('less-than', 100), datapointOf(7), null)).toMatchObject({
      value: 7,
      expected: { low: null, high: 100 },
    })
    expect(examine(limitOf('greater-than', 100), datapointOf(7), null)).toMatchObject({
      expected: { low: 100, high: null },
    })
  })

  test('compares a counter by its sum and a gauge by its last value', () => {
    const measure = { count: 3, sum: 90, min: 10, max: 60, last: 20 }
    const ports = 'aws:num-listening-tcp-ports'
    expect(examine(limitOf('less-than', 50), datapointOf(measure), null).value).toBe(90)
    expect(
      examine(limitOf('less-than', 50), datapointOf(measure, { metric: ports }), null).value,
    ).toBe(20)
  })

  test('on message size holds for every single message', () => {
    const metric = 'aws:message-byte-size'
    const sizes = datapointOf({ count: 4, sum: 400, min: 40, max: 220, last: 60 }, { metric })
    expect(examine(limitOf('less-than-equals', 219), sizes, null)).toMatchObject({
      outcome: 'violating',
      value: 220,
    })
    expect(outcomeOf(limitOf('less-than-equals', 220), sizes, null)).toBe('conforming')
    expect(examine(limitOf('greater-than', 40), sizes, null)).toMatchObject({
      outcome: 'violating',
      value: 40,
    })
    expect(outcomeOf(limitOf('greater-than', 39), sizes, null)).toBe('conforming')
  })

  test('takes a partial counter for proof of too much only', () => {
    const operators = fc.constantFrom(
      'less-than',
      'less-than-equals',
      'greater-than',
      'greater-than-equals',
    )
    fc.assert(
      fc.property(
        operators,
        fc.nat({ max: 200 }),
        fc.nat({ max: 200 }),
        (operator, value, rest) => {
          const behavior = limitOf(operator, 100)
          const part = outcomeOf(behavior, datapointOf(value, { isPartial: true }), null)
          const whole = outcomeOf(behavior, datapointOf(value + rest), null)
          expect(['unknown', 'violating']).toContain(part)
          if (part === 'violating') expect(whole).toBe('violating')
          if (operator.startsWith('greater')) expect(part).toBe('unknown')
        },
      ),
    )
  })
})

describe('a learned behavior', () => {
  test.each([
    ['LOW', 4],
    ['MEDIUM', 5],
    ['HIGH', 6],
  ])('of confidence %s is violated from a score of %d on', (confidence, score) => {
    const behavior = learnedOf(confidence)
    expect(outcomeOf(behavior, datapointOf(1), verdictOf(score))).toBe('violating')
    expect(outcomeOf(behavior, datapointOf(1), verdictOf(score - 0.01))).toBe('conforming')
    expect(outcomeOf(behavior, datapointOf(1), verdictOf(score, 'below'))).toBe('violating')
  })

  test('shows the range of its own confidence', () => {
    const finding = examine(learnedOf('MEDIUM'), datapointOf(1), verdictOf(0))
    expect(finding.expected).toEqual({ low: 20, high: 80 })
  })

  test('says nothing where there is no model', () => {
    expect(examine(learnedOf('LOW'), datapointOf(3), null)).toEqual({
      outcome: 'unknown',
      value: 3,
      expected: { low: null, high: null },
    })
  })

  test('neither raises nor clears an alarm on a device that is known for less than a day', () => {
    const strange = { ...verdictOf(9), isProvisional: true }
    const usual = { ...verdictOf(0), isProvisional: true }
    expect(outcomeOf(learnedOf('HIGH'), datapointOf(900), strange)).toBe('unknown')
    expect(outcomeOf(learnedOf('HIGH'), datapointOf(9), usual)).toBe('unknown')
  })

  test('takes a partial value for proof of too much only', () => {
    const partial = datapointOf(1, { isPartial: true })
    expect(outcomeOf(learnedOf('LOW'), partial, verdictOf(9, 'above'))).toBe('violating')
    expect(outcomeOf(learnedOf('LOW'), partial, verdictOf(9, 'below'))).toBe('unknown')
    expect(outcomeOf(learnedOf('LOW'), partial, verdictOf(0, 'above'))).toBe('unknown')
  })
})

test('behaviors are found by the metric they watch, with the profile they are of', () => {
  const own = securityProfile.parse({
    securityProfileName: 'own',
    behaviors: [{ ...limitOf('less-than', 5), name: 'few-bytes' }],
  })
  const found = behaviorsByMetric([defaultProfile, own])
  expect(found.size).toBe(14)
  const bytesOut = found.get(asMetricId('aws:all-bytes-out')) ?? []
  expect(bytesOut.map((each) => `${each.securityProfileName} ${each.behavior.name}`)).toEqual([
    'Picket-default all-bytes-out',
    'own few-bytes',
  ])
})
