import type { ProfiledBehavior } from './alarms/behaviors.ts'
import type { TrackedAlarm } from './alarms/tracked-alarm.ts'
import type { Announcer } from './announcer.ts'
import type { Fleet } from './fleet.ts'
import type { GapWatch } from './gaps.ts'
import type { MetricId } from '../contract/model/metric.ts'
import type { Preferences } from '../contract/model/settings.ts'
import type { EngineLink } from './engine/link.ts'
import type { OwnLinks } from './ingest/own-links.ts'
import type { Isolations } from './mitigation/isolations.ts'
import type { ModelSummary } from './model-summary.ts'
import type { Ports } from './ports.ts'
import type { PresenceWatch } from './presence-watch.ts'
import type { RejectionCounts } from './rejections.ts'
import type { RunningPrograms } from './running-programs.ts'
import type { StationSettings } from './settings.ts'
import type { Sightings } from './sightings.ts'
import type { WatchedSource } from './source-desk.ts'
import type { OpenSlots } from './slots.ts'
import type { StationClock } from './station-clock.ts'
import type { Store } from './store/open.ts'

/** What the parts of a running station share. Made by `station.ts`, held by nobody else. */
export interface Core {
  settings: StationSettings
  /** What a person set while the station ran; changed by `preferences.ts` alone. */
  preferences: Preferences
  ports: Ports
  clock: StationClock
  store: Store
  fleet: Fleet
  slots: OpenSlots
  gaps: GapWatch
  rejections: RejectionCounts
  behaviors: Map<MetricId, ProfiledBehavior[]>
  alarms: Map<string, TrackedAlarm>
  engine: EngineLink
  programs: RunningPrograms
  /** Every MQTT connection that Picket makes. */
  links: OwnLinks
  /** Metrics with a model in the engine, and what is known of it. */
  models: ModelSummary
  /** False while the engine is down or has just started: judging waits, for it would find nothing strange. */
  hasEngineModels: boolean
  announcer: Announcer
  /** Slots up to this one are in the store, scored, and have had their say on alarms. */
  judgedThrough: number
  /** Empty until the station watches. */
  sources: readonly WatchedSource[]
  presence: PresenceWatch
  sightings: Sightings
  /** Devices off the network, and those that just came back; changed by `mitigation/` alone. */
  isolations: Isolations
  /** Last slot in which something of each device was measured, open slots included. */
  lastSlots: Map<string, number>
  /** Last slot in which a single metric of a device was in alarm, as of this run. */
  shownAlone: Map<string, number>
}
