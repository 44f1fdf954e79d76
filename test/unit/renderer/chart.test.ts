import { describe, expect, test } from 'vitest'
import { slotMs } from '../../../src/contract/model/time.ts'
import { nearestIndex, pointsOf } from '../../../src/renderer/chart/points.ts'
import { readoutAt, summaryOf } from '../../../src/renderer/chart/readout.ts'
import { tickWords, timeTicks } from '../../../src/renderer/chart/time-ticks.ts'
import { evidenceRange } from '../../../src/renderer/pages/alarms/evidence-range.ts'
import { severityAt } from '../../../src/renderer/pages/devices/severity-at.ts'
import {
  hourMs,
  sceneStartAt,
  scriptedAlarm,
  scriptedDevice,
  scriptedSeries,
} from '../../support/scripted-fleet.ts'

const device = scriptedDevice('pump-07')
const alarm = scriptedAlarm(1, { deviceId: device.id })
const to = Math.floor(sceneStartAt / slotMs) * slotMs
const options = {
  device,
  metricId: alarm.metricId,
  from: to - 24 * hourMs,
  to,
  buckets: 576,
  alarms: [alarm],
  hasBand: true,
}
const series = scriptedSeries(options)

describe('lines', () => {
  test('break where a bucket is missing', () => {
    expect(pointsOf([0, 10, 30], [1, 2, 3], 10)).toEqual([
      { x: 0, y: 1 },
      { x: 10, y: 2 },
      { x: 20, y: NaN },
      { x: 30, y: 3 },
    ])
  })

  test('the nearest bucket is found on both sides, and none beyond reach', () => {
    const at = [100, 200, 300]
    expect([90, 149, 151, 340].map((time) => nearestIndex(at, time, 50))).toEqual([0, 0, 1, 2])
    expect(nearestIndex(at, 400, 50)).toBe(-1)
    expect(nearestIndex([], 400, 50)).toBe(-1)
  })
})

describe('what a chart says', () => {
  test('of the latest bucket when nothing is pointed at', () => {
    const latest = readoutAt(series, undefined)
    expect(latest).toMatchObject({
      at: alarm.lastViolationAt,
      isViolation: true,
      gaps: '1 gap: device silent',
    })
    expect(latest.value).toMatch(/^\d+ messages$/)
    expect(latest.expected).toMatch(/^usually \d+–\d+ messages$/)
  })

  test('of a gap its name, and never a zero', () => {
    expect(readoutAt(series, to - 10 * hourMs).value).toBe('No data: device silent')
  })

  test('of a wide bucket its whole range', () => {
    const wide = scriptedSeries({ ...options, buckets: 48 })
    expect(wide.bucketMs).toBe(6 * slotMs)
    expect(readoutAt(wide, wide.at[0]).value).toMatch(/^\d+–\d+ messages$/)
  })

  test('without a model that nothing is learned', () => {
    expect(readoutAt({ ...series, band: null }, undefined).expected).toBe('nothing learned yet')
  })

  test('to those who cannot see it, in one sentence', () => {
    expect(summaryOf(series, 'utc')).toMatch(
      /^Messages sent, 21 Nov 03:10 to 22 Nov 03:10: lowest .* 17 violating, 1 gap\.$/,
    )
    expect(summaryOf({ ...series, at: [] }, 'utc')).toMatch(/: no data\.$/)
  })
})

describe('the time axis', () => {
  test('has marks on whole hours, no more than fit', () => {
    const ticks = timeTicks({ from: to - 24 * hourMs, to, zone: 'utc', most: 8 })
    expect(ticks.map((at) => tickWords(at, 'utc'))).toEqual([
      '06:00',
      '09:00',
      '12:00',
      '15:00',
      '18:00',
      '21:00',
      '22 Nov',
      '03:00',
    ])
  })

  test('has marks at midnights over two weeks', () => {
    const ticks = timeTicks({ from: to - 336 * hourMs, to, zone: 'utc', most: 8 })
    expect(ticks).toHaveLength(7)
    expect(ticks.every((at) => at % (24 * hourMs) === 0)).toBe(true)
  })
})

describe('evidence', () => {
  test('of an alarm that goes on reaches from hours before it to now', () => {
    expect(evidenceRange(alarm, sceneStartAt)).toEqual({ from: alarm.startedAt - 18 * hourMs, to })
  })

  test('of an ended alarm ends hours after it', () => {
    const endedAt = to - 48 * hourMs
    const ended = { ...alarm, startedAt: endedAt - hourMs, endedAt }
    expect(evidenceRange(ended, sceneStartAt).to).toBe(endedAt + 6 * hourMs)
  })

  test('is never longer than two weeks and never empty', () => {
    const old = { ...alarm, startedAt: to - 700 * hourMs }
    expect(evidenceRange(old, sceneStartAt).from).toBe(to - 336 * hourMs)
    const { from, to: end } = evidenceRange({ ...alarm, startedAt: to }, to)
    expect(end).toBeGreaterThan(from)
  })

  test('marks a violation with the severity of the alarm that it belongs to', () => {
    const severity = severityAt([{ ...alarm, severity: 'critical' }], alarm.metricId)
    expect(severity(alarm.startedAt)).toBe('critical')
    expect(severity(alarm.startedAt - slotMs)).toBe('low')
  })
})
