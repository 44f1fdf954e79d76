import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { awsMetrics } from '../../../../src/contract/model/aws-metrics.ts'
import { backup, checkIntegrity, checkpoint } from '../../../../src/station/store/care.ts'
import { readAllSeries } from '../../../../src/station/store/catalog.ts'
import { compactStep } from '../../../../src/station/store/compaction.ts'
import { readSeriesData } from '../../../../src/station/store/datapoints.ts'
import { storeFigures } from '../../../../src/station/store/figures.ts'
import type { ReadHandle } from '../../../../src/station/store/handles.ts'
import { closeReader, openReader, type Store } from '../../../../src/station/store/open.ts'
import { readState, writeState } from '../../../../src/station/store/state.ts'
import { snapshot } from '../../../../src/station/store/transaction.ts'
import {
  dayStart,
  keepRows,
  newSeries,
  rowOf,
  storeIn,
  temporaryFolder,
  temporaryStore,
} from './store-folder.ts'

describe('a backup', () => {
  test('holds all that the database held, in a folder of its own', async () => {
    const store = filledStore()
    const folder = temporaryFolder()
    const target = join(folder, 'picket.db')
    const { bytes } = await backup(store.read, target)
    expect(readdirSync(folder)).toEqual(['picket.db'])
    expect(statSync(target)).toMatchObject({ size: bytes })
    expect(statSync(target).mode & 0o777).toBe(0o600)
    expect(everything(storeIn(folder).read)).toEqual(everything(store.read))
  })

  test('is of the moment it began, and is not started anew by what is written meanwhile', async () => {
    const store = filledStore()
    const folder = temporaryFolder()
    writeState(store.write, 'written', 'before')
    const written = backup(store.read, join(folder, 'picket.db'))
    writeState(store.write, 'written', 'meanwhile')
    await written
    expect(readState(storeIn(folder).read, 'written')).toBe('before')
    expect(readState(store.read, 'written')).toBe('meanwhile')
  })

  test('never replaces a file', async () => {
    const store = filledStore()
    const target = join(temporaryFolder(), 'precious')
    writeFileSync(target, 'precious')
    await expect(backup(store.read, target)).rejects.toMatchObject({
      code: 'BACKUP_FAILED',
      message: expect.stringContaining(target),
    })
    expect(readFileSync(target, 'utf8')).toBe('precious')
  })

  test('never replaces an unfinished one, which may be under way', async () => {
    const store = filledStore()
    const target = join(temporaryFolder(), 'copy.db')
    writeFileSync(`${target}.part`, 'unfinished')
    await expect(backup(store.read, target)).rejects.toMatchObject({
      code: 'BACKUP_FAILED',
      message: expect.stringContaining(`${target}.part exists`),
    })
    expect(readFileSync(`${target}.part`, 'utf8')).toBe('unfinished')
  })

  test('leaves nothing behind when there is no such folder', async () => {
    const store = filledStore()
    const target = join(temporaryFolder(), 'missing', 'copy.db')
    await expect(backup(store.read, target)).rejects.toMatchObject({ code: 'BACKUP_FAILED' })
    expect(existsSync(`${target}.part`)).toBe(false)
  })
})

describe('the integrity check', () => {
  test('finds nothing in a sound database', () => {
    expect(checkIntegrity(filledStore().read)).toEqual({ isSound: true, findings: [] })
  })

  test('finds a damaged block, which reading refuses too', () => {
    const store = filledStore()
    store.write.database.exec("UPDATE blocks SET data = data || x'00' WHERE key % 4294967296 = 3")
    const { isSound, findings } = checkIntegrity(store.read)
    expect(isSound).toBe(false)
    expect(findings).toEqual([expect.stringMatching(/^Day 20000 of series 3: .*damaged/)])
    const third = readAllSeries(store.read).find(({ id }) => id === 3)
    if (!third) throw new Error('no third series')
    expect(() => readSeriesData(store.read, third, dayStart, dayStart)).toThrow(/is damaged/)
  })

  test('finds a block with fewer datapoints than were counted', () => {
    const store = filledStore()
    store.write.database.exec('UPDATE blocks SET count = count + 1 WHERE key % 4294967296 = 2')
    expect(checkIntegrity(store.read).findings).toEqual([
      'Day 20000 of series 2: holds 288 datapoints where 289 are noted',
    ])
  })

  test('finds a page that was damaged while the station ran', () => {
    const store = filledStore()
    checkpoint(store.write)
    const path = store.path
    store.close()
    const bytes = readFileSync(path)
    const sound = Buffer.from(bytes)
    const folder = temporaryFolder()
    const copy = storeIn(folder)
    copy.close()
    writeFileSync(copy.path, sound)
    const again = storeIn(folder)
    bytes.fill(0xff, 4096 * 8, 4096 * 9)
    writeFileSync(copy.path, bytes)
    expect(checkIntegrity(again.read).isSound).toBe(false)
  })
})

describe('a checkpoint', () => {
  test('empties the log and gives unused space back', () => {
    const store = filledStore()
    const before = storeFigures(store.read, store.path).bytes
    checkpoint(store.write)
    expect(statSync(`${store.path}-wal`).size).toBe(0)
    expect(storeFigures(store.read, store.path).bytes).toBeLessThan(before / 3)
  })
})

describe('a checkpoint while someone reads', () => {
  test('does not wait for them, and loses nothing', () => {
    const store = filledStore()
    const reader = openReader(store.path)
    snapshot(reader, () => {
      expect(readState(reader, 'written')).toBeNull()
      writeState(store.write, 'written', 'meanwhile')
      const startedAt = performance.now()
      checkpoint(store.write)
      expect(performance.now() - startedAt).toBeLessThan(2000)
      expect(readState(reader, 'written')).toBeNull()
    })
    expect(readState(reader, 'written')).toBe('meanwhile')
    closeReader(reader)
  })
})

/** A store with blocks and rows of all metrics. */
function filledStore(): Store {
  const store = temporaryStore()
  for (const { id } of awsMetrics) {
    const series = newSeries(store.write, { metric: id })
    keepRows(
      store.write,
      Array.from({ length: 300 }, (_, at) => rowOf(series.id, dayStart + at, (at * 7919) % 1000)),
    )
  }
  while (compactStep(store.write, { beforeSlot: dayStart + 288, maxRows: 2000 }) > 0);
  return store
}

function everything(handle: ReadHandle) {
  return readAllSeries(handle).map((series) => [
    series,
    readSeriesData(handle, series, dayStart, dayStart + 600),
  ])
}
