/** All a device does in one slot. Sizes are payload bytes, one entry a message, in sending order. */
export interface SlotPlan {
  telemetrySizes: number[]
  /** Messages the device is sent besides the answer to its report. */
  commandSizes: number[]
  /** Clean disconnects, each followed by a new connection. At most 1. */
  reconnects: number
  /** Publishes on a topic that is not the device's own, each ending the connection. At most 1. */
  deniedPublishes: number
  report: ReportContent
}

/** The device-side figures of a slot. Bytes and packets are those since the last report. */
export interface ReportContent {
  bytesIn: number
  bytesOut: number
  packetsIn: number
  packetsOut: number
  tcpPorts: number[]
  udpPorts: number[]
  connections: Connection[]
}

export interface Connection {
  /** `address:port` of the other end. */
  remote: string
  /** The port at this end. */
  local: number
}
