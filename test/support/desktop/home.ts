import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { slotMs } from '../../../src/contract/model/time.ts'
import { stationSettings } from '../../../src/station/settings.ts'
import { freePort } from '../mosquitto.ts'
import { ownMetric } from '../reporter.ts'
import { temporaryFolder } from '../temporary-folder.ts'

/** A person's home with settings for the desktop app. */
export interface Home {
  home: string
  /** Where the app keeps its own: `userData`. */
  userData: string
  data: string
  brokerUrl: string
}

/** Normal is at most this many. */
const limit = 100

type Settings = Parameters<typeof stationSettings.parse>[0] & object

/** One device of a kind is in alarm as soon as a slot closes in which it reported more than 100. */
const profile = {
  securityProfileName: 'pumps',
  behaviors: [
    {
      name: 'own-number',
      metric: ownMetric,
      criteria: {
        comparisonOperator: 'less-than-equals',
        value: { count: limit },
        durationSeconds: 300,
        consecutiveDatapointsToAlarm: 1,
        consecutiveDatapointsToClear: 1,
      },
    },
  ],
}

/** A home in which Picket was never started: with a broker of its own, or as `settings` say, or with none at all. */
export async function makeHome(settings?: Settings | null): Promise<Home> {
  const home = temporaryFolder()
  const userData = join(home, 'config/Picket')
  const port = await freePort()
  mkdirSync(userData, { recursive: true })
  if (settings !== null) {
    const whole = {
      site: 'north plant',
      slots: { graceSeconds: 0 },
      reports: { minimumPeriodSeconds: 0 },
      profiles: [profile],
      sources: [{ kind: 'embedded-broker', port }],
      ...settings,
    }
    writeFileSync(join(userData, 'site.yaml'), stringify(whole))
    chmodSync(join(userData, 'site.yaml'), 0o600)
  }
  return { home, userData, data: join(userData, 'data'), brokerUrl: `mqtt://127.0.0.1:${port}` }
}

/** How far a clock must be ahead so that a slot ends in so many milliseconds. */
export function aheadForSlotEnd(inMs: number): number {
  const leftMs = slotMs - (Date.now() % slotMs)
  return leftMs - inMs
}
