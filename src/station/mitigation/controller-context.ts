import type { OwnLinks } from '../ingest/own-links.ts'
import type { DeviceSeen, SourceFacts } from '../ingest/source.ts'
import type { Clock, Log } from '../ports.ts'

/** What the station gives each controller. */
export interface ControllerContext {
  /** The source that watches the same broker. */
  sourceId: string
  /** What that source is and where it watches; null where there is no such source (any more). */
  source(): Pick<SourceFacts, 'kind' | 'address'> | null
  /** Topics that the source saw the device publish on; none where it cannot tell. */
  topicsOf(device: DeviceSeen): readonly string[]
  /** Station time, epoch ms. */
  now(): number
  /** For timeouts in real time: its milliseconds are `speed` times as long as real ones. */
  hostClock: Clock
  log: Log
  /** Every MQTT client that Picket makes is recorded here. */
  links: OwnLinks
  /** Client ids that Picket connects with, of all sources and controllers. A controller adds its own first. */
  ownClients: Set<string>
  /** User names that Picket logs in with, at any source or controller: they must never be blocked. */
  ownLogins(): readonly string[]
  /** Of the station. */
  dataFolder: string
}
