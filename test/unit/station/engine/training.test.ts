import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { asMetricId } from '../../../../src/contract/model/aws-metrics.ts'
import { deviceId } from '../../../../src/contract/model/device.ts'
import { decodeModel } from '../../../../src/detect/codec.ts'
import { engineProcesses } from '../../../../src/server/child-process.ts'
import { createEngineLink, type EngineLink } from '../../../../src/station/engine/link.ts'
import type { Progress } from '../../../../src/station/engine/protocol.ts'
import { measureOf } from '../../../../src/station/datapoint.ts'
import { insertDevice, insertSeries } from '../../../../src/station/store/catalog.ts'
import { openStore, type Store } from '../../../../src/station/store/open.ts'
import { upsertRecent } from '../../../../src/station/store/recent.ts'
import { transaction } from '../../../../src/station/store/transaction.ts'
import { day, monday, randomFrom } from '../../detect/synthetic-fleet.ts'
import { createHandClock, quietLog } from './hand-clock.ts'

const bytesOut = asMetricId('aws:all-bytes-out')
const disconnects = asMetricId('aws:num-disconnects')
const slots = 3 * day

let folder: string
let store: Store
let link: EngineLink

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'picket-training-'))
  store = openStore({ folder, holder: 'a test' })
  const clock = createHandClock()
  link = createEngineLink({
    host: engineProcesses,
    clock,
    log: quietLog,
    role: 'The training engine',
  })
  link.start()
})

afterEach(async () => {
  await link.stop()
  store.close()
  rmSync(folder, { recursive: true })
})

/** Two devices for three days; disconnects of the last hour only. */
function fill(): void {
  const random = randomFrom(2)
  transaction(store.write, () => {
    for (const name of ['pump-01', 'pump-02']) {
      const id = deviceId.parse(name)
      const device = insertDevice(store.write, { deviceId: id, firstSeenAt: 0 })
      const series = (metricId: typeof bytesOut) =>
        insertSeries(store.write, { deviceRowId: device.id, metricId }).id
      const busy = series(bytesOut)
      const rare = series(disconnects)
      for (let slot = monday; slot < monday + slots; slot++) {
        const bytes = Math.round(20_000 + 1_000 * random.normal())
        const rows = [{ slot, seriesId: busy, measure: measureOf(bytes), isPartial: false }]
        const isLate = slot >= monday + slots - 12
        const none = { slot, seriesId: rare, measure: measureOf(0), isPartial: false }
        upsertRecent(store.write, isLate ? [...rows, none] : rows)
      }
    }
  })
}

const range = { fromSlot: monday, toSlot: monday + slots - 1 }

test('training reads the database, leaves out metrics with too little, and tells how far it is', async () => {
  fill()
  const told: Progress[] = []
  const metricIds = [bytesOut, disconnects]
  const job = { databasePath: store.path, metricIds, ...range, minimumDatapoints: 1_000 }
  const { models, skipped } = await link.train(job, (progress) => told.push(progress))
  expect(skipped).toEqual([{ metricId: disconnects, datapoints: 24 }])
  expect(models).toMatchObject([{ metricId: bytesOut, ...range, datapoints: 2 * slots }])
  expect(told.map(({ done, total }) => [done, total])).toEqual([
    [0, 2],
    [1, 2],
    [2, 2],
  ])
  const learned = models.map(({ bytes }) => decodeModel(bytes))
  expect([...(learned[0]?.baselines.devices.keys() ?? [])]).toEqual(['pump-01', 'pump-02'])
})

test('a trained model can be loaded and judges', async () => {
  fill()
  const job = { databasePath: store.path, metricIds: [bytesOut], ...range, minimumDatapoints: 1 }
  const { models } = await link.train(job)
  await link.load(models.map(({ bytes }) => bytes))
  const point = { deviceId: 'pump-01', metricId: bytesOut, slot: monday + slots }
  const verdicts = await link.score([20_000, 200_000].map((value) => ({ ...point, value })))
  expect(verdicts[0]?.score).toBeLessThan(1)
  expect(verdicts[1]?.score).toBeGreaterThanOrEqual(6)
})

test('requests that come during training are answered between two metrics', async () => {
  fill()
  const order: string[] = []
  const metricIds = Array.from({ length: 4 }, () => bytesOut)
  const job = { databasePath: store.path, metricIds, ...range, minimumDatapoints: 1 }
  const training = link.train(job).then(() => order.push('trained'))
  const scoring = link.score([]).then(() => order.push('scored'))
  await Promise.all([training, scoring])
  expect(order).toEqual(['scored', 'trained'])
})

test('a database can be checked from the outside while the station has it open', async () => {
  fill()
  expect(await link.check(store.path)).toEqual({ isSound: true, findings: [] })
})
