import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import SqliteDatabase from 'better-sqlite3'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { StationClient } from '../../src/contract/contract.ts'
import { asMetricId } from '../../src/contract/model/aws-metrics.ts'
import { deviceId } from '../../src/contract/model/device.ts'
import { leastStoreBytes } from '../../src/contract/model/settings.ts'
import { violationId } from '../../src/contract/model/alarm.ts'
import type { HeadlessHost } from '../../src/server/headless-host.ts'
import { insertDevice } from '../../src/station/store/catalog.ts'
import { checkIntegrity } from '../../src/station/store/care.ts'
import { openStore } from '../../src/station/store/open.ts'
import { giveUpRoot } from '../support/give-up-root.ts'
import { openPage } from '../support/page-client.ts'
import { until } from '../support/poll.ts'
import { connectReporter, ownMetric, type Reporter } from '../support/reporter.ts'
import { readerOf, storedSeries } from '../support/stored.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { createTestHost } from '../support/test-host.ts'

/** Turns of a second in which hardly anything is due to be written. */
const turnsWatched = 4

describe('a station that cannot use its store shows why, answers with the code, and leaves the files alone', () => {
  test('where a newer version wrote the database', async () => {
    const data = usedFolder()
    alter(data, (database) => database.pragma('user_version = 99'))
    await expectUnusable(data, { state: 'newer', code: 'STORE_NEWER', says: 'newer version' })
  })

  test('where the file is no database', async () => {
    const data = usedFolder()
    writeFileSync(fileOf(data), 'garbage '.repeat(1000))
    await expectUnusable(data, { state: 'corrupt', code: 'STORE_CORRUPT', says: 'is damaged' })
  })

  test('where a page of the database is damaged', async () => {
    const data = usedFolder()
    const bytes = readFileSync(fileOf(data))
    writeFileSync(fileOf(data), bytes.fill(0xa5, 2 * 4096, 4 * 4096))
    await expectUnusable(data, { state: 'corrupt', code: 'STORE_CORRUPT', says: 'is damaged' })
  })

  test('where the folder cannot be written to', async () => {
    const data = readOnlyFolder()
    await expectUnusable(data, {
      state: 'read-only',
      code: 'STORE_READ_ONLY',
      says: 'cannot be written to',
    })
  })
})

describe('a database that fills while the station runs', () => {
  test('has reports refused and nothing lost, and goes on once there is room', async () => {
    const data = join(temporaryFolder(), 'data')
    const { host } = createTestHost(watching(data))
    await started(host)
    const page = await openPage(host.signInLink())
    const { address } = (await page.system.status()).sources[0] ?? { address: '' }
    await page.settings.change({ storeLimitBytes: leastStoreBytes })

    const before = await reportUntil('ACCEPTED', { address, name: 'before' })
    expect(await statesOf(page)).toEqual(Array(turnsWatched).fill('ok'))
    fillUp(data)
    const during = await reportUntil('REJECTED', { address, name: 'during' })
    expect(during.refusal?.statusDetails?.ErrorCode).toBe('ServiceUnavailable')
    await until('the page says that it is full', async () => isState(page, 'full'))
    expect((await page.system.status()).store.sentence).toContain('Raise the limit')
    // The state must not come and go with every turn that happens to have nothing to write.
    expect(await statesOf(page)).toEqual(Array(turnsWatched).fill('full'))

    // Nothing else can be kept, but that there is more room can.
    await page.settings.change({ storeLimitBytes: 2 * leastStoreBytes })
    const after = await reportUntil('ACCEPTED', { address, name: 'after' })
    await until('the page says that all is well', async () => isState(page, 'ok'))
    const rejections = await page.system.rejections({})
    expect(rejections.filter(({ deviceId }) => deviceId === 'during')).toMatchObject([
      { reason: 'store-unavailable' },
    ])
    await host.stop()
    expectStored(data, [before, during, after])
  })

  test('is as full when the station is started again, which says so and takes it up when it may grow', async () => {
    const data = join(temporaryFolder(), 'data')
    const first = createTestHost(watching(data))
    await first.host.start()
    const before = await openPage(first.host.signInLink())
    await before.settings.change({ storeLimitBytes: leastStoreBytes })
    fillUp(data)
    await first.host.stop()
    const { host } = createTestHost({ ...watching(data, { isMade: true }) })
    await started(host)
    const page = await openPage(host.signInLink())
    const { address } = (await page.system.status()).sources[0] ?? { address: '' }
    expect(await isState(page, 'full')).toBe(true)
    await reportUntil('REJECTED', { address, name: 'while-full' })
    await page.settings.change({ storeLimitBytes: null })
    await reportUntil('ACCEPTED', { address, name: 'again' })
    expect(await isState(page, 'ok')).toBe(true)
  })
})

/** A folder that a station has used: its database holds something. */
function usedFolder(folder = temporaryFolder()): string {
  const store = openStore({ folder, holder: 'a test' })
  insertDevice(store.write, { deviceId: deviceId.parse('pump-1'), firstSeenAt: 1 })
  store.close()
  return folder
}

