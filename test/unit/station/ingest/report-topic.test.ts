import fc from 'fast-check'
import { expect, test } from 'vitest'
import { answerTopic, parseReportTopic } from '../../../../src/station/ingest/report-topic.ts'

test('a report topic names the thing and the encoding, and the answer goes beside it', () => {
  const encodings = ['json', 'cbor'] as const
  const thingName = fc.string({ minLength: 1 }).filter((name) => !name.includes('/'))
  fc.assert(
    fc.property(thingName, fc.constantFrom(...encodings), (name, encoding) => {
      const topic = `$aws/things/${name}/defender/metrics/${encoding}`
      const parsed = parseReportTopic(topic)
      expect(parsed).toEqual({ thingName: name, encoding })
      if (parsed) expect(answerTopic(parsed, 'accepted')).toBe(`${topic}/accepted`)
      if (parsed) expect(answerTopic(parsed, 'rejected')).toBe(`${topic}/rejected`)
    }),
  )
})

test.each([
  '',
  '$aws/things//defender/metrics/json',
  '$aws/things/a/b/defender/metrics/json',
  '$aws/things/a/defender/metrics/xml',
  '$aws/things/a/defender/metrics/json/accepted',
  '$aws/things/a/defender/metrics/json/rejected',
  '$aws/things/a/defender/metrics/JSON',
  '$aws/things/a/defender/metrics/json\n',
  'aws/things/a/defender/metrics/json',
  'x$aws/things/a/defender/metrics/json',
  '$aws/things/a/shadow/update',
])('%j is no report topic, so answers are never taken for reports', (topic) => {
  expect(parseReportTopic(topic)).toBeNull()
})

test('an answer is never itself a report topic', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (thingName) => {
      const topic = answerTopic({ thingName, encoding: 'json' }, 'rejected')
      expect(parseReportTopic(topic)).toBeNull()
    }),
  )
})
