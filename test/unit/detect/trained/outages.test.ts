import { describe, expect, test } from 'vitest'
import { confidenceScore } from '../../../../src/detect/confidence.ts'
import { newsScore } from '../../../../src/detect/trained/verdict.ts'
import { randomFrom } from '../synthetic-fleet.ts'
import { learn, plainHistory, verdictsOf, warmedJudge } from './learned.ts'
import { day, monday } from './mixed-fleet.ts'

const options = { timeout: 60_000 }
const devices = 40
const hour = 12
const end = monday + 14 * day

/** Sensors that send a few dozen messages a slot, and none while they are silent. */
function sensors(isSilent: (device: number, slot: number) => boolean) {
  const random = randomFrom(3)
  const valueAt = (device: number, slot: number) =>
    isSilent(device, slot) ? 0 : 1 + random.poisson(20 + device)
  return { history: plainHistory(valueAt, { devices, slots: 14 * day }), valueAt }
}

/** The news of one device in the two days after its history. */
function newsOf(
  { history, valueAt }: ReturnType<typeof sensors>,
  device: number,
  mostCells = 14 * day * devices,
): number[] {
  const judge = warmedJudge(learn(history, { mostCells }), history, end)
  const rows = Array.from({ length: 2 * day }, (_, index) => {
    return { slot: end + index, values: Float64Array.of(valueAt(device, end + index)) }
  })
  return verdictsOf(judge, `d${device}`, rows).map(({ metrics: [verdict] }) =>
    verdict ? newsScore(verdict) : NaN,
  )
}

describe('an outage of half the devices that lasted three hours, a few days ago', () => {
  const outageFrom = end - 4 * day + 5 * hour
  const wasOut = (device: number, slot: number) =>
    device < devices / 2 && slot >= outageFrom && slot < outageFrom + 3 * hour

  /** A device that was part of it stops again by itself, for an hour and at another time of day. */
  const stops = (device: number, slot: number) =>
    wasOut(device, slot) || (device === 7 && slot >= end + 150 && slot < end + 150 + hour)

  test('is learned where a person found it normal', options, () => {
    const { history, valueAt } = sensors(stops)
    const marked = history.devices.map((each, device) => ({
      ...each,
      series: each.series.map((series) => {
        const isNormal = series?.slots.map((slot) => Number(wasOut(device, slot)))
        return series && isNormal ? { ...series, isNormal: Uint8Array.from(isNormal) } : series
      }),
    }))
    const found = newsOf({ history: { ...history, devices: marked }, valueAt }, 7)
    expect(Math.max(...found)).toBeLessThan(confidenceScore.MEDIUM)
  })

  test.each([
    { of: 'a device', mostCells: 14 * day * devices },
    { of: 'a device that was not in memory', mostCells: 14 * day * 24 },
  ])('teaches $of nothing: that it stops is found', options, ({ mostCells }) => {
    const scores = newsOf(sensors(stops), 7, mostCells)
    expect(Math.max(...scores.slice(150, 150 + hour))).toBeGreaterThan(confidenceScore.HIGH)
    expect(scores.filter((score) => score >= confidenceScore.LOW).length).toBeLessThanOrEqual(hour)
  })
})

test('what all devices do every night is no outage', options, () => {
  // Twenty minutes within two hours, so that the time of day alone does not explain it.
  const isBackup = (slot: number) => {
    const from = 2 * hour + ((Math.floor(slot / day) * 7) % 19)
    return slot % day >= from && slot % day < from + 4
  }
  const scores = newsOf(
    sensors((_, slot) => isBackup(slot)),
    7,
  )
  expect(scores.filter((score) => score >= confidenceScore.LOW)).toEqual([])
})