function readOnlyFolder(): string {
  const data = usedFolder()
  giveUpRoot([data, ...readdirSync(data).map((name) => join(data, name))])
  chmodSync(data, 0o555)
  onTestFinished(() => chmodSync(data, 0o755))
  return data
}

function alter(data: string, change: (database: SqliteDatabase.Database) => void): void {
  const database = new SqliteDatabase(fileOf(data))
  change(database)
  database.close()
}

function fileOf(data: string): string {
  return join(data, 'picket.db')
}

/** Has the database hold something that leaves four pages below the limit. */
function fillUp(data: string): void {
  alter(data, (database) => {
    const pages = Number(database.pragma('page_count', { simple: true }))
    const bytes = leastStoreBytes - (pages + 4) * 4096
    database.prepare('INSERT INTO state VALUES (?, zeroblob(?))').run('test-ballast', bytes)
  })
}

function watching(data: string, { isMade = false } = {}) {
  if (!isMade) mkdirSync(data)
  return {
    data,
    reports: { minimumPeriodSeconds: 0 },
    sources: [{ kind: 'embedded-broker' as const, port: 0 }],
  }
}

async function started(host: HeadlessHost): Promise<void> {
  onTestFinished(() => host.stop())
  await host.start()
}

async function expectUnusable(
  data: string,
  expected: { state: string; code: string; says: string },
): Promise<void> {
  const before = fingerprints(data)
  const { host } = createTestHost({ data })
  await started(host)
  const page = await openPage(host.signInLink())
  const { store, engine } = await page.system.status()
  expect(store).toMatchObject({ state: expected.state, path: data })
  expect(store.sentence).toContain(expected.says)
  expect(store.sentence).toContain(data)
  expect(engine.state).toBe('down')
  for (const call of callsOf(page)) await expect(call()).rejects.toMatchObject(codeOf(expected))
  await host.stop()
  expect(fingerprints(data)).toEqual(before)
}

function codeOf({ code }: { code: string }) {
  return { code }
}

/** Every call that needs the store. */
function callsOf(page: StationClient): (() => Promise<unknown>)[] {
  const device = { deviceId: deviceId.parse('pump-1') }
  const range = { from: 0, to: 1 }
  return [
    () => page.devices.list({}),
    () => page.devices.get(device),
    () => page.metrics.list(),
    () => page.series.get({ ...device, ...range, metricId: asMetricId(ownMetric), buckets: 1 }),
    () => page.alarms.active({}),
    () => page.alarms.history(range),
    () => page.alarms.get({ id: violationId.parse('0'.repeat(32)) }),
    () => page.profiles.list(),
    () => page.system.rejections({}),
    () => page.store.check(),
    () => page.store.backup({ path: '/nonexistent/backup.db' }),
  ]
}

/** What each file of the database is made of. The lock and its holder come and go. */
function fingerprints(data: string): Record<string, string> {
  const names = readdirSync(data).filter((name) => name.startsWith('picket.db'))
  const hash = (name: string) =>
    createHash('sha256')
      .update(readFileSync(join(data, name)))
      .digest('hex')
  return Object.fromEntries(names.map((name) => [name, hash(name)]))
}

interface Reported {
  name: string
  /** Values that were acknowledged, each in its own device. */
  accepted: number[]
  refusal: Awaited<ReturnType<Reporter['report']>> | null
}

/** What is left of the log after the last checkpoint may still take some reports; this is more than fit. */
const mostReports = 3000

/** Reports one value after another until the answer is the expected one. */
async function reportUntil(
  status: 'ACCEPTED' | 'REJECTED',
  { address, name }: { address: string; name: string },
): Promise<Reported> {
  const reporter = await connectReporter(address, name)
  const accepted: number[] = []
  for (let value = 1; value <= mostReports; value += 1) {
    const answer = await reporter.report(value)
    if (answer.status === 'ACCEPTED') accepted.push(value)
    if (answer.status !== status) continue
    reporter.mqtt.end(true)
    return { name, accepted, refusal: status === 'REJECTED' ? answer : null }
  }
  throw new Error(`no report was ${status}`)
}

async function isState(page: StationClient, state: string): Promise<boolean> {
  return (await page.system.status()).store.state === state
}

/** What the next few turns of the station tell the page of its store. */
async function statesOf(page: StationClient): Promise<string[]> {
  const states: string[] = []
  for await (const event of await page.events.watch({})) {
    if (event.kind === 'status') states.push(event.status.store.state)
    if (states.length === turnsWatched) break
  }
  return states
}

/** The last value of each device that was acknowledged is there, and the database is sound. */
function expectStored(data: string, all: readonly Reported[]): void {
  const reader = readerOf(data)
  for (const { name, accepted } of all) {
    const values = storedSeries(reader, name, ownMetric).map(({ value }) => value)
    expect(values.at(-1) ?? null).toBe(accepted.at(-1) ?? null)
  }
  expect(checkIntegrity(reader)).toEqual({ isSound: true, findings: [] })
}
