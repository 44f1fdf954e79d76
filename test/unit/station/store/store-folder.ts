import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { asMetricId } from '../../../../src/contract/model/aws-metrics.ts'
import { deviceId } from '../../../../src/contract/model/device.ts'
import { measureOf } from '../../../../src/station/datapoint.ts'
import { insertDevice, insertSeries, readDevices } from '../../../../src/station/store/catalog.ts'
import type { WriteHandle } from '../../../../src/station/store/handles.ts'
import { openStore, type Store } from '../../../../src/station/store/open.ts'
import { type RecentRow, upsertRecent } from '../../../../src/station/store/recent.ts'
import { transaction } from '../../../../src/station/store/transaction.ts'

/** First slot of some UTC day. */
export const dayStart = 20_000 * 288

const openModule = new URL('../../../../src/station/store/open.ts', import.meta.url).href

/** A folder that is deleted after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'picket-store-'))
  onTestFinished(() => {
    chmodSync(folder, 0o700)
    rmSync(folder, { recursive: true, force: true })
  })
  return folder
}

/** An open store in a folder of its own, closed after the test. */
export function temporaryStore(options: { maxPages?: number } = {}): Store {
  return storeIn(temporaryFolder(), options)
}

export function storeIn(folder: string, options: { maxPages?: number } = {}): Store {
  const store = openStore({ folder, holder: 'a test', ...options })
  onTestFinished(() => store.close())
  return store
}

/** A new series of a new device. */
export function newSeries(write: WriteHandle, names: { device?: string; metric: string }) {
  const id = deviceId.parse(names.device ?? `device of ${names.metric}`)
  const known = readDevices(write).find((device) => device.deviceId === id)
  const device = known ?? insertDevice(write, { deviceId: id, firstSeenAt: 1_000 })
  return insertSeries(write, { deviceRowId: device.id, metricId: asMetricId(names.metric) })
}

/** A row that holds a single value. */
export function rowOf(seriesId: number, slot: number, value: number): RecentRow {
  return { seriesId, slot, measure: measureOf(value), isPartial: false }
}

/** Adds rows in one transaction: each one on its own would wait for the disk. */
export function keepRows(write: WriteHandle, rows: readonly RecentRow[]): void {
  transaction(write, () => upsertRecent(write, rows))
}

/** What another process says that opens the folder: `opened`, or the error's code and sentence. */
export function openElsewhere(folder: string, userId?: number): string {
  const script = `
    const { openStore } = await import(${JSON.stringify(openModule)})
    try {
      openStore({ folder: ${JSON.stringify(folder)}, holder: 'elsewhere' }).close()
      console.log('opened')
    } catch (error) {
      console.log(error.code + ': ' + error.message)
    }`
  const result = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    ...(userId === undefined ? {} : { uid: userId, gid: userId }),
  })
  return result.stdout.trim() || result.stderr
}

/** Another process that holds the folder until it is killed. Resolves when it does. */
export async function holdElsewhere(folder: string): Promise<ChildProcess> {
  const script = `
    const { openStore } = await import(${JSON.stringify(openModule)})
    globalThis.store = openStore({ folder: ${JSON.stringify(folder)}, holder: 'picket serve' })
    console.log('held')
    setInterval(() => globalThis.store, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  await new Promise((resolve, reject) => {
    child.stdout.once('data', resolve)
    child.once('exit', () => reject(new Error('the holder ended early')))
  })
  return child
}

/** What `work` throws. */
export function thrownBy(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}
