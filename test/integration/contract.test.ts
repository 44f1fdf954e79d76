import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MessageChannel } from 'node:worker_threads'
import { createORPCClient } from '@orpc/client'
import { RPCLink as PortLink } from '@orpc/client/message-port'
import { RPCLink as SocketLink } from '@orpc/client/websocket'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { StationClient } from '../../src/contract/contract.ts'
import { errorSentences } from '../../src/contract/errors.ts'
import { deviceId } from '../../src/contract/model/device.ts'
import { asMetricId } from '../../src/contract/model/aws-metrics.ts'
import { violationId } from '../../src/contract/model/alarm.ts'
import { dayMs, slotMs } from '../../src/contract/model/time.ts'
import { HeadlessHost } from '../../src/server/headless-host.ts'
import { readConnection } from '../../src/server/holder-file.ts'
import { machineClock } from '../../src/station/host/machine-clock.ts'
import { defaultSettings } from '../../src/server/settings-file.ts'
import { serveOnPort } from '../../src/station/message-port.ts'
import { createQuietLog } from '../support/quiet-log.ts'
import {
  createSmallStation,
  fillSmallStation,
  smallFleet,
  smallSettings,
} from '../support/small-station.ts'

const bytesOut = asMetricId('aws:all-bytes-out')
const pump = smallFleet[0]?.id ?? deviceId.parse('none')

interface Reached {
  client: StationClient
  close(): Promise<void>
}

const transports = [
  ['a WebSocket', reachBySocket],
  ['a message port', reachByPort],
] as const

