import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { severity, type Alarm, type Severity } from '../../../../src/contract/model/alarm.ts'
import { usualPreferences } from '../../../../src/contract/model/settings.ts'
import {
  createDeskNotifications,
  quarantineNotice,
} from '../../../../src/station/notify/desk-notifications.ts'

const rules = usualPreferences
const noon = new Date(2026, 10, 22, 12).getTime()

function alarmOf(number: number, change: Partial<Alarm> = {}): Alarm {
  return {
    id: number.toString(16).padStart(32, '0'),
    deviceId: `pump-${number}`,
    metricId: 'aws:num-messages-sent',
    kind: 'static',
    severity: 'high',
    state: 'in-alarm',
    isSuppressed: false,
    value: 412,
    expected: { low: 20, high: 60 },
    ...change,
  } as Alarm
}

describe('notifications of alarms', () => {
  test('come one for one alarm, once others of the same cause had time to come', () => {
    const desk = createDeskNotifications()
    desk.take(alarmOf(1), noon)
    expect(desk.due(noon + 1000, rules)).toBeNull()
    expect(desk.due(noon + 2000, rules)).toEqual({
      id: alarmOf(1).id,
      title: 'High: pump-1',
      body: 'Messages sent 412 messages, usually 20 to 60',
      urgency: 'normal',
      place: `#/alarms/${alarmOf(1).id}`,
    })
    expect(desk.isWaiting()).toBe(false)
    expect(desk.due(noon + 3000, rules)).toBeNull()
  })

  test('come one for a burst, which says how many on how many devices, and the worst of them', () => {
    const desk = createDeskNotifications()
    for (let number = 0; number < 12; number += 1) desk.take(alarmOf(number), noon + number)
    desk.take(alarmOf(12, { deviceId: alarmOf(0).deviceId, severity: 'critical' }), noon)
    expect(desk.due(noon + 2000, rules)).toMatchObject({
      title: '13 new alarms on 12 devices',
      body: '1 critical, 12 high. Critical: pump-0, Messages sent 412 messages, usually 20 to 60',
      urgency: 'critical',
      place: '#/alarms',
    })
  })

  test('rest after one was shown, but for something worse', () => {
    const desk = createDeskNotifications()
    desk.take(alarmOf(1), noon)
    expect(desk.due(noon + 2000, rules)).not.toBeNull()
    desk.take(alarmOf(2), noon + 5000)
    expect(desk.due(noon + 10_000, rules)).toBeNull()
    desk.take(alarmOf(3, { severity: 'critical' }), noon + 10_000)
    expect(desk.due(noon + 12_000, rules)).toMatchObject({ title: '2 new alarms on 2 devices' })
    desk.take(alarmOf(4), noon + 13_000)
    expect(desk.due(noon + 42_000, rules)).toMatchObject({ title: 'High: pump-4' })
  })

  test('never come for suppressed alarms, for severities nobody wants, or for what ended before', () => {
    const desk = createDeskNotifications()
    desk.take(alarmOf(1, { isSuppressed: true }), noon)
    desk.take(alarmOf(2, { severity: 'low' }), noon)
    desk.take(alarmOf(3), noon)
    desk.take(alarmOf(3, { state: 'alarm-cleared' }), noon + 500)
    expect(desk.due(noon + 5000, { ...rules, notifySeverities: ['critical', 'high'] })).toBeNull()
    expect(desk.isWaiting()).toBe(false)
  })

  test('wait for the end of quiet hours and of a pause, and then are one', () => {
    const quiet = { ...rules, pausedUntil: noon + 3_600_000 }
    const desk = createDeskNotifications()
    for (const number of [1, 2, 3]) desk.take(alarmOf(number), noon + number)
    expect(desk.due(noon + 3_599_999, quiet)).toBeNull()
    desk.take(alarmOf(2, { state: 'alarm-cleared' }), noon + 3_599_999)
    expect(desk.due(noon + 3_600_000, quiet)).toMatchObject({ title: '2 new alarms on 2 devices' })
  })

  test('are never a flood: one in half a minute for each severity at the most, whatever comes', () => {
    const arrival = fc.record({
      afterMs: fc.integer({ min: 0, max: 5000 }),
      severity: fc.constantFrom(...severity.options),
    })
    fc.assert(
      fc.property(fc.array(arrival, { maxLength: 200 }), (arrivals) => {
        const shownAt = play(arrivals)
        for (const [index, at] of shownAt.entries()) {
          const before = shownAt[index - severity.options.length]
          if (before !== undefined && at - before < 30_000) return false
        }
        return true
      }),
    )
  })

  test('name devices inertly', () => {
    const desk = createDeskNotifications()
    desk.take(alarmOf(1, { deviceId: 'pump-\u202e70-niam' as Alarm['deviceId'] }), noon)
    expect(desk.due(noon + 2000, rules)?.title).toBe('High: pump-\\u202e70-niam')
  })
})

describe('notifications of a quarantine', () => {
  const change = { deviceId: 'pump-7' as Alarm['deviceId'], sentence: 'pump-7 is isolated.' }

  test('come at once', () => {
    expect(quarantineNotice({ ...change, isUrgent: false }, noon, rules)).toMatchObject({
      title: 'Quarantine: pump-7',
      body: 'pump-7 is isolated.',
      urgency: 'normal',
    })
  })

  test('come through a pause only where somebody must act', () => {
    const paused = { ...rules, pausedUntil: noon + 1 }
    expect(quarantineNotice({ ...change, isUrgent: false }, noon, paused)).toBeNull()
    expect(quarantineNotice({ ...change, isUrgent: true }, noon, paused)).toMatchObject({
      title: 'Quarantine failed: pump-7',
      urgency: 'critical',
    })
  })
})

/** When notifications were shown, looking every half second. */
function play(arrivals: readonly { afterMs: number; severity: Severity }[]): number[] {
  const desk = createDeskNotifications()
  const shownAt: number[] = []
  let now = noon
  for (const [number, { afterMs, severity }] of arrivals.entries()) {
    for (const end = now + afterMs; now < end; now += 500) {
      if (desk.due(now, rules)) shownAt.push(now)
    }
    desk.take(alarmOf(number, { severity }), now)
  }
  return shownAt
}
