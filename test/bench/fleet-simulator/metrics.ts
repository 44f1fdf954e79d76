/** What is reported of a device per slot of five minutes; a datapoint that is missing is NaN. */
export const deviceSideMetrics = [
  'aws:all-bytes-in',
  'aws:all-bytes-out',
  'aws:all-packets-in',
  'aws:all-packets-out',
  'aws:num-listening-tcp-ports',
  'aws:num-listening-udp-ports',
  'aws:num-established-tcp-connections',
] as const

export const cloudSideMetrics = [
  'aws:num-authorization-failures',
  'aws:num-connection-attempts',
  'aws:num-disconnects',
  'aws:num-messages-received',
  'aws:num-messages-sent',
  'aws:message-byte-size',
] as const

/** In the order of a row: the device's side, then the cloud's. */
export const metricNames = [...deviceSideMetrics, ...cloudSideMetrics] as const

export type MetricName = (typeof metricNames)[number]

/** Where each metric is in a row. */
export const column = {
  bytesIn: 0,
  bytesOut: 1,
  packetsIn: 2,
  packetsOut: 3,
  tcpPorts: 4,
  udpPorts: 5,
  connections: 6,
  authorizationFailures: 7,
  connectionAttempts: 8,
  disconnects: 9,
  messagesReceived: 10,
  messagesSent: 11,
  messageBytes: 12,
} as const

export const slotMs = 300_000
export const slotSeconds = 300
export const slotsPerHour = 12
export const slotsPerDay = 288
