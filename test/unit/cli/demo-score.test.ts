import { describe, expect, test } from 'vitest'
import { DemoScore } from '../../../src/cli/demo-score.ts'
import type { QuarantineResult } from '../../../src/cli/demo-quarantine.ts'
import { slotStartAt } from '../../../src/contract/model/time.ts'
import { deviceId } from '../../../src/contract/model/device.ts'
import { createHandClock } from '../../support/hand-clock.ts'
import { scriptedAlarm } from '../../support/scripted-fleet.ts'

const device = deviceId.parse('pump-01')
const attack = { deviceId: device, kind: 'exfiltration', fromSlot: 100, toSlot: 103 } as const
const raised = scriptedAlarm(1, { deviceId: device, startedAt: slotStartAt(100) })
const cleared = { ...raised, state: 'alarm-cleared', endedAt: slotStartAt(105) } as const

const offAndBack: QuarantineResult = {
  device,
  isolated: true,
  messagesWhileIsolated: 0,
  refusedAttempts: 4,
  isolatedAfterMs: 1500,
  released: true,
  backAfterMs: 2000,
}

function expectingScore(): DemoScore {
  const score = new DemoScore()
  score.expect({ attack, clock: createHandClock(slotStartAt(99)), datapoints: () => 7 })
  return score
}

function scoreOf(result: QuarantineResult | null): DemoScore {
  const score = expectingScore()
  score.take(raised)
  if (result) score.takeQuarantine(result)
  return score
}

describe('the demo has passed', () => {
  test('once the attacked device was off and back, and its alarms have cleared', async () => {
    const score = scoreOf(offAndBack)
    expect(score.isPassed()).toBe(false)
    score.take(cleared)
    await score.untilSettled()
    expect(score.isPassed()).toBe(true)
    expect(score.result()).toMatchObject({
      datapoints: 7,
      attackAlarmedAndCleared: true,
      quarantine: offAndBack,
    })
  })

  test.for([
    ['was not tried', null],
    ['was not proved', { ...offAndBack, isolated: false }],
    ['did not end with the device back', { ...offAndBack, backAfterMs: null }],
  ] as const)('not where the quarantine %s', ([, result]) => {
    const score = scoreOf(result)
    score.take(cleared)
    expect(score.isPassed()).toBe(false)
    expect(score.result().attackAlarmedAndCleared).toBe(true)
  })
})

test('the first alarm of the attack is told, and none where the demo ends without one', async () => {
  const other = scriptedAlarm(2, { ...raised, deviceId: deviceId.parse('pump-02') })
  const [attacked, quiet] = [expectingScore(), expectingScore()]
  for (const score of [attacked, quiet]) score.take(other)
  attacked.take(raised)
  expect(await attacked.firstAlarm()).toBe(raised)
  quiet.cancel()
  expect(await quiet.firstAlarm()).toBeNull()
})
