import { describe, expect, test } from 'vitest'
import { asMetricId } from '../../../src/contract/model/aws-metrics.ts'
import { deviceId } from '../../../src/contract/model/device.ts'
import { behavior } from '../../../src/contract/model/profile.ts'
import {
  actualWords,
  behaviorOf,
  comparisonWords,
  courseSentence,
  expectedWords,
  reasonSentences,
  stateWordsOf,
} from '../../../src/renderer/words/alarm.ts'
import { clearingSentence } from '../../../src/renderer/words/clearing.ts'
import { countWords, criteriaWords, ruleWords } from '../../../src/renderer/words/criteria.ts'
import { effectWords, markWords } from '../../../src/renderer/words/verification.ts'
import { scriptedAlarm, sceneStartAt } from '../../support/scripted-fleet.ts'
import { reasonAlarms } from '../../support/scripted-reasons.ts'

const alarm = scriptedAlarm(1, { deviceId: deviceId.parse('pump-07') })
const learned = behavior.parse({
  name: 'messages-sent',
  metric: 'aws:num-messages-sent',
  criteria: { mlDetectionConfig: { confidenceLevel: 'HIGH' }, consecutiveDatapointsToClear: 3 },
})
const fixed = { ...alarm, kind: 'static', odds: null, expected: { low: null, high: 5 } } as const

function reasonAlarm(index: number) {
  const found = reasonAlarms()[index]
  if (!found) throw new Error(`there is no alarm ${index}`)
  return found
}

test('a row sets actual beside expected', () => {
  expect(comparisonWords(alarm)).toBe(
    '412 messages in 5 min, usually 20–60 messages, 6.9 times the top',
  )
})

test('the reason says which device did what, when, and how unusual it is', () => {
  expect(reasonSentences(alarm, 'utc')).toBe(
    'pump-07 sent 412 messages in the 5 minutes from 22 Nov 03:05; it is usually 20–60 messages, ' +
      'so that is 6.9 times the top. On a normal day 1 in 3,100,000 datapoints is this far out.',
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

describe('a value inside its expected range', () => {
  const lasting = reasonAlarm(0)

  test('is not said to be out of it: what lasts is', () => {
    expect(comparisonWords(lasting)).toBe(
      'mean of the last 8 h: 52.4 messages, usually 28–46 messages, the value itself is usual',
    )
    expect(expectedWords(lasting)).toBe('in itself usual: 20–60 messages')
    expect(reasonSentences(lasting, 'utc')).toBe(
      'pump-09 sent 54 messages in the 5 minutes from 22 Nov 03:05; in itself that is usual ' +
        '(20–60 messages), but not with what came before or goes along: mean of the last 8 h: ' +
        '52.4 messages, usually 28–46 messages. On a normal day 1 in 1,400,000 datapoints is this strange.',
    )
  })

  test('still reads right when nobody knows why', () => {
    const unexplained = { ...lasting, explanation: null }
    expect(comparisonWords(unexplained)).toBe('54 messages in 5 min, the value itself is usual')
    expect(reasonSentences(unexplained, 'utc')).toContain('but not with what came before or goes')
  })
})

test('an alarm of all metrics together says that no single one is out of range', () => {
  const together = reasonAlarm(1)
  expect(comparisonWords(together)).toBe(
    'together 1 in 2,000,000, no single metric is out of range',
  )
  expect(expectedWords(together)).toBe('usually no rarer than 1 in 1,000,000')
  expect(reasonSentences(together, 'utc')).toBe(
    'No single metric of pump-12 is out of range at 22 Nov 03:05; ' +
      'together they are 1 in 2,000,000 datapoints of a normal day.',
  )
})

describe('a shift of what is usual', () => {
  const shift = reasonAlarm(2)

  test('is told as one level and another, without odds or violations', () => {
    expect(comparisonWords(shift)).toBe('usual now 118 messages in 5 min, before 40 messages')
    expect(actualWords(shift)).toBe('now 118 messages in 5 min')
    expect(reasonSentences(shift, 'utc')).toBe(
      'What is usual for messages sent of pump-16 has moved for good, from 40 messages to ' +
        '118 messages in 5 min. It is told once, before it is learned as usual.',
    )
    expect(courseSentence(shift, sceneStartAt, 'utc')).toBe(
      'Found by the training of 21 Nov 22:12, 5 h ago; the next training learns the new level.',
    )
  })

  test('ends by being learned', () => {
    const ended = { ...shift, state: 'alarm-cleared', endedAt: sceneStartAt } as const
    expect(clearingSentence(shift, learned)).toContain('next training learns the new level')
    expect(clearingSentence(ended, learned)).toBe('The new level has been learned as usual.')
    expect(courseSentence(ended, sceneStartAt, 'utc')).toContain('of 22 Nov 03:12 learned the new')
    expect(stateWordsOf(ended, ended.state)).toBe('Learned')
    expect(stateWordsOf(alarm, ended.state)).toBe('Cleared')
  })
})

describe('what would clear it', () => {
  test('is what the reasons say would not have alarmed', () => {
    expect(clearingSentence(alarm, learned)).toMatch(
      /^3 datapoints in a row \(15 min\) judged normal: within 12–74 messages as things stand/,
    )
  })

  test('is no single value where what came before alone alarms', () => {
    const explanation = alarm.explanation && { ...alarm.explanation, counterfactual: null }
    expect(clearingSentence({ ...alarm, explanation }, learned)).toContain('has to pass first')
  })

  test('is the limit of a fixed one, and the level of all metrics together', () => {
    expect(clearingSentence(fixed, learned)).toContain('(15 min) of at most 5 messages.')
    expect(clearingSentence(reasonAlarm(1), learned)).toContain('that is no rarer than 1 in 1,000')
  })

  test('follows from the behavior and the state', () => {
    expect(clearingSentence(alarm, undefined)).toContain('no longer in any security profile')
    expect(clearingSentence({ ...alarm, state: 'alarm-invalidated' }, learned)).toContain(
      'two days',
    )
  })
})

test('the behavior is found by profile and name', () => {
  const profile = { securityProfileName: 'fleet', behaviors: [learned] }
  expect(behaviorOf(alarm, [{ ...profile, securityProfileName: 'other' }, profile])).toBe(learned)
  expect(behaviorOf({ ...alarm, behaviorName: 'gone' }, [profile])).toBeUndefined()
})

test('rules are told as what is normal, with the datapoints that they take', () => {
  const criteria = { comparisonOperator: 'less-than-equals', value: { count: 5 } }
  const refused = behavior.parse({
    name: 'refused',
    metric: 'aws:num-authorization-failures',
    criteria,
  })
  expect(ruleWords(refused)).toBe('normal is less than or equal to 5 failures')
  expect(criteriaWords(learned)).toBe('Learned, high confidence')
  expect(countWords(learned)).toBe('alarms after 1 datapoint, clears after 3 in a row')
})

test('a mark is told, and that only false positives of a learned metric change anything', () => {
  expect(markWords({ state: 'UNKNOWN', note: '', at: null })).toBe('Not marked yet')
  expect(markWords({ state: 'UNKNOWN', note: 'asked', at: 1 })).toBe('Noted, not marked')
  expect(markWords({ state: 'FALSE_POSITIVE', note: '', at: 1 })).toBe('Marked as false positive')
  expect(effectWords(alarm)).toContain('learned from at the next training')
  for (const recordOnly of [fixed, reasonAlarm(1), reasonAlarm(2)])
    expect(effectWords(recordOnly)).toContain('for the record')
})
