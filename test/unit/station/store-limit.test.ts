import { describe, expect, test } from 'vitest'
import { dayMs, slotOf, slotsPerDay, slotStartAt } from '../../../src/contract/model/time.ts'
import { usualPreferences } from '../../../src/contract/model/settings.ts'
import type { Core } from '../../../src/station/core.ts'
import { leastRetentionDays } from '../../../src/station/settings.ts'
import { limitReached } from '../../../src/station/store-limit.ts'
import { makeRoom } from '../../../src/station/upkeep.ts'
import { compactStep } from '../../../src/station/store/compaction.ts'
import { storeFigures } from '../../../src/station/store/figures.ts'
import { limitStore, usedBytes } from '../../../src/station/store/limit.ts'
import type { Store } from '../../../src/station/store/open.ts'
import { upsertRecent } from '../../../src/station/store/recent.ts'
import { transaction } from '../../../src/station/store/transaction.ts'
import { newSeries, rowOf, temporaryStore } from './store/store-folder.ts'

const days = 30
const seriesCount = 12
const now = slotStartAt(slotsPerDay * 20_000)
const firstSlot = slotOf(now) - days * slotsPerDay

describe('a limit of the store', () => {
  test('has the oldest whole days deleted, no more than needed', async () => {
    const store = filledStore()
    const limit = Math.round(usedBytes(store.read) * 1.05)
    await makeRoom(coreOf(store, limit))
    expect(usedBytes(store.read)).toBeLessThanOrEqual(limit * 0.9)
    const oldest = oldestDay(store)
    expect(oldest).toBeGreaterThan(0)
    expect(oldest).toBeLessThan(days - leastRetentionDays)
    const before = usedBytes(store.read)
    await makeRoom(coreOf(store, limit))
    expect(usedBytes(store.read)).toBe(before)
  })

  test('never takes the days that learning needs, and is said to be reached instead', async () => {
    const store = filledStore()
    const core = coreOf(store, Math.round(usedBytes(store.read) / 10))
    await makeRoom(core)
    expect(oldestDay(store)).toBe(days - leastRetentionDays)
    expect(limitReached(core)).toMatchObject({ code: 'STORE_FULL' })
    expect(limitReached(core)?.message).toContain('Raise the limit')
  })

  test('that is far away deletes nothing, and none is never reached', async () => {
    const store = filledStore()
    for (const limit of [10 * usedBytes(store.read), null]) {
      const core = coreOf(store, limit)
      await makeRoom(core)
      expect(oldestDay(store)).toBe(0)
      expect(limitReached(core)).toBeNull()
    }
  })

  test('stops the file from growing, until it is raised', () => {
    const store = temporaryStore()
    newSeries(store.write, { metric: 'aws:all-bytes-out' })
    limitStore(store.write, usedBytes(store.read) + 8 * 4096)
    const write = (day: number) =>
      transaction(store.write, () => upsertRecent(store.write, rowsOf(1, day)))
    const fill = () => {
      for (let day = 0; day < days; day += 1) write(day)
    }
    expect(fill).toThrow(/full/)
    limitStore(store.write, null)
    expect(fill).not.toThrow()
  })
})

/** Thirty days of a few series, in blocks as they are after a night. */
function filledStore(): Store {
  const store = temporaryStore()
  for (let series = 1; series <= seriesCount; series += 1) {
    newSeries(store.write, { metric: 'aws:all-bytes-out', device: `pump-${series}` })
    for (let day = 0; day < days; day += 1) {
      transaction(store.write, () => upsertRecent(store.write, rowsOf(series, day)))
    }
  }
  const options = { beforeSlot: slotOf(now), maxRows: 10_000 }
  while (compactStep(store.write, options) > 0);
  return store
}

function rowsOf(series: number, day: number) {
  return Array.from({ length: slotsPerDay }, (_, slot) => {
    // Values without a pattern: they take room, as real ones do.
    const value = ((slot + 1) * 7919 * (day + 3) * series) % 1_000_003
    return rowOf(series, firstSlot + day * slotsPerDay + slot, value)
  })
}

function oldestDay(store: Store): number {
  const { oldestAt } = storeFigures(store.read, store.path)
  return Math.round(((oldestAt ?? 0) - slotStartAt(firstSlot)) / dayMs)
}

function coreOf(store: Store, storeLimitBytes: number | null): Core {
  const preferences = { ...usualPreferences, storeLimitBytes }
  // A limit looks at nothing else of a station.
  return { store, preferences, clock: { now: () => now } } as unknown as Core
}
