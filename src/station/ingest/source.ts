import type { DeviceId } from '../../contract/model/device.ts'
import type { DataLoser } from '../../contract/model/quarantine.ts'
import type { Capability, SourceStatus } from '../../contract/model/status.ts'
import type { Sample } from '../datapoint.ts'
import type { Clock, Log, ProcessHost } from '../ports.ts'
import type { RefusedInput } from '../rejections.ts'
import type { StationClock } from '../station-clock.ts'
import type { MqttLinkSettings } from '../settings.ts'
import type { LinkCredentials } from './link-credentials.ts'
import type { Observations } from './observations.ts'
import type { OwnLinks } from './own-links.ts'
import type { ReportDesk } from './report-desk.ts'

/** Something that measures devices: a broker watched from outside, or one of our own. */
export interface Source {
  readonly id: string
  start(): Promise<void>
  stop(): Promise<void>
  /** The machine slept or its network changed: what was connected may be gone without a word. */
  recheck?(): void
  /** What was measured since the last call. */
  drain(): Sample[]
  facts(): SourceFacts
  /** Who listens to what the device was seen to publish, Picket itself left out. Null, or absent: it cannot tell. */
  audience?(device: DeviceSeen): Promise<DataLoser[] | null>
  /** Topics that it was seen to publish on, for a control that can ask the broker who listens there. */
  topicsOf?(device: DeviceSeen): string[]
}

/** A device, with the client ids that it was seen with. */
export interface DeviceSeen {
  deviceId: DeviceId
  clientIds: readonly string[]
}

/** What only the source knows of itself; the station adds the counts. */
export type SourceFacts = Pick<SourceStatus, 'kind' | 'address' | 'lastMessageAt' | 'messages'> & {
  capabilities: Capability[]
  /** What it saw that is no metric of a device, in sentences. */
  notices?: string[]
}

export type SourceState = SourceStatus['state']

/** What the station gives each source. */
export interface SourceContext {
  sourceId: string
  clock: StationClock
  /** What to log in with: from the files that the settings name, or from the host's secrets. */
  credentials(settings: MqttLinkSettings): Promise<LinkCredentials>
  log: Log
  desk: ReportDesk
  /** Where everything it sees of devices goes, but for reports. */
  observations: Observations
  /** Client ids that Picket itself connects with, of all sources. A source adds its own before it connects. */
  ownClients: Set<string>
  /** Where it records each MQTT connection that it makes. Says whether answers may be sent. */
  links: OwnLinks
  /** What the source wants to be remembered over a restart; bounded text of its own making. */
  memory: SourceMemory
  /** Tells the station of a change, with a sentence that says what it means and what to do. */
  changed(state: SourceState, sentence: string): void
  /** The source saw this span although the station was not running: the station's own gap does not hold for it. */
  recovered(from: number, to: number): void
  refused(input: Omit<RefusedInput, 'sourceId' | 'at'>): void
  largestPacketBytes: number
  /** Connections that a broker of our own takes at once. */
  mostConnections: number
  /** For timers in real time: `clock` is station time. */
  hostClock: Clock
  processes: ProcessHost
}

export interface SourceMemory {
  /** What was last kept, or null. */
  read(): string | null
  /** Keeps a text; durable with the next samples, so that neither is ahead of the other for long. */
  write(text: string): void
}
