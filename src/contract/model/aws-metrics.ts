import {
  metricId,
  type Metric,
  type MetricId,
  type MetricKind,
  type MetricOrigin,
} from './metric.ts'

/** AWS IoT Device Defender's 13 ML metrics: six seen at the broker, seven reported by the device. */
export const awsMetrics: readonly Metric[] = [
  ...table('broker', [
    ['aws:num-messages-sent', 'Messages sent', 'counter', 'messages'],
    ['aws:num-messages-received', 'Messages received', 'counter', 'messages'],
    ['aws:message-byte-size', 'Message size', 'size', 'bytes'],
    ['aws:num-connection-attempts', 'Connection attempts', 'counter', 'attempts'],
    ['aws:num-disconnects', 'Disconnects', 'counter', 'disconnects'],
    ['aws:num-authorization-failures', 'Authorization failures', 'counter', 'failures'],
  ]),
  ...table('device', [
    ['aws:all-bytes-out', 'Bytes out', 'counter', 'bytes'],
    ['aws:all-bytes-in', 'Bytes in', 'counter', 'bytes'],
    ['aws:all-packets-out', 'Packets out', 'counter', 'packets'],
    ['aws:all-packets-in', 'Packets in', 'counter', 'packets'],
    ['aws:num-listening-tcp-ports', 'Listening TCP ports', 'gauge', 'ports'],
    ['aws:num-listening-udp-ports', 'Listening UDP ports', 'gauge', 'ports'],
    ['aws:num-established-tcp-connections', 'TCP connections', 'gauge', 'connections'],
  ]),
]

/**
 * How strange a device is over all its metrics together: decades of odds, 6 is one in 1,000,000 datapoints.
 * Made by Picket of the other metrics' verdicts; a behavior may watch it like any metric.
 */
export const allMetricsTogether: Metric = {
  id: metricId.parse('picket:all-metrics'),
  name: 'All metrics together',
  kind: 'gauge',
  origin: 'picket',
  unit: 'decades',
}

const knownMetrics = new Map([...awsMetrics, allMetricsTogether].map((known) => [known.id, known]))

/** The metric with this id; a name that is neither AWS's nor Picket's is a custom number, kept as a gauge. */
export function metricOf(id: MetricId): Metric {
  return knownMetrics.get(id) ?? { id, name: id, kind: 'gauge', origin: 'custom', unit: '' }
}

/** Brands a metric name; throws a ZodError when it is not one. */
export function asMetricId(name: string): MetricId {
  return metricId.parse(name)
}

type Row = [id: string, name: string, kind: MetricKind, unit: string]

function table(origin: MetricOrigin, rows: readonly Row[]): Metric[] {
  return rows.map(([id, name, kind, unit]) => ({
    id: metricId.parse(id),
    name,
    kind,
    origin,
    unit,
  }))
}
