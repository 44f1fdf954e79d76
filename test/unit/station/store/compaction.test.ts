import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { asMetricId, awsMetrics } from '../../../../src/contract/model/aws-metrics.ts'
import { slotStartAt } from '../../../../src/contract/model/time.ts'
import { compactStep, dropBefore } from '../../../../src/station/store/compaction.ts'
import { checkpoint } from '../../../../src/station/store/care.ts'
import {
  groupDevices,
  readSeriesData,
  type SeriesData,
} from '../../../../src/station/store/datapoints.ts'
import { storeFigures } from '../../../../src/station/store/figures.ts'
import { insertGap, listGaps } from '../../../../src/station/store/gaps.ts'
import type { Store } from '../../../../src/station/store/open.ts'
import {
  readRecentAfter,
  type RecentRow,
  writeScores,
} from '../../../../src/station/store/recent.ts'
import { transaction } from '../../../../src/station/store/transaction.ts'
import { dayStart, keepRows, newSeries, rowOf, temporaryStore } from './store-folder.ts'

const nextDay = dayStart + 288
const always: [number, number] = [0, 2 ** 31 - 1]

describe('compaction', () => {
  test('changes nothing that can be read', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => expectUnchanged(seed)),
      { numRuns: 15 },
    )
  })

  test('moves whole days only, when they have ended', () => {
    const store = temporaryStore()
    const { id } = newSeries(store.write, { metric: 'aws:all-bytes-out' })
    keepRows(store.write, [rowOf(id, nextDay - 1, 1), rowOf(id, nextDay, 2)])
    expect(compactStep(store.write, { beforeSlot: nextDay - 1, maxRows: 1000 })).toBe(0)
    expect(compactStep(store.write, { beforeSlot: nextDay, maxRows: 1000 })).toBe(1)
    expect(compactStep(store.write, { beforeSlot: nextDay, maxRows: 1000 })).toBe(0)
    expect(readRecentAfter(store.read, 0)).toEqual([rowOf(id, nextDay, 2)])
  })

  test('moves no more rows in a step than it was told', () => {
    const store = temporaryStore()
    for (const { id } of awsMetrics) {
      const series = newSeries(store.write, { metric: id })
      keepRows(store.write, wholeDay(series.id))
    }
    expect(stepUntilDone(store)).toEqual([576, 576, 576, 576, 576, 576, 288])
  })

  test('merges what came late into the block, the late datapoint winning', () => {
    const store = temporaryStore()
    const series = newSeries(store.write, { metric: 'aws:all-bytes-out' })
    keepRows(store.write, [rowOf(series.id, dayStart, 1), rowOf(series.id, dayStart + 2, 3)])
    stepUntilDone(store)
    keepRows(store.write, [rowOf(series.id, dayStart + 1, 20), rowOf(series.id, dayStart + 2, 30)])
    const late = { slots: [dayStart, dayStart + 1, dayStart + 2], values: [1, 20, 30] }
    expect(slotsAndValues(store, series)).toEqual(late)
    stepUntilDone(store)
    expect(slotsAndValues(store, series)).toEqual(late)
    expect(storeFigures(store.read, store.path).datapoints).toBe(3)
  })

  test('keeps a fleet of whole-number metrics below 1.5 bytes a datapoint, beside an empty file', () => {
    const store = temporaryStore()
    const days = 2
    // Tables and indexes that hold nothing yet take a page each, whatever the size of the fleet.
    checkpoint(store.write)
    const { bytes: bytesOfNothing } = storeFigures(store.read, store.path)
    simulateFleet(store, { devices: 6, days })
    for (let call = 0; call < 20; call += 1) checkpoint(store.write)
    const { bytes, datapoints } = storeFigures(store.read, store.path)
    expect(datapoints).toBe(6 * awsMetrics.length * 288 * days)
    expect((bytes - bytesOfNothing) / datapoints).toBeLessThan(1.5)
  })
})

