import { expect, test } from 'vitest'
import {
  applyAlarm,
  byImportance,
  emptyInbox,
  matching,
  replaceAlarms,
  takeIn,
} from '../../../src/renderer/state/inbox.ts'
import { deviceId } from '../../../src/contract/model/device.ts'
import { scriptedAlarm } from '../../support/scripted-fleet.ts'

const pump = deviceId.parse('pump-07')
const first = scriptedAlarm(1, { deviceId: pump, severity: 'low' })
const second = scriptedAlarm(2, { deviceId: deviceId.parse('valve-3'), severity: 'critical' })
const ended = { ...first, state: 'alarm-cleared', endedAt: first.startedAt + 1 } as const

test('the first alarm is shown at once, because nothing can move', () => {
  expect(applyAlarm(emptyInbox, first).shown).toEqual([first])
})

test('a new alarm waits until it is asked for, and then stands by its importance', () => {
  const inbox = applyAlarm(applyAlarm(emptyInbox, first), second)
  expect(inbox).toEqual({ shown: [first], waiting: [second] })
  expect(takeIn(inbox)).toEqual({ shown: [second, first], waiting: [] })
})

test('an alarm that ends keeps its place until the list is asked for anew', () => {
  const inbox = applyAlarm(takeIn(applyAlarm(applyAlarm(emptyInbox, first), second)), ended)
  expect(inbox.shown).toEqual([second, ended])
  expect(takeIn(inbox).shown).toEqual([second])
})

test('a waiting alarm that ends waits no longer', () => {
  const inbox = applyAlarm(applyAlarm(emptyInbox, second), first)
  expect(applyAlarm(inbox, ended).waiting).toEqual([])
})

test('reading anew keeps places, drops what has ended and lets the rest wait', () => {
  const third = scriptedAlarm(3, { deviceId: pump })
  const inbox = takeIn(applyAlarm(applyAlarm(emptyInbox, first), second))
  const newer = { ...first, violations: 99 }
  expect(replaceAlarms(inbox, [third, newer])).toEqual({ shown: [newer], waiting: [third] })
})

test('importance is severity, then confidence, then age, and never a tie', () => {
  const sure = { ...first, confidence: 'HIGH' } as const
  const unsure = {
    ...scriptedAlarm(4, { deviceId: pump, severity: 'low' }),
    confidence: 'LOW',
  } as const
  const newest = {
    ...scriptedAlarm(5, { deviceId: pump, severity: 'low' }),
    startedAt: first.startedAt + 1,
  }
  expect([unsure, sure, newest, second].sort(byImportance)).toEqual([second, newest, sure, unsure])
})

test('a search finds alarms that hold all of its words', () => {
  expect(matching([first, second], 'PUMP messages')).toEqual([first])
  expect(matching([first, second], 'pump valve')).toEqual([])
  expect(matching([first, second], '  ')).toEqual([first, second])
})
