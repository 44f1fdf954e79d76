import { describe, expect, test } from 'vitest'
import { asMetricId } from '../../src/contract/model/aws-metrics.ts'
import { deviceId } from '../../src/contract/model/device.ts'
import { dayMs, slotMs, slotOf, slotsPerDay, slotStartAt } from '../../src/contract/model/time.ts'
import { measureOf, type Sample } from '../../src/station/datapoint.ts'
import { readRecentAfter } from '../../src/station/store/recent.ts'
import { createHandClock } from '../support/hand-clock.ts'
import { dayStartsAt, startHandStation } from '../support/hand-station.ts'
import { connectReporter, ownMetric } from '../support/reporter.ts'
import { readerOf, storedSeries } from '../support/stored.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const retention = { days: 15 }
const historyDays = 18
const slotsPerReport = 12

const device = deviceId.parse('pump-1')
const bytesOut = asMetricId('aws:all-bytes-out')

describe('days past retention', () => {
  test('are deleted by themselves, and the rest stays', async () => {
    const data = temporaryFolder()
    const clock = createHandClock(dayStartsAt)
    const running = await startHandStation({ data, clock, settings: { retention } })
    const history = historySlots(slotOf(dayStartsAt))
    await running.station.importHistory({ label: 'history', total: history.length, ...of(history) })
    const reader = readerOf(data)
    const kept = slotOf(dayStartsAt) - retention.days * slotsPerDay
    expect(storedSlots(data)).toEqual(history.filter((slot) => slot >= kept))

    const reporter = await connectReporter(running.brokerUrl, device)
    clock.leap(dayMs)
    await reporter.report(1)
    await clock.advance(2 * slotMs)
    expect(storedSlots(data)).toEqual(history.filter((slot) => slot >= kept + slotsPerDay))
    expect(storedSeries(reader, device, ownMetric)).toHaveLength(1)
    expect(running.station.status().store.oldestAt).toBe(slotStartAt(kept + slotsPerDay))
  })
})

describe('a day of live datapoints', () => {
  test('is compacted by itself once it is over, and reads the same before and after', async () => {
    const data = temporaryFolder()
    const clock = createHandClock(dayStartsAt)
    const { client, brokerUrl } = await startHandStation({ data, clock })
    const reporter = await connectReporter(brokerUrl, device)
    const values: number[] = []
    while (clock.now() < dayStartsAt + dayMs - slotsPerReport * slotMs) {
      values.push(values.length * 1.1)
      await reporter.report(values.length * 1.1)
      clock.leap((slotsPerReport - 2) * slotMs)
      await clock.advance(2 * slotMs)
    }
    const range = { from: dayStartsAt, to: dayStartsAt + dayMs, buckets: 4032 }
    const read = () =>
      client.series.get({ deviceId: device, metricId: asMetricId(ownMetric), ...range })
    const before = await read()
    expect(before.mean).toEqual(values.map((_, index) => (index + 1) * 1.1))
    expect(rowsOfFirstDay(data)).toBeGreaterThan(values.length)

    clock.leap(slotsPerReport * slotMs)
    await reporter.report(0)
    await clock.advance(2 * slotMs)
    expect(rowsOfFirstDay(data)).toBe(0)
    expect(await read()).toEqual(before)
  })
})

/** One slot in twelve of the days before this slot. */
function historySlots(untilSlot: number): number[] {
  const count = (historyDays * slotsPerDay) / slotsPerReport
  return Array.from({ length: count }, (_, index) => untilSlot - (count - index) * slotsPerReport)
}

function of(history: readonly number[]) {
  async function* slots() {
    for (const slot of history) yield { slot, samples: [sampleOf(slot)] }
  }
  return { slots: slots() }
}

function sampleOf(slot: number): Sample {
  return { deviceId: device, metricId: bytesOut, at: slotStartAt(slot), measure: measureOf(slot) }
}

function storedSlots(data: string): number[] {
  return storedSeries(readerOf(data), device, bytesOut).map(({ slot }) => slot)
}

/** Datapoints of the first day that are not yet in a block. */
function rowsOfFirstDay(data: string): number {
  const endsBefore = slotOf(dayStartsAt + dayMs)
  return readRecentAfter(readerOf(data), 0).filter(({ slot }) => slot < endsBefore).length
}
