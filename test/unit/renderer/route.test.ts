import { array, assert, constantFrom, property, string, stringMatching } from 'fast-check'
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

test('pages of which there is one have an address each', () => {
  const pages = ['system', 'diagnostics', 'settings', 'first-run', 'quarantine'] as const
  for (const page of pages) {
    expect(writeRoute({ page })).toBe(`#/${page}`)
    expect(readRoute(`#/${page}`)).toEqual({ page })
  }
})

const hexa = stringMatching(/^[0-9a-f]{1,32}$/)

test('a dry run keeps its device, whatever its name, and the alarms that led to it', () => {
  const names = string({ unit: 'grapheme', minLength: 1 })
  assert(
    property(names, array(hexa, { maxLength: 25 }), (deviceName, alarmIds) => {
      const route = { page: 'isolate', deviceName, alarmIds } as const
      expect(readRoute(writeRoute(route))).toEqual(route)
    }),
  )
})

test('the actions on alarms keep which, and a dry run of no device leads to the alarms', () => {
  const route = { page: 'mitigate', alarmIds: ['a1', 'b2'] } as const
  expect(writeRoute(route)).toBe('#/mitigate?alarms=a1,b2')
  expect(readRoute(writeRoute(route))).toEqual(route)
  expect(readRoute('#/mitigate')).toEqual({ page: 'mitigate', alarmIds: [] })
  expect(readRoute('#/isolate')).toEqual({ page: 'alarms', tab: 'active', alarmId: null })
})
