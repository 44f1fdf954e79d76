import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { asMetricId } from '../../../../src/contract/model/aws-metrics.ts'
import { deviceId } from '../../../../src/contract/model/device.ts'
import { decodeModel } from '../../../../src/detect/trained/codec.ts'
import { childProcesses } from '../../../../src/server/child-process.ts'
import { createEngineLink, type EngineLink } from '../../../../src/station/engine/link.ts'
import type { Progress } from '../../../../src/station/engine/protocol.ts'
import { measureOf } from '../../../../src/station/datapoint.ts'
import { insertDevice, insertSeries } from '../../../../src/station/store/catalog.ts'
import { openStore, type Store } from '../../../../src/station/store/open.ts'
import { upsertRecent, writeScores } from '../../../../src/station/store/recent.ts'
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
    host: childProcesses,
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

const job = () => ({
  databasePath: store.path,
  fromSlot: monday,
  toSlot: monday + slots - 1,
  metricIds: [bytesOut, disconnects],
  minimumDatapoints: 1_000,
  previous: null,
  falsePositives: [],
})

test('training reads the database, leaves out metrics with too little, and tells how far it is', async () => {
  fill()
  const told: Progress[] = []
  const { model, learned, skipped } = await link.train(job(), (progress) => told.push(progress))
  expect(skipped).toEqual([{ metricId: disconnects, datapoints: 24 }])
  const learnedBytes = { metricId: bytesOut, datapoints: 2 * slots, unseenDays: ['weekend'] }
  expect(learned).toEqual([learnedBytes])
  const shares = told.map(({ done, total }) => done / total)
  expect(shares.length).toBeGreaterThanOrEqual(2)
  expect(shares).toEqual([...shares].sort())
  expect(Math.max(...shares)).toBeLessThanOrEqual(1)
  expect(decodeModel(model ?? new Uint8Array()).metricIds).toEqual([bytesOut, disconnects])
})

test('a trained model can be loaded and judges, and a restart changes nothing', async () => {
  fill()
  const { model } = await link.train(job())
  const load = { model, databasePath: store.path, throughSlot: monday + slots - 1 }
  const point = {
    deviceId: 'pump-01',
    metricId: bytesOut,
    isPartial: false,
    explainAt: 'LOW',
  } as const
  const points = [20_000, 200_000].map((value, at) => ({
    ...point,
    slot: monday + slots + at,
    value,
  }))
  await link.load(load)
  const before = await link.score(points)
  expect(before.points[0]?.score).toBeLessThan(2)
  expect(before.points[1]?.score).toBeGreaterThanOrEqual(4)
  await link.load(load)
  expect(await link.score(points)).toEqual(before)
})

test('what a device did before counts: a judge that does not know its last day judges otherwise', async () => {
  fill()
  const { model } = await link.train(job())
  const load = { model, databasePath: store.path }
  const slot = monday + slots
  const point = { deviceId: 'pump-01', metricId: bytesOut, isPartial: false, explainAt: null }
  const points = Array.from({ length: 24 }, (_, at) => ({
    ...point,
    slot: slot + at,
    value: 22_000,
  }))
  await link.load({ ...load, throughSlot: slot - 1 })
  const known = await link.score(points)
  await link.load({ ...load, throughSlot: monday - 1 })
  const unknown = await link.score(points)
  const scoresOf = ({ points: judged }: typeof known) => judged.map((each) => each?.score)
  expect(scoresOf(known)).not.toEqual(scoresOf(unknown))
})

test('what a person found normal is learned, however strange it was', async () => {
  fill()
  const from = monday + day + 100
  const peak = { deviceId: 'pump-01', metricId: bytesOut, fromSlot: from, toSlot: from + 11 }
  const row = { measure: measureOf(200_000), isPartial: false, seriesId: 1 }
  const rows = Array.from({ length: 12 }, (_, at) => ({ ...row, slot: from + at }))
  transaction(store.write, () => {
    upsertRecent(store.write, rows)
    writeScores(
      store.write,
      rows.map((each) => ({ ...each, score: 7 })),
    )
  })
  const scoreOfAnother = async (falsePositives: readonly (typeof peak)[]) => {
    const { model } = await link.train({ ...job(), falsePositives })
    const slot = monday + slots
    await link.load({ model, databasePath: store.path, throughSlot: slot - 1 })
    const point = { deviceId: 'pump-01', metricId: bytesOut, isPartial: false, explainAt: null }
    const { points } = await link.score([{ ...point, slot, value: 200_000 }])
    return points[0]?.score ?? NaN
  }
  expect(await scoreOfAnother([peak])).toBeLessThan((await scoreOfAnother([])) - 1)
})

test('a partial datapoint is judged and not remembered', async () => {
  fill()
  const { model } = await link.train(job())
  const load = { model, databasePath: store.path, throughSlot: monday + slots - 1 }
  const slot = monday + slots
  const point = { deviceId: 'pump-01', metricId: bytesOut, explainAt: null }
  const next = { ...point, slot: slot + 1, value: 20_000, isPartial: false }
  await link.load(load)
  const alone = await link.score([next])
  await link.load(load)
  const partial = await link.score([{ ...point, slot, value: 2, isPartial: true }])
  expect(partial.points[0]?.score).toBeGreaterThan(3)
  expect(await link.score([next])).toEqual(alone)
})

test('a database can be checked from the outside while the station has it open', async () => {
  fill()
  expect(await link.check(store.path)).toEqual({ isSound: true, findings: [] })
})
