import type { Announcer } from '../announcer.ts'
import type { HostFeatures, Log } from '../ports.ts'
import type { Core } from '../core.ts'
import type { MitigationTasks } from '../mitigation/mitigation-tasks.ts'
import type { QuarantineDesk } from '../mitigation/quarantine-desk.ts'
import type { SourceRoster } from '../source-roster.ts'
import type { SystemStatus } from '../../contract/model/status.ts'
import type { Training } from '../training.ts'

/** What handlers may reach. */
export interface HandlerContext {
  /** The running station, and its sources; each throws the store's StationError where there is none. */
  core(): Core
  status(): SystemStatus
  roster(): SourceRoster
  quarantine(): QuarantineDesk
  tasks(): MitigationTasks
  host: HostFeatures
  training: Training
  announcer: Announcer
  log: Log
}
