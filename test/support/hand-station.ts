import { createRouterClient } from '@orpc/server'
import { onTestFinished } from 'vitest'
import type { StationClient } from '../../src/contract/contract.ts'
import type { Alarm } from '../../src/contract/model/alarm.ts'
import { slotMs } from '../../src/contract/model/time.ts'
import { childProcesses } from '../../src/server/child-process.ts'
import { headlessFeatures } from '../../src/server/headless-features.ts'
import { createSecretsFile } from '../../src/station/host/secrets-file.ts'
import type { ProcessHost, QuarantineNotice } from '../../src/station/ports.ts'
import { stationSettings } from '../../src/station/settings.ts'
import { Station } from '../../src/station/station.ts'
import type { HandClock } from './hand-clock.ts'
import { createQuietLog } from './quiet-log.ts'

/** First millisecond of some UTC day: where the clocks of these tests begin. */
export const dayStartsAt = 20_000 * 288 * slotMs

/** A station whose time a test moves by hand, with a broker of its own. */
export interface HandStation {
  station: Station
  client: StationClient
  data: string
  clock: HandClock
  brokerUrl: string
  /** Every change of an alarm that a person would have been told. */
  told: Alarm[]
  /** Every word on a device in quarantine that a person would have been told. */
  toldOfDevices: QuarantineNotice[]
  /** May be called twice. */
  stop(): Promise<void>
}

/** Starts a station that is stopped after the test at the latest. */
export async function startHandStation(options: {
  data: string
  clock: HandClock
  engines?: ProcessHost
  settings?: Parameters<typeof stationSettings.parse>[0] & object
}): Promise<HandStation> {
  const { data, clock, engines = childProcesses, settings } = options
  const told: Alarm[] = []
  const toldOfDevices: QuarantineNotice[] = []
  const notifier = {
    alarmChanged: (alarm: Alarm) => void told.push(alarm),
    quarantineChanged: (notice: QuarantineNotice) => void toldOfDevices.push(notice),
  }
  const station = new Station(
    {
      clock,
      processes: engines,
      notifier,
      secrets: createSecretsFile(data),
      host: headlessFeatures(),
      log: createQuietLog(),
    },
    stationSettings.parse({
      data,
      reports: { minimumPeriodSeconds: 0 },
      sources: [{ kind: 'embedded-broker', port: 0 }],
      ...settings,
    }),
    'a test',
  )
  await station.start()
  onTestFinished(() => station.stop())
  return {
    station,
    data,
    clock,
    told,
    toldOfDevices,
    client: createRouterClient(station.router),
    brokerUrl: station.status().sources[0]?.address ?? '',
    stop: () => station.stop(),
  }
}
