import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { between, drawFor } from '../../src/demo/random.ts'
import { readAllSeries, readDevices } from '../../src/station/store/catalog.ts'
import { checkIntegrity } from '../../src/station/store/care.ts'
import { readSeriesData } from '../../src/station/store/datapoints.ts'
import type { ReadHandle } from '../../src/station/store/handles.ts'
import { closeReader, openReader } from '../../src/station/store/open.ts'
import { readRecentAfter } from '../../src/station/store/recent.ts'
import { createLedger, gateway, startFeeder, type Ledger } from '../support/report-feeder.ts'
import { ownMetric } from '../support/reporter.ts'
import {
  freePort,
  kill,
  startPicket,
  untilFree,
  untilListening,
  writeSite,
} from '../support/serve-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** Lives of the station. Every eighth is killed while it starts, the others while they take reports. */
const lives = 60
const startKillEvery = 8

/** Real milliseconds: how late a life may be killed after its start, or after its first acknowledged report. */
const latestInStartMs = 900
const latestInIngestMs = 150

const seed = Number(process.env['PICKET_SEED'] ?? Date.now() % 1_000_000)
const draw = drawFor(seed, 0, 'interruptions')

test(
  `kill -9 at any moment loses no report that was acknowledged, and doubles none (PICKET_SEED=${seed})`,
  { timeout: 300_000 },
  async () => {
    const folder = temporaryFolder()
    const data = join(folder, 'data')
    const port = await freePort()
    const site = writeSite(folder, siteOf(data, port))
    const ledger = createLedger()
    for (let life = 1; life <= lives; life += 1) {
      const acknowledgedBefore = new Set(ledger.acknowledged)
      await live(site, life % startKillEvery === 0 ? dieStarting : () => ingest(port, ledger))
      const fresh = [...ledger.acknowledged].filter((device) => !acknowledgedBefore.has(device))
      // The next life's reports are not to go to what this one leaves behind.
      await untilFree(port)
      if (fresh.length > 0) expectStored(data, ledger, new Set(fresh))
    }
    expectStored(data, ledger, ledger.acknowledged)
    expectSoundWithoutDoubles(data, ledger)
    console.log(
      `${ledger.acknowledged.size} reports acknowledged over ${lives} lives, seed ${seed}`,
    )
    expect(ledger.surprises).toEqual([])
    expect(ledger.acknowledged.size).toBeGreaterThan(10 * lives)
  },
)

function siteOf(data: string, port: number) {
  return {
    data,
    page: { port: 0 },
    reports: { minimumPeriodSeconds: 0 },
    limits: { devices: 100_000 },
    sources: [{ kind: 'embedded-broker', port, gateways: { [gateway]: ['*'] } }],
  }
}

/** Starts a station, kills it when its life is over, and lets the life draw its conclusion. */
async function live(site: string, life: () => Promise<() => Promise<void>>): Promise<void> {
  const picket = startPicket('serve', '--config', site)
  const conclude = await life()
  await kill(picket)
  await conclude()
}

/** A life that ends somewhere between the first line of code and the first report. */
async function dieStarting(): Promise<() => Promise<void>> {
  await pause(between(draw, 0, latestInStartMs))
  return () => Promise.resolve()
}

/** A life full of reports. */
async function ingest(port: number, ledger: Ledger): Promise<() => Promise<void>> {
  await untilListening(port)
  const value = (device: number) => device + between(draw, 0, 1)
  const feeder = await startFeeder(`mqtt://127.0.0.1:${port}`, ledger, value)
  await feeder.answered
  await pause(between(draw, 0, latestInIngestMs))
  return feeder.end
}

/** Each of these devices has its one datapoint, with the very value that it reported. */
function expectStored(data: string, ledger: Ledger, devices: ReadonlySet<string>): void {
  const reader = openReader(join(data, 'picket.db'))
  const stored = storedValues(reader, devices)
  closeReader(reader)
  const wrong = [...devices].filter((device) => {
    const values = stored.get(device) ?? []
    return values.length !== 1 || values[0] !== ledger.sent.get(device)
  })
  expect(wrong.map((device) => [device, ledger.sent.get(device), stored.get(device)])).toEqual([])
}

function storedValues(reader: ReadHandle, devices: ReadonlySet<string>): Map<string, number[]> {
  const names = new Map(readDevices(reader).map(({ id, deviceId }) => [id, deviceId]))
  const found = new Map<string, number[]>()
  for (const series of readAllSeries(reader)) {
    const device = names.get(series.deviceRowId) ?? ''
    if (series.metricId !== ownMetric || !devices.has(device)) continue
    found.set(device, [...readSeriesData(reader, series, 0, 2 ** 31 - 1).values])
  }
  return found
}

/** Also what was stored but never acknowledged is there once, as it was sent. */
function expectSoundWithoutDoubles(data: string, ledger: Ledger): void {
  const reader = openReader(join(data, 'picket.db'))
  const own = readAllSeries(reader).filter(({ metricId }) => metricId === ownMetric)
  const ids = new Set(own.map(({ id }) => id))
  const rows = readRecentAfter(reader, 0).filter(({ seriesId }) => ids.has(seriesId))
  expect(rows.filter(({ measure }) => measure.count !== 1)).toEqual([])
  expect(own.length).toBeGreaterThanOrEqual(ledger.acknowledged.size)
  const all = new Set(readDevices(reader).map(({ deviceId }) => String(deviceId)))
  const integrity = checkIntegrity(reader)
  closeReader(reader)
  all.delete(gateway)
  expectStored(data, ledger, all)
  expect(integrity).toEqual({ isSound: true, findings: [] })
}
