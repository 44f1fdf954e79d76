import type { StationError } from '../contract/errors.ts'
import type { StoreStatus, SystemStatus } from '../contract/model/status.ts'
import { slotOf, slotStartAt } from '../contract/model/time.ts'
import type { Core } from './core.ts'
import type { ReportDesk } from './ingest/report-desk.ts'
import { sourceStatus, type WatchedSource } from './source-desk.ts'
import type { Ports } from './ports.ts'
import type { StationSettings } from './settings.ts'
import type { ClockJump } from './station-clock.ts'
import { limitReached } from './store-limit.ts'
import { countActiveAlarms } from './store/alarms.ts'
import { storeFigures } from './store/figures.ts'
import { countRejections } from './store/rejections.ts'
import { storeErrorOf } from './store/store-error.ts'
import type { Training } from './training.ts'
import { version } from './version.ts'

/** Shown as long as the station runs; newest last. */
export interface StationFacts {
  startedAt: number
  sources: readonly WatchedSource[]
  desk: ReportDesk
  training: Training
  import: SystemStatus['import']
  clockJumps: ClockJump[]
  /** Why the store cannot be written to at the moment. */
  storeTrouble: StationError | null
}

/** A device reports as long as something of it was measured in this slot or one of so many before. */
const reportingSlots = 3

/** Everything the page's header and system page say. */
export function systemStatus(core: Core, facts: StationFacts): SystemStatus {
  const { settings, ports, clock } = core
  let last = -Infinity
  for (const slot of core.lastSlots.values()) last = Math.max(last, slot)
  return {
    version,
    siteName: settings.site,
    now: clock.now(),
    clockSpeed: ports.clock.speed,
    startedAt: facts.startedAt,
    lastDatapointAt: Number.isFinite(last) ? slotStartAt(last) : null,
    devices: { total: core.fleet.devices.size, reporting: countReporting(core) },
    ...storedFacts(core, facts.storeTrouble),
    engine: core.engine.status(),
    training: facts.training.status,
    import: facts.import,
    sources: facts.sources.map((watched) =>
      sourceStatus(watched, {
        reportsAccepted: facts.desk.accepted.get(watched.source.id) ?? 0,
        rejected: core.rejections.bySource.get(watched.source.id) ?? 0,
      }),
    ),
    listenOnlySince: core.links.listenOnlySince,
    clockJumps: facts.clockJumps,
  }
}

/** True when something of the device was measured within the last few slots. */
export function isReporting(core: Core, deviceId: string): boolean {
  const last = core.lastSlots.get(deviceId)
  return last !== undefined && last >= slotOf(core.clock.now()) - reportingSlots
}

/** The status of a station that cannot use its store: it shows why, and does nothing else. */
export function statusWithoutStore({
  ports,
  settings,
  training,
  trouble,
}: {
  ports: Ports
  settings: StationSettings
  training: Training
  trouble: StationError
}): SystemStatus {
  const now = ports.clock.now()
  const sentence = 'Not started, because the store cannot be used.'
  return {
    version,
    now,
    siteName: settings.site,
    clockSpeed: ports.clock.speed,
    startedAt: now,
    lastDatapointAt: null,
    devices: { total: 0, reporting: 0 },
    alarms: { active: 0, suppressed: 0 },
    rejected: 0,
    store: { ...emptyStore(settings), state: stateOf(trouble), sentence: trouble.message },
    engine: { state: 'down', since: now, restarts: 0, sentence },
    training: training.status,
    import: null,
    sources: [],
    listenOnlySince: null,
    clockJumps: [],
  }
}

function countReporting(core: Core): number {
  let reporting = 0
  for (const deviceId of core.fleet.devices.keys()) if (isReporting(core, deviceId)) reporting += 1
  return reporting
}

/** What the store knows; where it cannot even be read, why. */
function storedFacts(core: Core, trouble: StationError | null) {
  const { read } = core.store
  try {
    const alarms = countActiveAlarms(read)
    return { alarms, rejected: countRejections(read), store: storeStatus(core, trouble) }
  } catch (error) {
    const found = storeErrorOf(error, core.store.path)
    if (!found) throw error
    const store = { ...emptyStore(core.settings), state: stateOf(found), sentence: found.message }
    return { alarms: { active: 0, suppressed: 0 }, rejected: 0, store }
  }
}

function storeStatus(core: Core, found: StationError | null): StoreStatus {
  const { store, settings } = core
  // A limit that is reached is full also while nothing happens to be written, and says more than the disk.
  const isOther = found !== null && found.code !== 'STORE_FULL'
  const trouble = isOther ? found : (limitReached(core) ?? found)
  return {
    ...emptyStore(settings),
    state: trouble ? stateOf(trouble) : 'ok',
    sentence: trouble?.message ?? 'Everything that was acknowledged is on disk.',
    path: store.path,
    ...storeFigures(store.read, store.path),
  }
}

function emptyStore({ data, retention }: StationSettings) {
  return { path: data, bytes: 0, datapoints: 0, oldestAt: null, retentionDays: retention.days }
}

const states: Partial<Record<StationError['code'], StoreStatus['state']>> = {
  STORE_NEWER: 'newer',
  STORE_CORRUPT: 'corrupt',
  STORE_READ_ONLY: 'read-only',
  STORE_FULL: 'full',
}

function stateOf(error: StationError): StoreStatus['state'] {
  return states[error.code] ?? 'unavailable'
}
