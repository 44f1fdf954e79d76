import { describe, expect, test } from 'vitest'
import { alarmEpisodes } from '../../bench/fleet/alarm-episodes.ts'
import { attackResults, summaryOf } from '../../bench/fleet/attack-results.ts'
import { deviceAlarms, metricAlarms } from '../../bench/fleet/false-alarms.ts'
import type { JudgedDevice, JudgedFleet } from '../../bench/fleet/judged-fleet.ts'
import { metricNames } from '../../bench/fleet-simulator/index.ts'

const slots = 288
const width = metricNames.length

describe('what a fleet bench counts', () => {
  test('an attack is found by the first metric or device score within it or an hour after', () => {
    const attacked = device('a', { isAttacked: true })
    attacked.scores[99 * width] = 20
    attacked.scores[104 * width + 3] = 4.5
    attacked.deviceScores[110] = 5
    attacked.scores[121 * width + 12] = 6
    attacked.scores[122 * width] = 20
    const [result] = attackResults(fleetOf([attacked, device('b', {})], [100, 110]), 1)
    expect(result?.delays).toEqual({ LOW: 4, MEDIUM: 10, HIGH: 21 })
    expect(result?.top[0]).toEqual({ metric: metricNames[12], score: 6 })
    expect(result?.topDeviceScore).toBe(5)
  })

  test('what is only strange before or long after is missed', () => {
    const attacked = device('a', { isAttacked: true })
    attacked.scores[99 * width] = 20
    attacked.scores[122 * width] = 20
    const results = attackResults(fleetOf([attacked], [100, 110]), 1)
    expect(results[0]?.delays).toEqual({ LOW: null, MEDIUM: null, HIGH: null })
    expect(summaryOf('silent', results)).toMatchObject({ attacks: 1, detected: { LOW: 0 } })
  })

  test('chance is the share of clean devices that alarm in the same slots', () => {
    const noisy = device('b', {})
    noisy.deviceScores[105] = 4
    const newcomer = device('d', { isNew: true })
    const fleet = fleetOf(
      [device('a', { isAttacked: true }), noisy, device('c', {}), newcomer],
      [100, 110],
    )
    expect(attackResults(fleet, 1)[0]?.chance).toEqual({ LOW: 0.5, MEDIUM: 0, HIGH: 0 })
  })

  test('alarms are counted by datapoint, episodes by three quiet hours', () => {
    const one = device('a', {})
    for (const slot of [10, 11, 47, 84]) one.scores[slot * width + 2] = 4.2
    one.scores[11 * width + 3] = 5
    one.scores[200 * width] = NaN
    const count = metricAlarms([one])
    expect(count.points).toBe(slots * width - 1)
    expect(count.alarms).toEqual({ LOW: 5, MEDIUM: 1, HIGH: 0 })
    expect(count.episodes).toEqual({ LOW: 2, MEDIUM: 1, HIGH: 0 })
    expect(count.deviceDays).toBe(1)
    expect(deviceAlarms([one]).points).toBe(slots)
  })

  test('a false alarm is told with what happened to the device before it', () => {
    const reboot = { slot: 8, kind: 'reboot' } as const
    const one = device('a', {
      events: [{ slot: -300, kind: 'login' }, reboot, { slot: 60, kind: 'login' }],
    })
    for (const slot of [10, 40, 90]) one.scores[slot * width + 2] = slot / 10 + 4
    const [first, second, ...none] = alarmEpisodes([one, device('b', { isAttacked: true })])
    expect(first).toMatchObject({ metric: metricNames[2], fromSlot: 10, toSlot: 40, event: reboot })
    expect(first).toMatchObject({ deviceId: 'a', alarms: 2, topScore: 8 })
    expect(second).toMatchObject({ fromSlot: 90, alarms: 1, event: { slot: 60 } })
    expect(none).toEqual([])
  })
})

function device(deviceId: string, known: Partial<JudgedDevice>): JudgedDevice {
  return {
    deviceId,
    deviceClass: 'plc-gateway',
    isNew: false,
    isAttacked: false,
    events: [],
    scores: new Float32Array(slots * width),
    deviceScores: new Float32Array(slots),
    ...known,
  }
}

function fleetOf(devices: JudgedDevice[], [fromSlot, toSlot]: [number, number]): JudgedFleet {
  const attack = { deviceId: 'a', deviceClass: 'plc-gateway', kind: 'silent', strength: 1 } as const
  const figures = {
    trainings: 0,
    trainedDatapoints: 0,
    trainMs: 0,
    judgedDatapoints: 0,
    judgeMs: 0,
  }
  return { slots, devices, attacks: [{ ...attack, fromSlot, toSlot }], figures }
}
