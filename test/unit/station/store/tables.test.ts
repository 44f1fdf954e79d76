import { describe, expect, test } from 'vitest'
import { asMetricId } from '../../../../src/contract/model/aws-metrics.ts'
import { deviceId } from '../../../../src/contract/model/device.ts'
import type { Rejection } from '../../../../src/contract/model/status.ts'
import {
  insertDevice,
  insertSeries,
  readAllSeries,
  readDevices,
  writeReportState,
} from '../../../../src/station/store/catalog.ts'
import { insertGap, listGaps } from '../../../../src/station/store/gaps.ts'
import { insertModel, readLatestModel } from '../../../../src/station/store/models.ts'
import {
  nextRecentSlot,
  readRecentAfter,
  readRecentSlot,
  upsertRecent,
  writeScores,
} from '../../../../src/station/store/recent.ts'
import { readSeriesData } from '../../../../src/station/store/datapoints.ts'
import { storeFigures } from '../../../../src/station/store/figures.ts'
import {
  addRejections,
  countRejections,
  countRejectionsByDevice,
  listRejections,
} from '../../../../src/station/store/rejections.ts'
import { readState, writeState } from '../../../../src/station/store/state.ts'
import { transaction } from '../../../../src/station/store/transaction.ts'
import { dayStart, newSeries, rowOf, temporaryStore } from './store-folder.ts'

describe('the catalog', () => {
  test('keeps devices with hostile names, their state and series', () => {
    const { read, write } = temporaryStore()
    const name = deviceId.parse(`"'); DROP TABLE devices; -- <img src=x> 🛰`)
    const device = insertDevice(write, { deviceId: name, firstSeenAt: 5 })
    const series = insertSeries(write, { deviceRowId: device.id, metricId: asMetricId('m') })
    writeReportState(write, device.id, '{"lastReportId":7}')
    expect(readDevices(read)).toEqual([{ ...device, reportState: '{"lastReportId":7}' }])
    expect(readAllSeries(read)).toEqual([series])
  })

  test('refuses a device or series it has', () => {
    const { write } = temporaryStore()
    const name = deviceId.parse('one')
    const { id } = insertDevice(write, { deviceId: name, firstSeenAt: 5 })
    insertSeries(write, { deviceRowId: id, metricId: asMetricId('m') })
    expect(() => insertDevice(write, { deviceId: name, firstSeenAt: 6 })).toThrow(/UNIQUE/)
    expect(() => insertSeries(write, { deviceRowId: id, metricId: asMetricId('m') })).toThrow(
      /UNIQUE/,
    )
  })
})

describe('recent datapoints', () => {
  test('are replaced, not added to, and counted once', () => {
    const store = temporaryStore()
    const { id } = newSeries(store.write, { metric: 'aws:all-bytes-out' })
    upsertRecent(store.write, [rowOf(id, dayStart, 1), rowOf(id, dayStart + 3, 2)])
    upsertRecent(store.write, [{ ...rowOf(id, dayStart, 9), isPartial: true }])
    expect(readRecentSlot(store.read, dayStart)).toEqual([
      { ...rowOf(id, dayStart, 9), isPartial: true },
    ])
    expect(readRecentAfter(store.read, dayStart)).toEqual([rowOf(id, dayStart + 3, 2)])
    expect(nextRecentSlot(store.read, dayStart)).toBe(dayStart + 3)
    expect(nextRecentSlot(store.read, dayStart + 3)).toBeNull()
    expect(storeFigures(store.read, store.path).datapoints).toBe(2)
  })

  test('keep scores of 2 and more in steps of 0.05, also when their measure changes', () => {
    const store = temporaryStore()
    const series = newSeries(store.write, { metric: 'aws:all-bytes-out' })
    const scores = [1.99, 2, 3.14159, 1e9, Infinity, NaN]
    const rows = scores.map((_, at) => rowOf(series.id, dayStart + at, at))
    upsertRecent(store.write, rows)
    writeScores(
      store.write,
      scores.map((score, at) => ({ slot: dayStart + at, seriesId: series.id, score })),
    )
    upsertRecent(store.write, rows)
    const read = readSeriesData(store.read, series, dayStart, dayStart + 10)
    expect([...read.scores]).toEqual([0, 2, 3.15, 400, 400, 0])
  })

  test('of a series the catalog does not have are refused', () => {
    const { write } = temporaryStore()
    expect(() => upsertRecent(write, [rowOf(99, dayStart, 1)])).toThrow(/FOREIGN KEY/)
  })

  test('of a size metric have their mean as value and empty sizes where there are none', () => {
    const store = temporaryStore()
    const series = newSeries(store.write, { metric: 'aws:message-byte-size' })
    const measure = { count: 4, sum: 10, min: 1, max: 5, last: 2 }
    upsertRecent(store.write, [{ seriesId: series.id, slot: dayStart, measure, isPartial: false }])
    const read = readSeriesData(store.read, series, dayStart, dayStart)
    expect([read.values[0], read.sizes?.max[0]]).toEqual([2.5, 5])
    expect(readSeriesData(store.read, series, 0, 1).sizes?.count).toHaveLength(0)
  })
})

