import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { disjointFilters, parseDeviceTopic } from '../../../../src/station/ingest/device-topic.ts'
import { mqttSettings } from '../../../../src/station/settings.ts'

const name = fc.string({ minLength: 1 }).filter((text) => !text.includes('/'))

describe('the pattern site/{device}/#', () => {
  const { filter, deviceOf } = parseDeviceTopic('site/{device}/#')

  test('subscribes to every device', () => {
    expect(filter).toBe('site/+/#')
  })

  test('finds any device in any topic below it, and in the one at its root', () => {
    fc.assert(
      fc.property(name, fc.string(), (device, rest) => {
        expect(deviceOf(`site/${device}/${rest}`)).toBe(device)
        expect(deviceOf(`site/${device}`)).toBe(device)
      }),
    )
  })

  test.each(['site', 'site/', 'site//state', 'sites/a/b', 'x/site/a/b', '/site/a', 'Site/a'])(
    'finds none in %j',
    (topic) => {
      expect(deviceOf(topic)).toBeNull()
    },
  )
})

test('a pattern without # takes just the topics of its own length', () => {
  const { filter, deviceOf } = parseDeviceTopic('a/{device}/up')
  expect(filter).toBe('a/+/up')
  expect(deviceOf('a/d1/up')).toBe('d1')
  expect(deviceOf('a/d1/up/x')).toBeNull()
  expect(deviceOf('a/d1/down')).toBeNull()
})

test('signs that mean something in an expression mean themselves in a pattern', () => {
  const part = fc
    .string({ minLength: 1, unit: 'binary-ascii' })
    .filter((text) => /^[^{}#+/]+$/.test(text))
  fc.assert(
    fc.property(part, part, name, (before, after, device) => {
      const pattern = `${before}/{device}/${after}/#`
      const settings = { kind: 'mqtt', id: 'a', url: 'mqtt://b', deviceTopics: [pattern] }
      fc.pre(mqttSettings.safeParse(settings).success)
      const { deviceOf } = parseDeviceTopic(pattern)
      expect(deviceOf(`${before}/${device}/${after}/x`)).toBe(device)
      expect(deviceOf(`${before}!/${device}/${after}/x`)).toBeNull()
    }),
  )
})

describe('filters made disjoint', () => {
  const level = fc.constantFrom('a', 'b', '+', '$x', '')
  const filter = fc
    .tuple(fc.array(level, { minLength: 1, maxLength: 4 }), fc.boolean())
    .map(([levels, isOpen]) => [...levels, ...(isOpen ? ['#'] : [])].join('/'))
  const topic = fc
    .array(fc.constantFrom('a', 'b', 'c', '$x', ''), { minLength: 1, maxLength: 5 })
    .map((levels) => levels.join('/'))

  test('match a topic once where any of the given ones does', () => {
    fc.assert(
      fc.property(fc.array(filter, { maxLength: 6 }), topic, (filters, each) => {
        const disjoint = disjointFilters(filters)
        const matching = disjoint.filter((other) => matches(other, each))
        expect(matching.length).toBeLessThanOrEqual(1)
        if (filters.some((other) => matches(other, each))) expect(matching).toHaveLength(1)
      }),
      { numRuns: 5000 },
    )
  })

  test('are the given ones where those do not overlap', () => {
    const apart = ['$aws/things/+/x', 'site/+/#', 'line/+', '$SYS/#', '/', 'a']
    expect(disjointFilters(apart)).toEqual(apart)
  })

  test.each([
    [['site/+/#', 'site/+/status'], ['site/+/#']],
    [['site/+/status', 'site/+/#'], ['site/+/#']],
    [['a/+', '+/b'], ['+/+']],
    [['a/#', 'a'], ['a/#']],
    [
      ['#', 'a/b', '$SYS/#'],
      ['#', '$SYS/#'],
    ],
    [['a/+/#', '+/b/c', 'x/b/c'], ['+/+/#']],
  ])('%j become %j', (filters, disjoint) => {
    expect(disjointFilters(filters)).toEqual(disjoint)
  })
})

/** MQTT 3.1.1, 4.7, level by level. */
function matches(filter: string, topic: string): boolean {
  const filters = filter.split('/')
  const levels = topic.split('/')
  if (levels[0]?.startsWith('$') && filters[0] !== levels[0]) return false
  for (const [index, each] of filters.entries()) {
    if (each === '#') return true
    if (index >= levels.length) return false
    if (each !== '+' && each !== levels[index]) return false
  }
  return filters.length === levels.length
}
