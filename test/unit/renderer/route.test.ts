import { assert, constantFrom, property, string } from 'fast-check'
import { expect, test } from 'vitest'
import { readRoute, writeRoute, type RangeName } from '../../../src/renderer/route.ts'

test('an empty or unknown address leads to the active alarms', () => {
  const alarms = { page: 'alarms', tab: 'active', alarmId: null }
  expect(readRoute('')).toEqual(alarms)
  expect(readRoute('#/nowhere')).toEqual(alarms)
  expect(readRoute('#/alarms/%E0%A4%A')).toEqual(alarms)
})

test('an alarm keeps the list that it was chosen from', () => {
  const route = { page: 'alarms', tab: 'history', alarmId: 'ab12' } as const
  expect(writeRoute(route)).toBe('#/alarms/ab12?tab=history')
  expect(readRoute(writeRoute(route))).toEqual(route)
})

test('the profiles have an address, and so has the chart of one metric', () => {
  expect(readRoute(writeRoute({ page: 'profiles' }))).toEqual({ page: 'profiles' })
  const chart = { page: 'device', deviceName: 'a&b', range: '3d', metricName: 'aws:x' } as const
  expect(readRoute(writeRoute(chart))).toEqual(chart)
})

test('an unknown time range falls back to a day', () => {
  expect(readRoute('#/devices/pump-07?range=toString')).toEqual({
    page: 'device',
    deviceName: 'pump-07',
    range: '24h',
  })
})

test('any device name and range come back from the address as they went in', () => {
  const names = string({ unit: 'grapheme', minLength: 1 })
  const ranges = constantFrom<RangeName>('6h', '24h', '3d', '14d')
  assert(
    property(names, ranges, (deviceName, range) => {
      const route = { page: 'device', deviceName, range } as const
      expect(readRoute(writeRoute(route))).toEqual(route)
    }),
  )
})
