import type { SourceStatus } from '../contract/model/status.ts'
import type { Core } from './core.ts'
import { closeGap, openGap, recoverSpan } from './gaps.ts'
import { AwsLifecycleSource } from './ingest/aws-lifecycle-source.ts'
import { EmbeddedBroker } from './ingest/embedded-broker.ts'
import { EmqxSource } from './ingest/emqx-source.ts'
import { usualIdentity } from './ingest/identity.ts'
import { createMosquittoLog } from './ingest/mosquitto-log.ts'
import { MosquittoTopics } from './ingest/mosquitto-topics.ts'
import { MqttSource } from './ingest/mqtt-source.ts'
import { WatchedObservations } from './ingest/observations.ts'
import type { ReportDesk } from './ingest/report-desk.ts'
import type { Source, SourceContext, SourceState } from './ingest/source.ts'
import { notePresence } from './presence-watch.ts'
import { countRejection } from './rejections.ts'
import type { SourceSettings } from './settings.ts'
import { noticesOfSource } from './source-notices.ts'
import { createSourceMemory, restoreSessions, type KeptMemory } from './source-memory.ts'

/** A source with what the station knows of it. */
export interface WatchedSource {
  source: Source
  observations: WatchedObservations
  memory: KeptMemory
  state: SourceState
  since: number
  sentence: string
}

/** What all sources of a station share. */
export interface SharedBySources {
  desk: ReportDesk
  ownClients: Set<string>
  /** Where the password and keys of a source are. */
  credentials: SourceContext['credentials']
}

type SettingsByKind = { [Settings in SourceSettings as Settings['kind']]: Settings }
type Kind = keyof SettingsByKind

interface SourceKind<Settings> {
  /** Connections and their ends can be seen. Otherwise every device is taken to be there. */
  seesConnections: boolean
  create(settings: Settings, context: SourceContext): Source
}

/** Every kind of source: its entry in `settings.ts`, and how it is made. */
const kinds: { [K in Kind]: SourceKind<SettingsByKind[K]> } = {
  'embedded-broker': {
    seesConnections: true,
    create: (settings, context) => new EmbeddedBroker(settings, context),
  },
  mqtt: {
    seesConnections: false,
    create: (settings, context) => new MqttSource(settings, context),
  },
  emqx: {
    seesConnections: true,
    create: (settings, context) => new EmqxSource(settings, context),
  },
  'aws-lifecycle': {
    seesConnections: true,
    create: (settings, context) => new AwsLifecycleSource(settings, context),
  },
  'mosquitto-log': {
    seesConnections: true,
    create: createMosquittoLog,
  },
  'mosquitto-topics': {
    seesConnections: true,
    create: (settings, context) => new MosquittoTopics(settings, context),
  },
}

/** Twice the largest report, so that a report that is only a little too large still gets an answer. */
const packetAllowance = 2

/** Client ids and the like that a source remembers, for each device there may be. */
const namesPerDevice = 2

/** Makes a source and keeps the record of its state: blind spans become gaps, with their reason. */
export function watchSource(
  core: Core,
  settings: SourceSettings,
  shared: SharedBySources,
): WatchedSource {
  const observations = createObservations(core, settings, shared)
  const memory = createSourceMemory(core, settings.id)
  const context: SourceContext = {
    ...contextOf(core, settings.id),
    ...shared,
    observations,
    memory,
    changed: (state, sentence) => changeState(core, watched, { state, sentence }),
  }
  const watched: WatchedSource = {
    source: createSource(settings.kind, settings, context),
    observations,
    memory,
    state: 'connecting',
    since: core.clock.now(),
    sentence: 'Starting.',
  }
  return watched
}

function createSource<K extends Kind>(
  kind: K,
  settings: SettingsByKind[K],
  context: SourceContext,
) {
  return kinds[kind].create(settings, context)
}

function contextOf(core: Core, sourceId: string) {
  const { clock, ports, settings, links } = core
  return {
    sourceId,
    links,
    clock,
    log: ports.log,
    processes: ports.processes,
    hostClock: ports.clock,
    mostConnections: settings.limits.devices * namesPerDevice,
    recovered: (from, to) => recoverSpan(core.gaps, { sourceId, from, to }),
    refused(input) {
      countRejection(core.rejections, { ...input, sourceId, at: clock.now() })
    },
    largestPacketBytes: settings.reports.maximumBytes * packetAllowance,
  } satisfies Partial<SourceContext>
}

function createObservations(
  core: Core,
  settings: SourceSettings,
  { ownClients }: SharedBySources,
): WatchedObservations {
  const sourceId = settings.id
  const observations = new WatchedObservations({
    ...usualIdentity,
    ...('identity' in settings ? settings : {}),
    seesConnections: kinds[settings.kind].seesConnections,
    ownClients,
    isKnown: (deviceId) => core.fleet.devices.has(deviceId),
    refused(input) {
      countRejection(core.rejections, { ...input, sourceId, at: core.clock.now() })
    },
    presence: (deviceId, presence) => notePresence(core.presence, deviceId, presence),
    most: core.settings.limits.devices * namesPerDevice,
  })
  restoreSessions(core, sourceId, observations)
  return observations
}

/** What people are told of a source. */
export function sourceStatus(
  watched: WatchedSource,
  counts: Pick<SourceStatus, 'reportsAccepted' | 'rejected'>,
): SourceStatus {
  const { source, state, since, sentence } = watched
  const notices = noticesOfSource(watched)
  return { id: source.id, state, since, sentence, ...counts, ...source.facts(), notices }
}

/** Takes note of a source's new state. */
export function changeState(
  core: Core,
  watched: WatchedSource,
  { state, sentence }: { state: SourceState; sentence: string },
): void {
  const now = core.clock.now()
  const { id } = watched.source
  if (state === 'connected') {
    closeGap(core.gaps, id, now)
  } else if (state !== 'stopped') {
    openGap(core.gaps, id, { from: now, reason: sentence })
  }
  if (watched.state !== state) watched.since = now
  watched.state = state
  watched.sentence = sentence
}
