import { behaviorsByMetric } from './alarms/behaviors.ts'
import type { TrackedAlarm } from './alarms/tracked-alarm.ts'
import type { Announcer } from './announcer.ts'
import type { Core } from './core.ts'
import { createEngineLink, type EngineLink } from './engine/link.ts'
import { loadFleet, type FleetSeries } from './fleet.ts'
import { createOwnLinks } from './ingest/own-links.ts'
import { addGap, createGapWatch, rememberGap, wholeStation } from './gaps.ts'
import { judgedThroughKey, lastSlotsKey } from './judge.ts'
import { loadIsolations } from './mitigation/isolations.ts'
import { readSummary } from './model-summary.ts'
import type { Ports } from './ports.ts'
import { applyPreferences, readPreferences } from './preferences.ts'
import { loadPresence } from './presence-watch.ts'
import { createRejectionCounts } from './rejections.ts'
import { createRunningPrograms } from './running-programs.ts'
import type { StationSettings } from './settings.ts'
import { loadSightings } from './sightings.ts'
import { createSlots, restore } from './slots.ts'
import { createStationClock } from './station-clock.ts'
import { readAlarmStates } from './store/alarms.ts'
import { listGaps } from './store/gaps.ts'
import type { ReadHandle } from './store/handles.ts'
import { readLatestModel } from './store/models.ts'
import { openStore, type Store } from './store/open.ts'
import { readRecentAfter } from './store/recent.ts'
import { listRejections } from './store/rejections.ts'
import { readState } from './store/state.ts'
import { aliveAtKey } from './upkeep.ts'
import { slotMs } from '../contract/model/time.ts'

/** Gaps that may lie in slots which were still open when the last run ended. */
const openSlots = 3

/** Slots before the first datapoint of an empty data folder. */
const beforeAllSlots = 0

/** Opens the data folder and takes up where the last run ended, however it ended. */
export function openCore(
  ports: Ports,
  settings: StationSettings,
  { holder, announcer }: { holder: string; announcer: Announcer },
): Core {
  const store = openStore({ folder: settings.data, holder })
  try {
    return coreOn(store, { ports, settings, announcer })
  } catch (error) {
    // Otherwise a station that does not run would go on holding the folder.
    store.close()
    throw error
  }
}

function coreOn(
  store: Store,
  { ports: given, settings, announcer }: Pick<Core, 'ports' | 'settings' | 'announcer'>,
): Core {
  const programs = createRunningPrograms(given.processes, given.clock)
  const ports = { ...given, processes: programs.host }
  const judgedThrough = Number(readState(store.read, judgedThroughKey) ?? beforeAllSlots)
  const aliveAt = Number(readState(store.read, aliveAtKey) ?? 0)
  const core: Core = {
    settings,
    preferences: readPreferences(store.read),
    ports,
    programs,
    links: createOwnLinks(),
    store,
    announcer,
    judgedThrough,
    clock: createStationClock(ports.clock, aliveAt),
    fleet: loadFleet(store.read, settings.limits),
    slots: createSlots(judgedThrough),
    gaps: createGapWatch(),
    rejections: createRejectionCounts({
      strangers: new Set(),
      isOfFleet: (deviceId) => core.fleet.devices.has(deviceId),
    }),
    behaviors: behaviorsByMetric(settings.profiles),
    alarms: new Map(readAlarmStates(store.read).map(({ key, state }) => [key, trackedOf(state)])),
    engine: detectionEngine(ports),
    models: modelsOf(store.read),
    hasEngineModels: false,
    sources: [],
    ...whatIsKnownOfDevices(store.read, settings, ports),
    lastSlots: new Map(),
    shownAlone: new Map(),
  }
  takeUp(core, aliveAt)
  return core
}

function takeUp(core: Core, aliveAt: number): void {
  applyPreferences(core)
  restoreOpenSlots(core)
  restoreGaps(core, aliveAt)
  restoreStrangers(core)
  restoreLastSlots(core)
}

function whatIsKnownOfDevices(read: ReadHandle, { limits }: StationSettings, { clock }: Ports) {
  return {
    presence: loadPresence(read, limits.devices),
    sightings: loadSightings(read),
    isolations: loadIsolations(read, clock.now()),
  }
}

function detectionEngine({ processes: host, clock, log }: Ports): EngineLink {
  return createEngineLink({ host, clock, log, role: 'The detection engine' })
}

/** Known before the engine has them, so that nothing is judged without them meanwhile. */
function modelsOf(read: ReadHandle): Core['models'] {
  const row = readLatestModel(read)
  return row ? readSummary(row.summary) : new Map()
}

function trackedOf(state: string): TrackedAlarm {
  return JSON.parse(state) as TrackedAlarm
}

/** Slots that were not judged before the last run ended are opened again: they close and are judged now. */
function restoreOpenSlots({ store, slots, judgedThrough }: Core): void {
  for (const row of readRecentAfter(store.read, judgedThrough)) {
    restore(slots, { ...row, sourceId: wholeStation })
  }
}

/** From the last sign of life until now nothing was seen. */
function restoreGaps({ store, clock, gaps }: Core, aliveAt: number): void {
  const now = clock.now()
  if (aliveAt === 0) return
  for (const gap of listGaps(store.read, aliveAt - openSlots * slotMs, now)) rememberGap(gaps, gap)
  if (aliveAt >= now) return
  addGap(gaps, {
    sourceId: wholeStation,
    from: aliveAt,
    to: now,
    reason: 'Picket was not running.',
  })
}

function restoreStrangers({ store, rejections }: Core): void {
  for (const { deviceId } of listRejections(store.read, { limit: 1000 })) {
    if (deviceId && !rejections.isOfFleet(deviceId)) rejections.strangers.add(deviceId)
  }
}

function restoreLastSlots({ store, fleet, slots, lastSlots }: Core): void {
  const kept = JSON.parse(readState(store.read, lastSlotsKey) ?? '[]') as [string, number][]
  for (const [deviceId, slot] of kept) lastSlots.set(deviceId, slot)
  for (const [slot, series] of slots.open) {
    for (const seriesId of series.keys()) noteSeen(lastSlots, fleet.series.get(seriesId), slot)
  }
}

function noteSeen(lastSlots: Core['lastSlots'], series: FleetSeries | undefined, slot: number) {
  if (series) lastSlots.set(series.deviceId, Math.max(slot, lastSlots.get(series.deviceId) ?? slot))
}
