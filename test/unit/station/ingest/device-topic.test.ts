import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseDeviceTopic } from '../../../../src/station/ingest/device-topic.ts'
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
