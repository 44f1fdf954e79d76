import { describe, expect, test } from 'vitest'
import {
  AutomaticQuarantine,
  automaticTask,
  checkAutomatic,
} from '../../../../src/station/mitigation/automatic-quarantine.ts'
import { stationSettings } from '../../../../src/station/settings.ts'
import { listExecutions } from '../../../../src/station/store/mitigation.ts'
import { refusal } from '../../../support/fake-controller.ts'
import { createHandClock } from '../../../support/hand-clock.ts'
import { dayStartsAt } from '../../../support/hand-station.ts'
import { openQuarantineStation } from '../../../support/quarantine-station.ts'
import { storeAlarm } from '../../../support/stored-alarm.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

const minuteMs = 60_000
const rule = {
  securityProfileName: 'Picket-default',
  behaviorName: 'num-messages-sent',
  releaseAfterMinutes: 30,
}

async function open(
  quarantine: object = {},
  { data = temporaryFolder(), startAt = dayStartsAt } = {},
) {
  const clock = createHandClock(startAt)
  const settings = { quarantine: { automatic: [rule], ...quarantine } }
  const site = await openQuarantineStation({ data, clock, settings })
  const automatic = new AutomaticQuarantine(site.core, site.desk)
  automatic.start()

  /** As after a slot was judged. */
  async function judged() {
    site.core.judgedThrough += 1
    automatic.turn()
    await automatic.stop()
  }

  function executions() {
    const page = { from: 0, to: Number.MAX_SAFE_INTEGER, limit: 100, offset: 0 }
    return listExecutions(site.core.store.read, page).filter(
      ({ taskId }) => taskId === automaticTask,
    )
  }
  return { ...site, automatic, judged, executions, data }
}

