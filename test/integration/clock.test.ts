import { describe, expect, test } from 'vitest'
import { asMetricId } from '../../src/contract/model/aws-metrics.ts'
import { slotMs, slotOf } from '../../src/contract/model/time.ts'
import { createHandClock } from '../support/hand-clock.ts'
import { dayStartsAt, startHandStation, type HandStation } from '../support/hand-station.ts'
import { connectReporter, ownMetric, type Reporter } from '../support/reporter.ts'
import { readerOf, storedSeries } from '../support/stored.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const hourMs = 3_600_000
const slotsPerHour = hourMs / slotMs

/** The clock is looked at once in a turn. */
const oneTurnMs = slotMs / 20

describe('a clock that is set forward by an hour', () => {
  test('leaves a gap with its reason, and no datapoint in the hour that never was', async () => {
    const running = await start()
    const device = await connectReporter(running.brokerUrl, 'pump-1')
    await reportSlots(running, device, [1, 2, 3])
    const setAt = running.clock.now()
    running.clock.jump(hourMs)
    await reportSlots(running, device, [4, 5, 6])
    const { at, mean, gaps } = await series(running, device, ownMetric)
    expect(mean).toEqual([1, 2, 3, 4, 5, 6])
    expect(slotNumbers(at)).toEqual([0, 1, 2, ...after(slotsPerHour)])
    const [gap] = gaps.filter(({ reason }) => reason.includes('clock'))
    expect(gap?.reason).toMatch(/clock.*forward.* 3600 s/)
    expect((gap?.from ?? 0) - setAt).toBeLessThanOrEqual(oneTurnMs)
    expect(gap?.from).toBeGreaterThanOrEqual(setAt)
    expect(gap?.to).toBeGreaterThan(setAt + hourMs)
    expect(running.station.status().clockJumps).toMatchObject([{ byMs: hourMs }])
  })

  test('gives a connected device no zero in that hour, and only parts of the slots it cut', async () => {
    const running = await start()
    const device = await connectReporter(running.brokerUrl, 'pump-1')
    await reportSlots(running, device, [1, 2, 3])
    running.clock.jump(hourMs)
    await reportSlots(running, device, [4, 5, 6])
    const openSlot = slotOf(running.clock.now())
    await running.stop()
    const sent = storedSeries(readerOf(running.data), 'pump-1', 'aws:num-messages-sent')
      .filter(({ slot }) => slot < openSlot)
      .map((datapoint) => ({ ...datapoint, slot: datapoint.slot - slotOf(dayStartsAt) }))
    const whole = sent.filter(({ isPartial }) => !isPartial)
    expect(whole.map(({ slot }) => slot)).toEqual([1, 2, ...after(slotsPerHour).slice(1)])
    expect(whole.map(({ value }) => value)).toEqual([1, 1, 1, 1])
    const cut = [3, 3 + slotsPerHour]
    expect(sent.filter(({ slot }) => slot > 3 && slot < 3 + slotsPerHour)).toEqual([])
    expect(sent.filter(({ slot }) => cut.includes(slot)).map(({ value }) => value)).toEqual([0, 1])
  })
})

describe('a clock that is set back by an hour', () => {
  test('keeps the slots in order and every report in a slot of its own', async () => {
    const running = await start()
    const device = await connectReporter(running.brokerUrl, 'pump-1')
    await reportSlots(running, device, [1, 2, 3])
    running.clock.jump(-hourMs)
    await reportSlots(running, device, [4, 5, 6])
    const { at, mean } = await series(running, device, ownMetric)
    expect(mean).toEqual([1, 2, 3, 4, 5, 6])
    expect(slotNumbers(at)).toEqual([0, 1, 2, 3, 4, 5])
    expect(running.station.status().clockJumps).toMatchObject([{ byMs: -hourMs }])
    expect(running.station.status().now).toBe(running.clock.now() + hourMs)
  })

  test('keeps on recording, in order, also after a restart within that hour', async () => {
    const data = temporaryFolder()
    const first = await start(data)
    await reportSlots(first, await connectReporter(first.brokerUrl, 'pump-1'), [1, 2, 3])
    await first.stop()
    first.clock.jump(-hourMs)
    const second = await startHandStation({ data, clock: first.clock })
    const device = await connectReporter(second.brokerUrl, 'pump-2')
    await reportSlots(second, device, [4, 5, 6])
    const { at, mean } = await series(second, device, ownMetric)
    expect(mean).toEqual([4, 5, 6])
    expect(slotNumbers(at)).toEqual([3, 4, 5])
  })
})

function start(data = temporaryFolder()): Promise<HandStation> {
  return startHandStation({ data, clock: createHandClock(dayStartsAt + slotMs / 2) })
}

/** Reports each value in a slot of its own; in the end all of them are closed. */
async function reportSlots(
  { clock }: HandStation,
  device: Reporter,
  values: readonly number[],
): Promise<void> {
  for (const value of values) {
    expect(await device.report(value)).toMatchObject({ status: 'ACCEPTED' })
    await clock.advance(slotMs)
  }
}

async function series({ client, clock }: HandStation, { deviceId }: Reporter, metric: string) {
  const [from, to] = [dayStartsAt, clock.now() + 2 * hourMs]
  const metricId = asMetricId(metric)
  return client.series.get({ deviceId, metricId, from, to, buckets: 4032 })
}

/** The three slots in which it is reported after the clock was set forward by so many slots. */
function after(slots: number): number[] {
  return [3, 4, 5].map((slot) => slot + slots)
}

function slotNumbers(at: readonly number[]): number[] {
  return at.map((startAt) => (startAt - dayStartsAt) / slotMs)
}
