import { onTestFinished } from 'vitest'
import type { StationClient } from '../../src/contract/contract.ts'
import type { SourceDraft } from '../../src/contract/model/source.ts'
import { HeadlessHost } from '../../src/server/headless-host.ts'
import { machineClock } from '../../src/station/host/machine-clock.ts'
import { defaultSettings } from '../../src/server/settings-file.ts'
import { openPage } from './page-client.ts'
import { createQuietLog } from './quiet-log.ts'

/** A station whose page is open. It is stopped after the test at the latest. */
export interface OpenStation {
  client: StationClient
  host: HeadlessHost
  log: ReturnType<typeof createQuietLog>
}

type Sources = Parameters<typeof defaultSettings>[0]['sources']

/** Starts a station on a data folder, with these sources in its configuration file. */
export async function openStation(data: string, sources: Sources = []): Promise<OpenStation> {
  const log = createQuietLog()
  const host = new HeadlessHost({
    settings: defaultSettings({ data, page: { port: 0 }, sources }),
    clock: machineClock,
    log,
    notifier: { alarmChanged: () => undefined, quarantineChanged: () => undefined },
    holder: 'a test',
  })
  await host.start()
  onTestFinished(() => host.stop())
  return { host, log, client: await openPage(host.signInLink()) }
}

type Plant = Extract<SourceDraft, { kind: 'mqtt' }>

/** What a person writes to connect a broker on this port as `picket`. */
export function plantOn(port: number, more: Partial<Plant> = {}): Plant {
  return {
    kind: 'mqtt',
    id: 'plant',
    url: `mqtt://127.0.0.1:${port}`,
    username: 'picket',
    reports: true,
    deviceTopics: ['site/{device}/#'],
    sparkplug: false,
    ...more,
  }
}
