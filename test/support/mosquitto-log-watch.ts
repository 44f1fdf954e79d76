import { expect } from 'vitest'
import { createMosquittoLog } from '../../src/station/ingest/mosquitto-log.ts'
import { mosquittoLogSettings } from '../../src/station/settings.ts'
import type { CountingFleet } from './counting-client.ts'
import { until } from './poll.ts'
import { watchedSource, type WatchedSource } from './watched-source.ts'

/** What was counted comes to what the clients did, and stays there. */
export async function agreement(
  watched: WatchedSource,
  { ledger }: CountingFleet,
  devices: readonly string[],
): Promise<void> {
  for (const device of devices) {
    const done = { device, ...ledger.get(device) }
    const counted = () => ({ device, ...watched.counted(device) })
    const isCounted = () => JSON.stringify(counted()) === JSON.stringify(done)
    await until(`${device} is counted`, isCounted, 5_000).catch(() => null)
    expect(counted()).toEqual(done)
  }
}

/** Watches a log file, not started yet. */
export function watchLog(
  file: string,
  options: Parameters<typeof watchedSource>[1] = {},
): WatchedSource {
  const settings = mosquittoLogSettings.parse({ kind: 'mosquitto-log', id: 'test', file })
  return watchedSource((context) => createMosquittoLog(settings, context), options)
}
