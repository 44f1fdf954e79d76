import { MqttClient } from 'mqtt'
import { connect as connectSocket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { askStation } from '../../src/cli/ask.ts'
import type { StationClient } from '../../src/contract/contract.ts'
import { deviceId } from '../../src/contract/model/device.ts'
import type { Isolation } from '../../src/contract/model/quarantine.ts'
import { between, drawFor } from '../../src/demo/random.ts'
import { until } from '../support/poll.ts'
import { freePort, kill, startPicket, untilListening, writeSite } from '../support/serve-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** Lives of the station, each ended in the middle of isolating or releasing the device. */
const lives = 8

/** Real milliseconds after it was asked for. */
const latestKillMs = 40

const seed = Number(process.env['PICKET_SEED'] ?? 1)
const draw = drawFor(seed, 0, 'interruptions')
const pump = deviceId.parse('pump-7')

test(
  `kill -9 at any moment of isolating or releasing leaves a device that is one or the other (PICKET_SEED=${seed})`,
  { timeout: 180_000 },
  async () => {
    const folder = temporaryFolder()
    const data = join(folder, 'data')
    const port = await freePort()
    const site = writeSite(folder, {
      data,
      page: { port: 0 },
      sources: [{ kind: 'embedded-broker', port }],
    })
    const device = startDevice(port)
    const met = { isolated: 0, free: 0 }
    for (let life = 1; life <= lives; life += 1) {
      const picket = startPicket('serve', '--config', site)
      await untilListening(port)
      const settled = await until('the isolation has settled', () => settledState(data))
      if (settled === 'isolated') {
        met.isolated += 1
        await until('the device is kept out', () => !device.connected)
      } else {
        met.free += 1
        await until('the device is let in', () => device.connected)
      }
      const asked = Promise.withResolvers<void>()
      const interrupted = askStation(data, (station) => act(station, asked.resolve))
      interrupted.catch(asked.resolve)
      await asked.promise
      await pause(between(draw, 0, latestKillMs))
      await kill(picket)
      await interrupted.catch(() => undefined)
    }
    console.log(`${met.isolated} lives found it isolated, ${met.free} found it free, seed ${seed}`)
    expect(met.isolated).toBeGreaterThan(0)
    expect(met.free).toBeGreaterThan(1)
  },
)

function startDevice(port: number): MqttClient {
  const device = new MqttClient(() => connectSocket({ port, host: '127.0.0.1' }), {
    clientId: pump,
    username: pump,
    reconnectPeriod: 20,
    reconnectOnConnackError: true,
  })
  device.on('error', () => undefined)
  onTestFinished(() => device.endAsync(true))
  return device
}

async function newest(station: StationClient): Promise<Isolation | null> {
  const { isolations } = await station.quarantine.list({ deviceId: pump, limit: 1 })
  return isolations[0] ?? null
}

/** Null: not settled yet, or the station does not answer yet. */
async function settledState(data: string): Promise<'isolated' | 'free' | null> {
  const isolation = await askStation(data, newest).catch(() => undefined)
  if (isolation === undefined) return null
  if (isolation?.state === 'isolated') return 'isolated'
  return isolation === null || isolation.endedAt !== null ? 'free' : null
}

/** Isolates the device, or releases it where it is isolated. `asking`: called just before that. */
async function act(station: StationClient, asking: () => void): Promise<void> {
  const isolation = await newest(station)
  if (isolation?.state === 'isolated') {
    asking()
    await station.quarantine.release({ id: isolation.id, by: 'Ada', reason: 'the other way' })
    return
  }
  const { digest } = await until('there is a dry run', () =>
    station.quarantine.plan({ deviceId: pump }).catch(() => null),
  )
  asking()
  await station.quarantine.isolate({
    ...{ deviceId: pump, digest, confirmation: pump },
    ...{ reason: 'it floods the broker', by: 'Ada', releaseAfterMinutes: null },
  })
}