describe('Automatic quarantine', () => {
  test('isolates the device of an alarm that the settings name, for a time, as Picket', async () => {
    const site = await open()
    const pump = site.addDevice('pump-1')
    const alarm = storeAlarm(site.core, pump)
    await site.judged()
    expect(site.core.isolations.get(pump)).toMatchObject({
      course: { state: 'isolated' },
      by: 'Picket',
      alarmIds: [alarm.id],
      releaseAt: site.core.clock.now() + 30 * minuteMs,
    })
    expect(site.executions()).toMatchObject([{ status: 'SUCCESSFUL', violationId: alarm.id }])
  })

  test('is off as long as no behavior is named', async () => {
    const site = await open({ automatic: [] })
    storeAlarm(site.core, site.addDevice('pump-1'))
    await site.judged()
    expect(site.core.isolations.size).toBe(0)
  })

  test('leaves other behaviors, suppressed alarms and lower confidence alone', async () => {
    const site = await open()
    const pump = site.addDevice('pump-1')
    storeAlarm(site.core, pump, { behaviorName: 'message-byte-size' })
    storeAlarm(site.core, pump, { isSuppressed: true })
    storeAlarm(site.core, pump, { confidence: 'MEDIUM' })
    storeAlarm(site.core, pump, { kind: 'baseline-shift', confidence: null })
    await site.judged()
    expect(site.core.isolations.size).toBe(0)
    expect(site.executions()).toEqual([])
  })

  test('leaves alarms alone that were raised before it was turned on', async () => {
    const before = await open({ automatic: [] })
    storeAlarm(before.core, before.addDevice('pump-1'))
    before.kill()
    const site = await open({}, { data: before.data, startAt: dayStartsAt + minuteMs })
    site.addDevice('pump-1')
    await site.judged()
    expect(site.executions()).toEqual([])
    storeAlarm(site.core, site.addDevice('pump-2'))
    await site.judged()
    expect(site.executions()).toMatchObject([{ deviceId: 'pump-2', status: 'SUCCESSFUL' }])
  })

  test('acts once on an alarm, also after a person released the device', async () => {
    const site = await open()
    const pump = site.addDevice('pump-1')
    storeAlarm(site.core, pump)
    await site.judged()
    const id = site.core.isolations.get(pump)?.id
    if (id) await site.desk.release({ id, by: 'Ada', reason: 'a false alarm' })
    await site.judged()
    expect(site.core.isolations.get(pump)?.course.state).toBe('released')
    expect(site.executions()).toHaveLength(1)
  })

  test.each(['safetyCritical', 'doNotIsolate'])('never isolates a device of %s', async (list) => {
    const site = await open({ [list]: ['pump-1'] })
    storeAlarm(site.core, site.addDevice('pump-1'))
    await site.judged()
    expect(site.core.isolations.size).toBe(0)
    expect(site.executions()).toMatchObject([{ status: 'SKIPPED' }])
    expect(site.told.at(-1)).toMatchObject({ isUrgent: true })
  })

  test('stops at its limit an hour, says so, and goes on in the next hour', async () => {
    const site = await open({ automaticPerHour: 2 })
    for (const name of ['pump-1', 'pump-2', 'pump-3']) storeAlarm(site.core, site.addDevice(name))
    await site.judged()
    expect(site.core.isolations.size).toBe(2)
    expect(
      site
        .executions()
        .map(({ status }) => status)
        .sort(),
    ).toEqual(['SKIPPED', 'SUCCESSFUL', 'SUCCESSFUL'])
    expect(site.told.at(-1)?.sentence).toContain('which is the limit')
    await site.pass(61 * minuteMs)
    storeAlarm(site.core, site.addDevice('pump-4'))
    await site.judged()
    expect(site.core.isolations.has(site.addDevice('pump-4'))).toBe(true)
  })

  test('leaves a device to people whose login others use, or whose connection nobody saw', async () => {
    const site = await open()
    const pump = site.addDevice('pump-1')
    const { byClient } = site.observations('plant').sessions
    site.addDevice('pump-2')
    const other = byClient.get('pump-2-client')
    if (other) other.username = 'pump-1'
    storeAlarm(site.core, pump)
    await site.judged()
    expect(site.core.isolations.size).toBe(0)
    expect(site.executions()).toMatchObject([
      { status: 'FAILED', errorCode: 'QUARANTINE_FORBIDDEN' },
    ])
    expect(site.told.at(-1)?.sentence).toContain('a person has to look at the dry run')
  })

  test('says so where the broker refuses', async () => {
    const site = await open()
    site.brokers.get('plant')?.failNext('isolate', { error: refusal() })
    storeAlarm(site.core, site.addDevice('pump-1'))
    await site.judged()
    expect(site.executions()).toMatchObject([{ status: 'FAILED', errorCode: 'BROKER_REFUSED' }])
  })
})

describe('Settings of automatic quarantine', () => {
  const settingsWith = (behavior: object, automatic = rule) =>
    stationSettings.parse({
      profiles: [
        {
          securityProfileName: 'Picket-default',
          behaviors: [{ name: 'num-messages-sent', metric: 'aws:num-messages-sent', ...behavior }],
        },
      ],
      quarantine: { automatic: [automatic] },
    })
  const learned = (confidenceLevel: string) => ({
    criteria: { mlDetectionConfig: { confidenceLevel } },
  })

  test('are taken for a learned behavior at HIGH', () => {
    expect(() => checkAutomatic(settingsWith(learned('HIGH')))).not.toThrow()
  })

  test('are refused, with the reason, for any other behavior and for one that is not there', () => {
    const fixed = { criteria: { comparisonOperator: 'less-than', value: { count: 5 } } }
    expect(() => checkAutomatic(settingsWith(learned('MEDIUM')))).toThrow(/at confidence HIGH/)
    expect(() => checkAutomatic(settingsWith(fixed))).toThrow(/judged by a model/)
    const missing = { ...rule, behaviorName: 'no-such' }
    expect(() => checkAutomatic(settingsWith(learned('HIGH'), missing))).toThrow(/no behavior/)
  })
})
