import { slotOf, slotsPerDay } from '../../src/contract/model/time.ts'
import { createFleet } from '../../src/demo/fleet.ts'
import { simulateHistory } from '../../src/demo/history.ts'
import { childProcesses } from '../../src/server/child-process.ts'
import { headlessFeatures } from '../../src/server/headless-features.ts'
import { createSecretsFile } from '../../src/station/host/secrets-file.ts'
import { machineClock } from '../../src/station/host/machine-clock.ts'
import type { Clock } from '../../src/station/ports.ts'
import { stationSettings } from '../../src/station/settings.ts'
import { Station } from '../../src/station/station.ts'
import { createQuietLog } from './quiet-log.ts'

const days = 2

/** The devices of a small station. */
export const smallFleet = createFleet({ seed: 7, devices: 3 })

/** Settings under which two days of three devices are enough to learn from. */
export function smallSettings(data: string) {
  return stationSettings.parse({ data, site: 'test site', training: { minimumDatapoints: 1000 } })
}

/** Puts the two days before `now` of three devices into a station and lets it learn. `now`: epoch ms. */
export async function fillSmallStation(station: Station, now = Date.now()): Promise<void> {
  await station.importHistory({
    label: 'history',
    total: smallFleet.length * slotsPerDay * days,
    slots: simulateHistory({ fleet: smallFleet, untilSlot: slotOf(now) - 1, days }),
  })
  await station.trainNow()
}

/** A station with three devices, two days of history and trained models, without sources. */
export async function createSmallStation(
  data: string,
  clock: Clock = machineClock,
): Promise<Station> {
  const ports = {
    clock,
    log: createQuietLog(),
    notifier: { alarmChanged: () => undefined, quarantineChanged: () => undefined },
    processes: childProcesses,
    secrets: createSecretsFile(data),
    host: headlessFeatures(),
  }
  const station = new Station(ports, smallSettings(data), 'a test')
  await station.start()
  await fillSmallStation(station, clock.now())
  return station
}
