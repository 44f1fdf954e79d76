import { describe, expect, test } from 'vitest'
import { asMetricId, metricOf } from '../../../src/contract/model/aws-metrics.ts'
import type { ComponentEvidence, Explanation } from '../../../src/contract/model/explanation.ts'
import {
  denseComponents,
  jointComponents,
  ratioComponents,
  sparseComponents,
} from '../../../src/detect/trained/components.ts'
import {
  componentLine,
  counterfactualWords,
  courseWords,
  offsetWords,
  recurrenceWords,
  standingWords,
} from '../../../src/renderer/words/reasons.ts'
import { scriptedComponent } from '../../support/scripted-fleet.ts'
import { hostileComponent, lastingReasons } from '../../support/scripted-reasons.ts'

const messages = metricOf(asMetricId('aws:num-messages-sent'))
const bytes = metricOf(asMetricId('aws:all-bytes-out'))
const failures = metricOf(asMetricId('aws:num-authorization-failures'))
const hour = 3_600_000

function line(own: Partial<ComponentEvidence>, metric = messages): string {
  return componentLine(scriptedComponent(own), metric)
}

describe('a part of the evidence', () => {
  test('is told as what it looks at, what it saw and what is usual', () => {
    expect(line({})).toBe('this value: 412 messages, usually 20–60 messages')
    const mean = { spanMs: 8 * hour, observed: 310, expected: { low: 120, high: 240 } }
    const words = 'mean of the last 8 h: 310 messages, usually 120–240 messages'
    expect(line({ ...mean, component: 'shift' })).toBe(words)
    expect(line({ ...mean, component: 'mean-8h' })).toBe(words)
    expect(line({ component: 'low', spanMs: 1.5 * hour })).toMatch(
      /^low end of the last 1 h 30 min:/,
    )
  })

  test('a change has its signs where it has a direction', () => {
    const change = {
      component: 'change',
      spanMs: 900_000,
      expected: { low: -38_000, high: 41_000 },
    }
    expect(line({ ...change, observed: 371_000 }, bytes)).toBe(
      'change from slot to slot of the last 15 min: +371 kB, usually −38 kB to +41 kB',
    )
  })

  test('counts and relations say so', () => {
    const count = { observed: 23, expected: { low: null, high: 3 } }
    expect(line({ ...count, component: 'events in a day', spanMs: 24 * hour }, failures)).toBe(
      'count of the last day: 23 failures, usually at most 3 failures',
    )
    expect(line({ ...count, component: 'events', spanMs: 300_000 }, failures)).toContain(
      'count of this slot: 23 failures',
    )
    expect(line({ component: 'joint hour', spanMs: hour })).toMatch(
      /^mean of the last hour, given the other metrics: 412/,
    )
  })

  test('a silence says how long nothing came', () => {
    const silence = { component: 'silence', spanMs: 3.5 * hour, observed: 0 }
    expect(line({ ...silence, expected: { low: null, high: null } })).toBe(
      'every value of the last 3 h 30 min: 0 messages',
    )
  })

  test('that is not known is shown by its name, made harmless, with its span', () => {
    expect(componentLine(hostileComponent(), messages)).toBe(
      '<b>zigzag</b>\\u202e of the last 2 h: 412 messages',
    )
    expect(line({ component: 'zigzag-2h', spanMs: 2 * hour })).toMatch(/^zigzag of the last 2 h:/)
    expect(line({ component: 'constructor' })).toMatch(/^constructor of this slot:/)
  })

  test.each(
    [...denseComponents, ...jointComponents, ...ratioComponents, ...sparseComponents].map(
      ({ name }) => name,
    ),
  )('of the engine, %s, has words of its own', (component) => {
    const words = line({ component, spanMs: 4 * hour })
    expect(words).not.toMatch(new RegExp(`^${component} of `))
    expect(words).toMatch(
      /^(this value|(mean|all of|every value of|count|change|swings|largest jump|low end|high end) )/,
    )
  })
})

describe('the course', () => {
  const reasons = (components: Partial<ComponentEvidence>[]): Explanation => ({
    ...lastingReasons(),
    components: components.map(scriptedComponent),
  })

  test('is a burst, something lasting, or both', () => {
    expect(courseWords(reasons([{ head: 'fast' }]))).toMatch(/^A burst raised it:/)
    expect(courseWords(lastingReasons())).toMatch(/^What lasts raised it/)
    const both = [{ share: 0.5 }, { share: 0.5, head: 'slow' as const }]
    expect(courseWords(reasons(both))).toMatch(/together\.$/)
  })

  test('says when the metrics no longer fit together', () => {
    expect(courseWords(reasons([{ component: 'joint value' }]))).toContain('do not fit together')
    expect(courseWords(reasons([{}]))).not.toContain('fit together')
  })

  test('is not told without evidence', () => {
    expect(courseWords(reasons([]))).toBe('')
  })
})

test('the counterfactual is a range, open or not, or that there is none', () => {
  const closed = { ...lastingReasons(), counterfactual: { low: 90, high: 260 } }
  expect(counterfactualWords(closed, messages)).toBe(
    'A value within 90–260 messages would not have alarmed.',
  )
  const open = { ...closed, counterfactual: { low: null, high: 47 } }
  expect(counterfactualWords(open, messages)).toBe(
    'A value of at most 47 messages would not have alarmed.',
  )
  expect(counterfactualWords(lastingReasons(), messages)).toContain(
    'what came before, or what the other metrics did, alone alarms',
  )
})

test.each([
  [2_880, 1, 'about once in 10 days for 1 device'],
  [1_000_000, 24, 'about once in 5 months for 24 devices'],
  [10_000, 1000, 'about 29 times a day for 1,000 devices'],
  [10_000_000, 24, 'about once in 4 years for 24 devices'],
  [1e20, 24, 'about once in more than 1,000 years for 24 devices'],
])('1 in %d over %i devices comes %s', (odds, devices, words) => {
  expect(recurrenceWords(odds, devices)).toBe(words)
})

test('another metric was strange before, after or with it', () => {
  expect(offsetWords(-900_000)).toBe('15 min before')
  expect(offsetWords(300_000)).toBe('5 min after')
  expect(offsetWords(0)).toBe('in the same slot')
})

test('a device far from its peers is said to be', () => {
  expect(standingWords({ device: 96, fleet: 44 })).toContain('above')
  expect(standingWords({ device: 18, fleet: 41 })).toContain('below')
  expect(standingWords({ device: 41, fleet: 38 })).toBe('')
  expect(standingWords({ device: 5, fleet: 0 })).toBe('')
})
