import { describe, expect, test } from 'vitest'
import { type Alarm, type AlarmEvent, violationId } from '../../../../src/contract/model/alarm.ts'
import { asMetricId } from '../../../../src/contract/model/aws-metrics.ts'
import { deviceId } from '../../../../src/contract/model/device.ts'
import { dayMs } from '../../../../src/contract/model/time.ts'
import {
  countActiveAlarms,
  countActiveByDevice,
  insertAlarmEvent,
  listActiveAlarms,
  listAlarmHistory,
  readAlarm,
  readAlarmEvents,
  readAlarmStates,
  upsertAlarm,
  writeAlarmState,
} from '../../../../src/station/store/alarms.ts'
import { dropBefore } from '../../../../src/station/store/compaction.ts'
import { temporaryStore } from './store-folder.ts'

const page = { limit: 100, offset: 0 }

describe('alarms', () => {
  test('written twice are there once, as they were last', () => {
    const { read, write } = temporaryStore()
    const alarm = alarmOf(1, { expected: { low: null, high: 4.5 }, odds: 1e6 })
    upsertAlarm(write, alarm)
    upsertAlarm(write, { ...alarm, violations: 7 })
    expect(readAlarm(read, alarm.id)).toEqual({ ...alarm, violations: 7 })
    expect(listActiveAlarms(read, { includeSuppressed: true, ...page }).total).toBe(1)
  })

  test('have one event of each type, the first one written', () => {
    const { read, write } = temporaryStore()
    const event = eventOf({ type: 'in-alarm', at: 10, sentence: 'It began.' })
    const cleared = eventOf({ type: 'alarm-cleared', at: 20, value: null })
    for (const each of [cleared, event, { ...event, sentence: 'Again.' }, cleared]) {
      insertAlarmEvent(write, each)
    }
    expect(readAlarmEvents(read, idOf(1))).toEqual([event, cleared])
  })

  test('that are active are listed the most severe first, then the newest', () => {
    const { read, write } = temporaryStore()
    upsertAlarm(write, alarmOf(1, { severity: 'low', startedAt: 900 }))
    upsertAlarm(write, alarmOf(2, { severity: 'critical', startedAt: 100 }))
    upsertAlarm(write, alarmOf(3, { severity: 'critical', startedAt: 200 }))
    upsertAlarm(write, alarmOf(4, { severity: 'critical', endedAt: 300, state: 'alarm-cleared' }))
    upsertAlarm(write, alarmOf(5, { severity: 'high', isSuppressed: true }))
    const shown = listActiveAlarms(read, { includeSuppressed: false, ...page })
    expect([shown.total, numbersOf(shown)]).toEqual([3, [3, 2, 1]])
    expect(numbersOf(listActiveAlarms(read, { includeSuppressed: true, ...page }))).toEqual([
      3, 2, 5, 1,
    ])
    const second = listActiveAlarms(read, { includeSuppressed: true, limit: 2, offset: 1 })
    expect([second.total, numbersOf(second)]).toEqual([4, [2, 5]])
  })

  test('of one device can be asked for, whatever its name', () => {
    const { read, write } = temporaryStore()
    const hostile = deviceId.parse(`x' OR 1=1; DROP TABLE alarms; --`)
    upsertAlarm(write, alarmOf(1, {}))
    upsertAlarm(write, alarmOf(2, { deviceId: hostile }))
    const filter = { deviceId: hostile, ...page }
    expect(numbersOf(listActiveAlarms(read, { includeSuppressed: true, ...filter }))).toEqual([2])
    expect(numbersOf(listAlarmHistory(read, { from: 0, to: 5000, ...filter }))).toEqual([2])
    expect(countActiveByDevice(read).get(hostile)).toBe(1)
  })

  test('are in the history of every span they were active in', () => {
    const { read, write } = temporaryStore()
    upsertAlarm(write, alarmOf(1, { startedAt: 100, endedAt: 200, state: 'alarm-cleared' }))
    upsertAlarm(write, alarmOf(2, { startedAt: 150, isSuppressed: true }))
    const history = (from: number, to: number) =>
      numbersOf(listAlarmHistory(read, { from, to, ...page }))
    expect(history(0, 100)).toEqual([])
    expect(history(0, 101)).toEqual([1])
    expect(history(120, 160)).toEqual([2, 1])
    expect(history(201, 300)).toEqual([2])
  })

  test('are counted, suppressed ones apart', () => {
    const { read, write } = temporaryStore()
    expect(countActiveAlarms(read)).toEqual({ active: 0, suppressed: 0 })
    upsertAlarm(write, alarmOf(1, {}))
    upsertAlarm(write, alarmOf(2, {}))
    upsertAlarm(write, alarmOf(3, { isSuppressed: true }))
    upsertAlarm(write, alarmOf(4, { endedAt: 2000, state: 'alarm-invalidated' }))
    expect(countActiveAlarms(read)).toEqual({ active: 2, suppressed: 1 })
    expect([...countActiveByDevice(read)]).toEqual([['device', 2]])
  })

  test('go with their events when they ended before the retention time; active ones stay', () => {
    const { read, write } = temporaryStore()
    upsertAlarm(write, alarmOf(1, { endedAt: 2000, state: 'alarm-cleared' }))
    upsertAlarm(write, alarmOf(2, {}))
    for (const number of [1, 2]) insertAlarmEvent(write, eventOf({ alarmId: idOf(number) }))
    expect(dropBefore(write, dayMs / 300_000)).toBe(1)
    expect(readAlarm(read, idOf(1))).toBeNull()
    expect(readAlarmEvents(read, idOf(1))).toEqual([])
    expect(readAlarmEvents(read, idOf(2))).toHaveLength(1)
  })
})

describe('alarm states', () => {
  test('are kept by key and forgotten when null', () => {
    const { read, write } = temporaryStore()
    writeAlarmState(write, 'a', '1')
    writeAlarmState(write, 'b', '2')
    writeAlarmState(write, 'b', '3')
    writeAlarmState(write, 'a', null)
    expect(readAlarmStates(read)).toEqual([{ key: 'b', state: '3' }])
  })
})

function alarmOf(number: number, facts: Partial<Alarm>): Alarm {
  return {
    id: idOf(number),
    deviceId: deviceId.parse('device'),
    securityProfileName: 'profile',
    behaviorName: 'behavior',
    metricId: asMetricId('aws:all-bytes-out'),
    kind: 'machine-learning',
    confidence: 'HIGH',
    severity: 'medium',
    state: 'in-alarm',
    isSuppressed: false,
    startedAt: 1000,
    lastViolationAt: 1000,
    endedAt: null,
    value: 12.5,
    expected: { low: 1, high: 2 },
    odds: null,
    explanation: null,
    violations: 1,
    ...facts,
  }
}

function eventOf(facts: Partial<AlarmEvent>): AlarmEvent {
  return { alarmId: idOf(1), type: 'in-alarm', at: 1000, value: 3, sentence: 'It began.', ...facts }
}

function idOf(number: number) {
  return violationId.parse(number.toString(16).padStart(32, '0'))
}

function numbersOf({ alarms }: { alarms: Alarm[] }): number[] {
  return alarms.map(({ id }) => Number.parseInt(id, 16))
}
