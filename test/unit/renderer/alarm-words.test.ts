import { expect, test } from 'vitest'
import { asMetricId } from '../../../src/contract/model/aws-metrics.ts'
import { deviceId } from '../../../src/contract/model/device.ts'
import { behavior } from '../../../src/contract/model/profile.ts'
import {
  behaviorOf,
  clearingSentence,
  comparisonWords,
  courseSentence,
  reasonSentences,
  ruleWords,
} from '../../../src/renderer/words/alarm.ts'
import { scriptedAlarm, sceneStartAt } from '../../support/scripted-fleet.ts'

const alarm = scriptedAlarm(1, { deviceId: deviceId.parse('pump-07') })
const learned = behavior.parse({
  name: 'messages-sent',
  metric: 'aws:num-messages-sent',
  criteria: { mlDetectionConfig: { confidenceLevel: 'HIGH' }, consecutiveDatapointsToClear: 3 },
})

test('a row sets actual beside expected', () => {
  expect(comparisonWords(alarm)).toBe(
    '412 messages in 5 min, usually 20–60 messages, 6.9 times the top',
  )
})

test('the reason says which device did what, when, and how unusual it is', () => {
  expect(reasonSentences(alarm, 'utc')).toBe(
    'pump-07 sent 412 messages in the 5 minutes from 22 Nov 03:05; it is usually 20–60 messages, ' +
      'so that is 6.9 times the top. On a normal day 1 in 310,000 datapoints is this far out.',
  )
})

test('a custom metric and a hostile name are told without their tricks', () => {
  const custom = {
    ...alarm,
    deviceId: deviceId.parse('x\u202ey'),
    metricId: asMetricId('temp'),
    value: 3.5,
  }
  expect(reasonSentences(custom, 'utc')).toMatch(/^x\\u202ey reported temp as 3\.5 at /)
})

test('a fixed limit claims no odds', () => {
  const fixed = { ...alarm, kind: 'static', odds: null, expected: { low: null, high: 5 } } as const
  expect(reasonSentences(fixed, 'utc')).toContain('the limit is at most 5 messages')
  expect(reasonSentences(fixed, 'utc')).toContain('a fixed one')
})

test('the course says since when, and whether it goes on', () => {
  expect(courseSentence(alarm, sceneStartAt, 'utc')).toBe(
    'It began 22 Nov 01:45, 1 h 27 min ago, and is still going on: 16 violating datapoints so far.',
  )
  const ended = { ...alarm, state: 'alarm-cleared', endedAt: alarm.startedAt + 3_600_000 } as const
  expect(courseSentence(ended, sceneStartAt, 'utc')).toContain('cleared at 02:45 after 1 h')
})

test('what would clear it follows from the behavior and the state', () => {
  expect(clearingSentence(alarm, learned)).toMatch(
    /^3 datapoints in a row within 20–60 messages \(15 min\)/,
  )
  expect(clearingSentence(alarm, undefined)).toContain('no longer in any security profile')
  expect(clearingSentence({ ...alarm, state: 'alarm-invalidated' }, learned)).toContain('two days')
})

test('the behavior is found by profile and name', () => {
  const profile = { securityProfileName: 'fleet', behaviors: [learned] }
  expect(behaviorOf(alarm, [{ ...profile, securityProfileName: 'other' }, profile])).toBe(learned)
  expect(behaviorOf({ ...alarm, behaviorName: 'gone' }, [profile])).toBeUndefined()
})

test('rules are told as what is normal', () => {
  const criteria = { comparisonOperator: 'less-than-equals', value: { count: 5 } }
  const fixed = behavior.parse({
    name: 'refused',
    metric: 'aws:num-authorization-failures',
    criteria,
  })
  expect(ruleWords(fixed)).toBe('normal is less than or equal to 5 failures')
  expect(ruleWords(learned)).toBe('learned, high confidence')
})
