import type { DeviceId } from '../../contract/model/device.ts'
import type { BrokerPlan, ControllerKind, ReleaseManner } from '../../contract/model/quarantine.ts'

/** A device as a broker knows it. Names are as they were seen: hostile text. */
export interface QuarantineTarget {
  deviceId: DeviceId
  /** User names and names of certificates that were found to be this device. */
  usernames: readonly string[]
  clientIds: readonly string[]
  addresses: readonly string[]
}

/** What isolating a device means at this broker. */
export interface Preparation {
  plan: Omit<BrokerPlan, 'sourceId' | 'kind' | 'address' | 'guarantees'>
  /**
   * Plain JSON of the controller's own making, kept by the station before anything is done: enough to isolate
   * (again, after a crash between two calls), to read back, and to restore what was.
   */
  record: BrokerRecord
}

/** What a controller wrote down. It reads its own with a schema of its own. */
export type BrokerRecord = { version: 1 } & Record<string, unknown>

/** What the broker itself says of an isolation. */
export interface Inspection {
  /** The block is there, whole. */
  isInForce: boolean
  /** All is as it was before the isolation. */
  isAsBefore: boolean
  /** What is neither: changes by others since, in sentences. */
  differences: readonly string[]
  /** What was read, in a sentence for people. */
  sentence: string
}

/**
 * Takes devices off one broker and puts them back. Every call throws BROKER_UNREACHABLE where the broker does not
 * answer, BROKER_REFUSED where it says no; and may be made again after it threw, or after Picket was killed in it.
 */
export interface QuarantineController {
  /** The source that watches the same broker. */
  readonly sourceId: string
  readonly kind: ControllerKind
  readonly address: string
  readonly guarantees: BrokerPlan['guarantees']
  /** Reads only. What must never be blocked (Picket itself, an administrator) is in `forbidden` of the plan. */
  prepare(target: QuarantineTarget): Promise<Preparation>
  isolate(record: BrokerRecord): Promise<void>
  inspect(record: BrokerRecord): Promise<Inspection>
  release(record: BrokerRecord, manner: ReleaseManner): Promise<void>
  stop(): Promise<void>
}
