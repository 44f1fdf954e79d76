import { expect, test } from 'vitest'
import {
  budgetOf,
  falseAlarmWords,
  leftOutWords,
  missingWords,
  perDayWords,
} from '../../../src/renderer/words/budget.ts'
import { learnedProfile, learningProfile, mediumProfile } from '../../support/scripted-profiles.ts'

const { profile, training } = learnedProfile()

test.each([
  [412, '412 a day'],
  [13.8, '14 a day'],
  [1.44, '1.4 a day'],
  [0.99, '1 a day'],
  [0.7, '0.7 a day'],
  [0.6, '1 in 2 days'],
  [0.31, '1 in 3 days'],
  [0.01, '1 in 3 months'],
  [0.0004, '1 in 7 years'],
  [1e-9, '1 in more than 1,000 years'],
  [0, 'none'],
])('%d a day is told as %s', (perDay, words) => {
  expect(perDayWords(perDay)).toBe(words)
})

test('false alarms are told in a sentence', () => {
  expect(falseAlarmWords(14)).toBe('14 false alarms a day')
  expect(falseAlarmWords(1)).toBe('1 false alarm a day')
  expect(falseAlarmWords(0.1)).toBe('1 false alarm in 10 days')
  expect(falseAlarmWords(0)).toBe('no false alarms')
})

test('a budget is the sum at each level, and of the levels that are configured', () => {
  const budget = budgetOf(profile, training)
  expect(budget?.byLevel.LOW).toBeCloseTo(3.8, 9)
  expect(budget?.byLevel.HIGH).toBeCloseTo(0.0293, 9)
  expect(budget?.configured).toBeCloseTo(0.0069 + 0.31 + 0.0004, 9)
})

test('a budget names its level only where all are set to it, and what it leaves out', () => {
  const budget = budgetOf(profile, training)
  expect(budget).toMatchObject({ level: null, counted: 3, uncounted: 1, fixed: 1 })
  expect(budget && leftOutWords(budget)).toBe(
    'Not in these figures: 1 learned behavior without a figure, 1 behavior with a fixed limit.',
  )
  const medium = mediumProfile()
  expect(budgetOf(medium.profile, medium.training)).toMatchObject({ level: 'MEDIUM', fixed: 0 })
})

test('there is no budget before a model', () => {
  expect(budgetOf(profile, learningProfile().training)).toBeNull()
})

test('what is missing before a model is told', () => {
  const learning = learningProfile()
  const words = learning.training.map((summary) => {
    const behavior = profile.behaviors.find(({ name }) => name === summary.behaviorName)
    return behavior && missingWords(behavior, summary)
  })
  expect(words).toEqual([
    '57 % of its data are still to come.',
    '57 % of its data are still to come.',
    'All its data are there: its first model comes with the next training.',
    'Comes with the models of the single metrics.',
  ])
})
