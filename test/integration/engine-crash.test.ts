import { connectAsync } from 'mqtt'
import { describe, expect, onTestFinished, test } from 'vitest'
import { asMetricId } from '../../src/contract/model/aws-metrics.ts'
import { dayMs, slotMs, slotOf, slotsPerDay } from '../../src/contract/model/time.ts'
import type { Attack } from '../../src/demo/attack.ts'
import { planSlot } from '../../src/demo/behavior.ts'
import { createFleet } from '../../src/demo/fleet.ts'
import { simulateHistory } from '../../src/demo/history.ts'
import { encodeReport, reportTopic } from '../../src/demo/report.ts'
import { createBreakableEngines, type BreakableEngines } from '../support/breakable-engines.ts'
import { createHandClock } from '../support/hand-clock.ts'
import { dayStartsAt, startHandStation, type HandStation } from '../support/hand-station.ts'
import { until } from '../support/poll.ts'
import { readerOf, storedSeries } from '../support/stored.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const historyDays = 3
const fleet = createFleet({ seed: 7, devices: 3 })
const device = fleet[0] ?? fail('a fleet without devices')
const bytesOut = asMetricId('aws:all-bytes-out')
const settings = { training: { minimumDatapoints: 1000 } }

describe('an engine that crashes', () => {
  test('is shown as down and comes back by itself', async () => {
    const { running, engines } = await startLearned()
    engines.isBroken = true
    await engines.crash()
    const { engine } = await untilEngineIs(running, 'down')
    expect(engine.sentence).toMatch(/stopped by itself.*started again in/)
    engines.isBroken = false
    await untilTimePassed(running, () => running.station.status().engine.state === 'up')
    expect(running.station.status().engine.restarts).toBeGreaterThan(0)
  })

  test('has what arrived meanwhile judged once it is back: the alarm is raised exactly once', async () => {
    const { running, engines } = await startLearned()
    engines.isBroken = true
    await engines.crash()
    await untilEngineIs(running, 'down')
    await reportAttackedSlot(running)
    expectStoredButNotJudged(running)
    engines.isBroken = false
    await expectOneAlarm(running)
  })

  test('and ends again and again while it is given its models still loses no alarm', async () => {
    const { running, engines } = await startLearned()
    engines.isEndedByModels = true
    await engines.crash()
    await reportAttackedSlot(running)
    await untilTimePassed(running, () => engines.endedByModels >= 2)
    expectStoredButNotJudged(running)
    engines.isEndedByModels = false
    await expectOneAlarm(running)
  })
})

describe('a station that ends between storing and judging', () => {
  test('raises the alarm after its next start, exactly once', async () => {
    const { running, engines, data } = await startLearned()
    engines.isBroken = true
    await engines.crash()
    await untilEngineIs(running, 'down')
    await reportAttackedSlot(running)
    expectStoredButNotJudged(running)
    await running.stop()
    const second = await startHandStation({ data, clock: running.clock, settings })
    await expectOneAlarm(second)
    await second.stop()
    const third = await startHandStation({ data, clock: running.clock, settings })
    await untilEngineIs(third, 'up')
    await third.clock.advance(4 * slotMs)
    expect(third.told).toEqual([])
    expect(await alarmsOf(third)).toHaveLength(1)
  })

  test('does not pass anything as normal while its engine is still starting', async () => {
    const { running, engines, data } = await startLearned()
    engines.isBroken = true
    await engines.crash()
    await reportAttackedSlot(running)
    await running.stop()
    const second = await startHandStation({ data, clock: running.clock, engines, settings })
    await second.clock.advance(3 * slotMs)
    expectStoredButNotJudged(second)
    engines.isBroken = false
    await expectOneAlarm(second)
  })
})

interface Learned {
  running: HandStation
  engines: BreakableEngines
  data: string
}

/** A station that has learned three devices from three days, with nothing left to judge. */
async function startLearned(): Promise<Learned> {
  const data = temporaryFolder()
  const engines = createBreakableEngines()
  const clock = createHandClock(dayStartsAt + slotMs / 2)
  const running = await startHandStation({ data, clock, engines, settings })
  await running.station.importHistory({
    label: 'history',
    total: fleet.length * historyDays * slotsPerDay,
    slots: simulateHistory({ fleet, untilSlot: slotOf(dayStartsAt), days: historyDays }),
  })
  await running.station.trainNow()
  expect(running.station.status().training.state).toBe('trained')
  return { running, engines, data }
}

/** One device steals data, reports it, and its slot is over and closed. */
async function reportAttackedSlot({ brokerUrl, clock }: HandStation): Promise<void> {
  const slot = slotOf(clock.now())
  const attack = attackIn(slot)
  const mqtt = await connectAsync(brokerUrl, { clientId: device.id })
  onTestFinished(() => void mqtt.end(true))
  const topic = reportTopic(device)
  await mqtt.subscribeAsync(`${topic}/accepted`)
  const accepted = new Promise((resolve) => mqtt.once('message', resolve))
  const { report } = planSlot(device, slot, attack)
  mqtt.publish(topic, Buffer.from(encodeReport(device, slot, report)))
  await accepted
  mqtt.end(true)
  await clock.advance(2 * slotMs)
}

function attackIn(slot: number): Attack {
  return { deviceId: device.id, kind: 'exfiltration', fromSlot: slot, toSlot: slot + 1 }
}

function expectStoredButNotJudged({ data, told, station }: HandStation): void {
  const stored = storedSeries(readerOf(data), device.id, bytesOut)
  expect(stored.at(-1)?.value).toBeGreaterThan(25_000_000)
  expect(told).toEqual([])
  expect(station.status().alarms).toEqual({ active: 0, suppressed: 0 })
}

/** Waits for the alarm, and then for a second one that must not come. */
async function expectOneAlarm(running: HandStation): Promise<void> {
  await untilTimePassed(running, () => running.told.length > 0)
  await running.clock.advance(2 * slotMs)
  const alarms = await alarmsOf(running)
  expect(alarms).toHaveLength(1)
  expect(alarms[0]?.startedAt).toBe(dayStartsAt)
  const raised = running.told.filter(({ metricId }) => metricId === bytesOut)
  expect(raised).toMatchObject([{ id: alarms[0]?.id, state: 'in-alarm' }])
}

/** All alarms there ever were on the bytes that the device sent. */
async function alarmsOf({ client, clock }: HandStation) {
  const range = { from: dayStartsAt - dayMs, to: clock.now() + dayMs }
  const { alarms } = await client.alarms.history({ deviceId: device.id, ...range })
  return alarms.filter(({ metricId }) => metricId === bytesOut)
}

async function untilEngineIs({ station }: HandStation, state: string) {
  await until(`the engine is ${state}`, () => station.status().engine.state === state)
  return station.status()
}

/** Lets time pass, slot by slot, until something is true. */
async function untilTimePassed({ clock }: HandStation, isTrue: () => boolean) {
  await until('time brought what it had to', async () => {
    if (!isTrue()) await clock.advance(slotMs)
    return isTrue()
  })
}

function fail(sentence: string): never {
  throw new Error(sentence)
}