describe('retention', () => {
  test('deletes days, rows and gaps that are past, a day a step', () => {
    const store = temporaryStore()
    const series = newSeries(store.write, { metric: 'aws:all-bytes-out' })
    for (const day of [0, 1, 2]) keepRows(store.write, wholeDay(series.id, dayStart + day * 288))
    insertGap(store.write, { sourceId: 'broker', from: 0, to: 10, reason: 'restarted' })
    compactStep(store.write, { beforeSlot: nextDay, maxRows: 1000 })
    expect(dropBefore(store.write, nextDay + 288 + 10)).toBe(289)
    expect(dropBefore(store.write, nextDay + 288 + 10)).toBe(288)
    expect(dropBefore(store.write, nextDay + 288 + 10)).toBe(10)
    expect(dropBefore(store.write, nextDay + 288 + 10)).toBe(0)
    expect(slotsAndValues(store, series).slots[0]).toBe(nextDay + 288 + 10)
    expect(listGaps(store.read, 0, 100)).toEqual([])
    expect(storeFigures(store.read, store.path)).toMatchObject({
      datapoints: 278,
      oldestAt: slotStartAt(nextDay + 288 + 10),
    })
  })

  test('keeps a block until its whole day is past', () => {
    const store = temporaryStore()
    const series = newSeries(store.write, { metric: 'aws:all-bytes-out' })
    keepRows(store.write, wholeDay(series.id).slice(3))
    stepUntilDone(store)
    expect(dropBefore(store.write, nextDay - 1)).toBe(0)
    expect(storeFigures(store.read, store.path).oldestAt).toBe(slotStartAt(dayStart + 3))
    expect(dropBefore(store.write, nextDay)).toBe(285)
    expect(storeFigures(store.read, store.path)).toMatchObject({ datapoints: 0, oldestAt: null })
  })
})

describe('histories for training', () => {
  const sent = 'aws:num-messages-sent'
  const bytesIn = 'aws:all-bytes-in'
  const window = { metricIds: [sent, bytesIn], fromSlot: dayStart, toSlot: nextDay }

  test('are the complete datapoints of every device that has any of the metrics', () => {
    const store = temporaryStore()
    const one = newSeries(store.write, { device: 'one', metric: sent })
    const two = newSeries(store.write, { device: 'two', metric: sent })
    newSeries(store.write, { device: 'three', metric: sent })
    const bytes = newSeries(store.write, { device: 'two', metric: bytesIn })
    const partial = { ...rowOf(one.id, dayStart + 1, 5), isPartial: true }
    keepRows(store.write, [rowOf(one.id, dayStart, 1), partial, rowOf(one.id, nextDay, 2)])
    keepRows(store.write, [rowOf(two.id, dayStart + 7, 9), rowOf(two.id, nextDay + 1, 8)])
    keepRows(store.write, [rowOf(bytes.id, dayStart + 7, 700)])
    stepUntilDone(store)
    const devices = groupDevices(store.read, window)
    for (const read of [[...devices], [...devices]]) {
      expect(read.map(({ deviceId, series }) => [deviceId, series.map(pairsOf)])).toEqual([
        [
          'one',
          [
            [
              [dayStart, 1],
              [nextDay, 2],
            ],
            null,
          ],
        ],
        ['two', [[[dayStart + 7, 9]], [[dayStart + 7, 700]]]],
      ])
    }
  })

  test('may be written to between two devices', () => {
    const store = temporaryStore()
    for (const device of ['one', 'two']) {
      const series = newSeries(store.write, { device, metric: sent })
      keepRows(store.write, [rowOf(series.id, dayStart, 1)])
    }
    const devices: string[] = []
    for (const { deviceId } of groupDevices(store.write, window)) {
      keepRows(store.write, [rowOf(1, nextDay + devices.length, 1)])
      devices.push(deviceId)
    }
    expect(devices).toEqual(['one', 'two'])
  })
})

