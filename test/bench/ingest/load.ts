/** What a generator is asked to publish. */
export interface Load {
  port: number
  seconds: number
  what: Messages | Reports | DemoReports
  pace: Pace
}

/** Telemetry of 60 bytes on `site/<device>/t`. */
export interface Messages {
  kind: 'messages'
  devices: readonly string[]
}

/** Device Defender reports with 7 device-side metrics and 6 custom numbers. */
export interface Reports {
  kind: 'reports'
  devices: readonly string[]
}

/** The simulated fleet's own reports, one a slot for each device. */
export interface DemoReports {
  kind: 'demo-reports'
  devices: number
  fromSlot: number
  slots: number
}

/** So many a second; or so many that no answer has come to yet, whatever rate that makes. */
export type Pace = { perSecond: number } | { unanswered: number }

export interface Published {
  published: number
  /** How long it really took. */
  seconds: number
  accepted: number
  rejected: number
}

/** Few: the broker's cost of a connection is not what is measured. */
export const connectionsOfLoad = 4

/** Names of one length, so that all messages are of one size. */
export function deviceNames(count: number): string[] {
  return Array.from({ length: count }, (_, place) => `device-${String(place).padStart(5, '0')}`)
}
