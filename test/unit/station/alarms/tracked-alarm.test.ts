import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { alarm as alarmSchema, alarmEvent } from '../../../../src/contract/model/alarm.ts'
import { slotMs } from '../../../../src/contract/model/time.ts'
import type { AlarmState } from '../../../../src/station/alarms/alarm-machine.ts'
import { examine } from '../../../../src/station/alarms/behaviors.ts'
import {
  alarmKey,
  continueAlarm,
  endAlarm,
  eventOf,
  raiseAlarm,
} from '../../../../src/station/alarms/tracked-alarm.ts'
import { datapointOf, learnedOf, limitOf, verdictOf } from './evidence.ts'

const learned = { securityProfileName: 'site', behavior: learnedOf('LOW') }
const limited = { securityProfileName: 'site', behavior: limitOf('less-than', 100) }
const slot = 5_966_666

const state: AlarmState = {
  isInAlarm: true,
  streak: 0,
  firstViolationSlot: slot - 2,
  lastSlot: slot,
  violations: 3,
}

/** Evidence that a score gives against a behavior. */
function evidenceOf(score: number, { profiled = learned, at = slot, value = 400 } = {}) {
  const datapoint = datapointOf(value, { slot: at })
  const verdict = verdictOf(score)
  return { datapoint, verdict, finding: examine(profiled.behavior, datapoint, verdict) }
}

const raise = (score: number) => raiseAlarm(learned, state, evidenceOf(score))

describe('an alarm that is raised', () => {
  test('is what the contract says and tells where it began, how odd it is and what was expected', () => {
    const alarm = raise(7)
    expect(alarmSchema.parse(alarm)).toEqual(alarm)
    expect(alarm).toMatchObject({
      state: 'in-alarm',
      kind: 'machine-learning',
      confidence: 'LOW',
      startedAt: (slot - 2) * slotMs,
      lastViolationAt: slot * slotMs,
      endedAt: null,
      value: 400,
      expected: { low: 30, high: 70 },
      odds: 1e7,
      violations: 3,
    })
  })

  test('is held against an ordinary day, and against what came before only where it is no more than that', () => {
    const expectedAt = (value: number) => {
      const evidence = evidenceOf(7, { value })
      const explanation = {
        components: [],
        usual: { device: 50, fleet: 50 },
        coFiring: [],
        counterfactual: { low: 58, high: 61 },
        isProvisional: false,
      }
      const verdict = { ...evidence.verdict, explanation }
      return raiseAlarm(learned, state, { ...evidence, verdict }).expected
    }
    expect(expectedAt(400)).toEqual({ low: 30, high: 70 })
    expect(expectedAt(65)).toEqual({ low: 58, high: 61 })
  })

  test('has an id that follows from what it is about: judged twice, it is the same', () => {
    expect(raise(7).id).toBe(raise(4.5).id)
    const later = raiseAlarm(learned, state, evidenceOf(7, { at: slot + 1 }))
    const other = raiseAlarm({ ...learned, securityProfileName: 'other' }, state, evidenceOf(7))
    expect(new Set([raise(7).id, later.id, other.id]).size).toBe(3)
  })

  test.each([
    [4, 'low'],
    [5, 'medium'],
    [6, 'high'],
    [8.99, 'high'],
    [9, 'critical'],
  ])('of score %d is %s', (score, severity) => {
    expect(raise(score).severity).toBe(severity)
  })

  test('by a fixed limit has no odds and counts as high, whatever was learned of the metric', () => {
    for (const score of [0, 4, 20]) {
      const alarm = raiseAlarm(limited, state, evidenceOf(score, { profiled: limited }))
      expect(alarm).toMatchObject({
        kind: 'static',
        confidence: null,
        odds: null,
        severity: 'high',
      })
    }
  })
})

describe('an alarm that goes on', () => {
  const order = ['low', 'medium', 'high', 'critical']

  test('only ever gets more severe', () => {
    const scores = fc.array(fc.double({ min: 4, max: 20, noNaN: true }), { minLength: 1 })
    fc.assert(
      fc.property(scores, (list) => {
        let alarm = raise(list[0] ?? 4)
        for (const score of list) {
          const next = continueAlarm(alarm, state, evidenceOf(score))
          expect(order.indexOf(next.severity)).toBeGreaterThanOrEqual(order.indexOf(alarm.severity))
          alarm = next
        }
        expect(alarm.severity).toBe(raise(Math.max(...list)).severity)
      }),
    )
  })

  test('keeps its id and beginning and shows the newest violation', () => {
    const first = raise(7)
    const more = { ...state, violations: 4, lastSlot: slot + 1 }
    const next = continueAlarm(first, more, evidenceOf(5, { at: slot + 1, value: 90 }))
    expect(next).toMatchObject({
      id: first.id,
      startedAt: first.startedAt,
      lastViolationAt: (slot + 1) * slotMs,
      value: 90,
      odds: 1e5,
      violations: 4,
    })
  })

  test('by a fixed limit stays high and without odds', () => {
    const first = raiseAlarm(limited, state, evidenceOf(0, { profiled: limited }))
    const next = continueAlarm(first, state, evidenceOf(20, { profiled: limited }))
    expect(next).toMatchObject({ severity: 'high', odds: null })
  })
})

test('an alarm that ends keeps what it was about', () => {
  const alarm = raise(7)
  for (const turn of ['alarm-cleared', 'alarm-invalidated'] as const) {
    expect(endAlarm(alarm, turn, 99)).toEqual({ ...alarm, state: turn, endedAt: 99 })
  }
})

test('each turn has a line in the history, in words of its own', () => {
  const alarm = raise(7)
  const turns = [
    alarm,
    endAlarm(alarm, 'alarm-cleared', 9),
    endAlarm(alarm, 'alarm-invalidated', 9),
  ]
  const events = turns.map((each) => eventOf(each, 5))
  for (const event of events) expect(alarmEvent.parse(event)).toEqual(event)
  expect(events.map(({ sentence }) => sentence)).toEqual([
    'Bytes out: 400 bytes',
    'Bytes out is back to what is expected',
    'For two days there was nothing to judge, so the alarm says nothing any more',
  ])
})

test('no two behaviors, profiles or devices share a key', () => {
  const name = fc.stringMatching(/^[a-zA-Z0-9:_-]{1,8}$/)
  const about = fc.tuple(name, name, fc.string({ minLength: 1 }))
  const keyOf = ([profile, behavior, device]: [string, string, string]) =>
    alarmKey(
      { securityProfileName: profile, behavior: { ...learned.behavior, name: behavior } },
      device,
    )
  fc.assert(
    fc.property(about, about, (one, other) => {
      expect(keyOf(one) === keyOf(other)).toBe(one.join(' ') === other.join(' '))
    }),
  )
})