function pairsOf(data: SeriesData | null): [number, number][] | null {
  return data && [...data.slots].map((slot, at) => [slot, data.values[at] ?? NaN])
}

/** Random rows of a counter, a gauge and a size over three days read the same before and after. */
function expectUnchanged(seed: number): void {
  const store = temporaryStore()
  const metrics = ['aws:all-bytes-out', 'aws:message-byte-size', 'a-custom-number']
  const all = metrics.map((metric) => newSeries(store.write, { metric }))
  const rows = all.flatMap(({ id }) => fc.sample(randomRow(id), { numRuns: 300, seed: seed + id }))
  keepRows(store.write, rows)
  const scores = rows.map(({ slot, seriesId }, at) => ({ slot, seriesId, score: (at % 50) / 7 }))
  transaction(store.write, () => writeScores(store.write, scores))
  const ranges: [number, number][] = [always, [dayStart + 100, nextDay + 100]]
  const read = () =>
    all.map((series) => ranges.map((range) => readSeriesData(store.read, series, ...range)))
  const before = read()
  const { datapoints } = storeFigures(store.read, store.path)
  expect(stepUntilDone(store).length).toBeGreaterThan(0)
  expect(read()).toEqual(before)
  expect(storeFigures(store.read, store.path).datapoints).toBe(datapoints)
  store.close()
}

function randomRow(seriesId: number): fc.Arbitrary<RecentRow> {
  const value = fc.oneof(fc.nat(100_000), fc.double({ min: 0.001, max: 1e6, noNaN: true }))
  return fc.record({
    seriesId: fc.constant(seriesId),
    slot: fc.integer({ min: dayStart, max: dayStart + 3 * 288 - 1 }),
    measure: fc.record({
      count: fc.integer({ min: 1, max: 100 }),
      sum: value,
      min: value,
      max: value,
      last: value,
    }),
    isPartial: fc.boolean(),
  })
}

/** Compacts the first two days, by default two series a step; returns how many rows each step moved. */
function stepUntilDone(store: Store, maxRows = 600): number[] {
  const moved: number[] = []
  for (;;) {
    const rows = compactStep(store.write, { beforeSlot: dayStart + 2 * 288, maxRows })
    if (rows === 0) return moved
    moved.push(rows)
  }
}

function slotsAndValues(store: Store, series: { id: number; metricId: RecentMetric }) {
  const { slots, values } = readSeriesData(store.read, series, ...always)
  return { slots: [...slots], values: [...values] }
}

type RecentMetric = ReturnType<typeof asMetricId>

function wholeDay(seriesId: number, from = dayStart): RecentRow[] {
  return Array.from({ length: 288 }, (_, at) => rowOf(seriesId, from + at, at))
}

function simulateFleet(store: Store, size: { devices: number; days: number }): void {
  const random = seededRandom(42)
  const rows: RecentRow[] = []
  for (let number = 0; number < size.devices * awsMetrics.length; number += 1) {
    const metric = awsMetrics[number % awsMetrics.length]?.id ?? ''
    const { id } = newSeries(store.write, { device: `device ${number}`, metric })
    const value = plausibleValues(metric, random)
    for (let at = 0; at < size.days * 288; at += 1) rows.push(rowOf(id, dayStart + at, value()))
  }
  keepRows(
    store.write,
    rows.toSorted((one, other) => one.slot - other.slot),
  )
  stepUntilDone(store, 10_000)
}

function plausibleValues(metric: string, random: () => number): () => number {
  if (/bytes-|packets-|messages|byte-size/.test(metric)) {
    const level = 10 ** (2 + random() * 3)
    return () => Math.round(level * (0.9 + 0.2 * random()))
  }
  if (/ports|connections/.test(metric)) {
    const count = Math.floor(random() * 8)
    return () => count
  }
  return () => Number(random() < 0.02)
}

/** Mulberry32 (T. Ettinger): evenly spread numbers 0..1 from a seed. */
function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
