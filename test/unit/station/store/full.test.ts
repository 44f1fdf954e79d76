import { describe, expect, test } from 'vitest'
import type { Store } from '../../../../src/station/store/open.ts'
import { storeFigures } from '../../../../src/station/store/figures.ts'
import { readRecentAfter, upsertRecent } from '../../../../src/station/store/recent.ts'
import { storeErrorOf } from '../../../../src/station/store/store-error.ts'
import { transaction } from '../../../../src/station/store/transaction.ts'
import {
  dayStart,
  newSeries,
  rowOf,
  storeIn,
  temporaryFolder,
  temporaryStore,
  thrownBy,
} from './store-folder.ts'

const batchSize = 50

describe('a full disk', () => {
  test('refuses a batch as a whole and keeps everything acknowledged before', () => {
    const folder = temporaryFolder()
    const store = storeIn(folder, { maxPages: 60 })
    const acknowledged = fill(store)
    expect(acknowledged).toBeGreaterThan(batchSize)
    expect(slotsIn(store)).toEqual(slotRange(acknowledged))
    store.close()
    expect(slotsIn(storeIn(folder))).toEqual(slotRange(acknowledged))
  })

  test('leaves a store that takes datapoints again as soon as there is room', () => {
    const folder = temporaryFolder()
    const store = storeIn(folder, { maxPages: 60 })
    const acknowledged = fill(store)
    store.write.database.pragma('max_page_count = 10000')
    appendBatch(store, acknowledged)
    expect(slotsIn(store)).toEqual(slotRange(acknowledged + batchSize))
    expect(storeFigures(store.read, store.path).datapoints).toBe(acknowledged + batchSize)
  })

  test('is what opening says when not even the tables fit', () => {
    expect(thrownBy(() => temporaryStore({ maxPages: 5 }))).toMatchObject({ code: 'STORE_FULL' })
  })
})

describe('an error of the store', () => {
  test.each([
    ['ENOSPC', 'STORE_FULL'],
    ['EROFS', 'STORE_READ_ONLY'],
    ['EACCES', 'STORE_READ_ONLY'],
    ['EIO', 'STORE_UNAVAILABLE'],
  ])('of a file operation with %s is %s', (code, expected) => {
    const error = Object.assign(new Error('failed'), { code, syscall: 'write' })
    expect(storeErrorOf(error)).toMatchObject({ code: expected })
  })

  test('is told from an error of the program', () => {
    expect(storeErrorOf(new TypeError('x is not a function'))).toBeNull()
  })
})

/** Appends batches until the store is full; returns how many datapoints it acknowledged. */
function fill(store: Store): number {
  newSeries(store.write, { metric: 'aws:all-bytes-out' })
  for (let acknowledged = 0; ; acknowledged += batchSize) {
    try {
      appendBatch(store, acknowledged)
    } catch (error) {
      expect(storeErrorOf(error)).toMatchObject({ code: 'STORE_FULL' })
      return acknowledged
    }
  }
}

function appendBatch(store: Store, from: number): void {
  const rows = slotRange(batchSize).map((slot) => rowOf(1, slot + from, slot))
  transaction(store.write, () => upsertRecent(store.write, rows))
}

function slotsIn(store: Store): number[] {
  return readRecentAfter(store.read, 0).map(({ slot }) => slot)
}

function slotRange(length: number): number[] {
  return Array.from({ length }, (_, at) => dayStart + at)
}