describe.each(transports)('the contract over %s', (_name, reach) => {
  let station: Reached
  beforeAll(async () => void (station = await reach()))
  afterAll(() => station.close())

  test('tells how the station is doing', async () => {
    const status = await station.client.system.status()
    expect(status.siteName).toBe('test site')
    expect(status.store.state).toBe('ok')
    expect(status.engine.state).toBe('up')
    expect(status.training.state).toBe('trained')
    expect(status.devices.total).toBe(smallFleet.length + 1)
  })

  test('pages through the devices and finds them by a part of their name', async () => {
    const { list } = station.client.devices
    const all = await list({})
    const second = await list({ limit: 1, offset: 1 })
    const found = await list({ search: pump.slice(1).toUpperCase() })
    expect(all.devices.map(({ id }) => id)).toEqual([...all.devices.map(({ id }) => id)].sort())
    expect(second).toEqual({ total: all.total, devices: [all.devices[1]] })
    expect(found.devices.map(({ id }) => id)).toEqual([pump])
  })

  test('gives a series whose buckets keep the spikes and whose band covers the range', async () => {
    const { now } = await station.client.system.status()
    const query = { deviceId: pump, metricId: bytesOut, from: now - dayMs, to: now }
    const fine = await station.client.series.get({ ...query, buckets: 4032 })
    const coarse = await station.client.series.get({ ...query, buckets: 24 })
    expect(fine.bucketMs).toBe(slotMs)
    expect(fine.at.length).toBeGreaterThan(280)
    expect(coarse.at.length).toBeLessThanOrEqual(25)
    expect(Math.max(...coarse.max)).toBe(Math.max(...fine.max))
    expect(Math.min(...coarse.min)).toBe(Math.min(...fine.min))
    expect(fine.band?.low.length).toBe(fine.band?.at.length)
    expect(fine.band?.high.every((high, index) => high >= (fine.band?.low[index] ?? 0))).toBe(true)
  })

  test('lists metrics, profiles with their training, alarms and rejections', async () => {
    const { client } = station
    const profiles = await client.profiles.list()
    expect(await client.metrics.list()).toHaveLength(13)
    expect(profiles[0]?.training).toHaveLength(14)
    expect(profiles[0]?.training.every(({ modelStatus }) => modelStatus === 'ACTIVE')).toBe(true)
    expect(await client.alarms.active({})).toEqual({ total: 0, alarms: [] })
    expect(await client.alarms.history({ from: 0, to: Date.now() })).toEqual({
      total: 0,
      alarms: [],
    })
    expect(await client.system.rejections({})).toEqual([])
  })

  test.each([
    ['DEVICE_UNKNOWN', (at: StationClient) => at.devices.get({ deviceId: deviceId.parse('x') })],
    [
      'METRIC_UNKNOWN',
      (at: StationClient) => at.series.get({ ...range(), metricId: asMetricId('x') }),
    ],
    [
      'ALARM_UNKNOWN',
      (at: StationClient) => at.alarms.get({ id: violationId.parse('0'.repeat(32)) }),
    ],
    ['INPUT_INVALID', (at: StationClient) => at.series.get({ ...range(), to: 0 })],
    ['INPUT_INVALID', (at: StationClient) => at.devices.list({ limit: -1 })],
    ['INPUT_INVALID', (at: StationClient) => at.devices.get({ deviceId: 'a\u0000b' as never })],
  ] as const)('answers %s with its sentence', async (code, ask) => {
    await expect(ask(station.client)).rejects.toMatchObject({
      code,
      defined: true,
      message: errorSentences[code],
    })
  })

  test('checks and copies the database while it runs', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'picket-backup-')), 'copy.db')
    const copy = await station.client.store.backup({ path })
    expect(await station.client.store.check()).toEqual({ isSound: true, findings: [] })
    expect(copy).toMatchObject({ path })
    expect(copy.bytes).toBeGreaterThan(10_000)
    await expect(station.client.store.backup({ path })).rejects.toMatchObject({
      code: 'BACKUP_FAILED',
    })
  })

  test('pushes facts with numbers that have no gap, and starts anew whoever lost some', async () => {
    const seen: number[] = []
    for await (const { kind, seq } of await station.client.events.watch({})) {
      expect(kind).toBe('status')
      seen.push(seq)
      if (seen.length === 3) break
    }
    expect(seen.map((seq, index) => seq - index)).toEqual([seen[0], seen[0], seen[0]])
    for await (const { kind } of await station.client.events.watch({ after: 1_000_000 })) {
      expect(kind).toBe('resync')
      break
    }
  })

  test('answers many calls at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 200 }, () => station.client.devices.get({ deviceId: pump })),
    )
    expect(new Set(answers.map(({ id }) => id))).toEqual(new Set([pump]))
  })
})

function range() {
  return { deviceId: pump, metricId: bytesOut, from: 1, to: slotMs, buckets: 1 }
}

async function reachBySocket(): Promise<Reached> {
  const data = mkdtempSync(join(tmpdir(), 'picket-socket-'))
  const host = new HeadlessHost({
    settings: { ...defaultSettings({ page: { port: 0 } }), ...smallSettings(data) },
    clock: machineClock,
    log: createQuietLog(),
    notifier: { alarmChanged: () => undefined, quarantineChanged: () => undefined },
    holder: 'a test',
  })
  await host.start()
  await fillSmallStation(host.station)
  const { url, cliKey } = await readConnection(data)
  const socket = new WebSocket(`${url.replace('http', 'ws')}/rpc`, {
    headers: { authorization: `Bearer ${cliKey}` },
  })
  const link = new SocketLink({ websocket: socket as unknown as globalThis.WebSocket })
  return { client: createORPCClient(link), close: () => host.stop() }
}

async function reachByPort(): Promise<Reached> {
  const { port1, port2 } = new MessageChannel()
  const station = await createSmallStation(mkdtempSync(join(tmpdir(), 'picket-port-')))
  serveOnPort(station.router, port2)
  port1.start()
  const client: StationClient = createORPCClient(
    new PortLink({ port: port1 as unknown as MessagePort }),
  )
  const close = async (): Promise<void> => {
    port1.close()
    await station.stop()
  }
  return { client, close }
}