describe('a transaction', () => {
  test('that fails leaves nothing behind, nested ones included', () => {
    const { read, write } = temporaryStore()
    const fail = () =>
      transaction(write, () => {
        transaction(write, () => writeState(write, 'key', 'value'))
        throw new Error('stopped')
      })
    expect(fail).toThrow('stopped')
    expect(readState(read, 'key')).toBeNull()
    expect(transaction(write, () => 3)).toBe(3)
  })
})

describe('models', () => {
  test('are kept, the newest five, of which the newest is read', () => {
    const { read, write } = temporaryStore()
    expect(readLatestModel(read)).toBeNull()
    for (const trainedAt of [3, 1, 7, 5, 6, 4, 2]) {
      insertModel(write, { trainedAt, summary: 'words', bytes: Uint8Array.of(trainedAt) })
    }
    const { trainedAt, summary, bytes } = readLatestModel(read) ?? {}
    expect([trainedAt, summary, ...(bytes ?? [])]).toEqual([7, 'words', 7])
    const kept = read.database.prepare('SELECT trained_at FROM models ORDER BY 1')
    expect(kept.pluck().all()).toEqual([3, 4, 5, 6, 7])
  })
})

describe('rejections', () => {
  test('are counted by source, device and reason, the last detail shown', () => {
    const { read, write } = temporaryStore()
    addRejections(write, [rejectionOf({ count: 2, firstAt: 10, lastAt: 20, lastDetail: 'old' })])
    addRejections(write, [
      rejectionOf({ count: 3, firstAt: 30, lastAt: 40, lastDetail: 'new' }),
      rejectionOf({ deviceId: null, lastAt: 50 }),
      rejectionOf({ reason: 'oversized', lastAt: 45 }),
    ])
    const summed = rejectionOf({ count: 5, firstAt: 10, lastAt: 40, lastDetail: 'new' })
    const [newest, , oldest] = listRejections(read, { limit: 10 })
    expect([newest?.deviceId, oldest]).toEqual([null, summed])
    expect(listRejections(read, { limit: 1 })).toHaveLength(1)
    expect(listRejections(read, { limit: 9, deviceId: deviceId.parse('one') })).toHaveLength(2)
    expect(countRejections(read)).toBe(7)
    expect([...countRejectionsByDevice(read)]).toEqual([['one', 6]])
  })

  test('of made-up names do not fill the disk, and none goes uncounted', () => {
    const { read, write } = temporaryStore()
    const madeUp = Array.from({ length: 10_500 }, (_, at) =>
      rejectionOf({ deviceId: deviceId.parse(`made-up-${at}`) }),
    )
    addRejections(write, madeUp)
    expect(countRejections(read)).toBe(10_500)
    expect(countRejectionsByDevice(read).size).toBe(10_000)
  })
})

describe('gaps', () => {
  test('are listed where they overlap a span', () => {
    const { read, write } = temporaryStore()
    const gap = { sourceId: 'broker', from: 100, to: 200, reason: 'The broker was away.' }
    insertGap(write, gap)
    expect(listGaps(read, 199, 300)).toEqual([gap])
    expect(listGaps(read, 200, 300)).toEqual([])
    expect(listGaps(read, 0, 100)).toEqual([])
  })
})

function rejectionOf(facts: Partial<Rejection>): Rejection {
  return {
    sourceId: 'broker',
    deviceId: deviceId.parse('one'),
    reason: 'malformed',
    count: 1,
    firstAt: 1,
    lastAt: 1,
    lastDetail: 'It is not JSON.',
    ...facts,
  }
}
