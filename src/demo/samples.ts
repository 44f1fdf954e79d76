import { asMetricId } from '../contract/model/aws-metrics.ts'
import type { DeviceId } from '../contract/model/device.ts'
import type { MetricId } from '../contract/model/metric.ts'
import { slotMs, slotStartAt } from '../contract/model/time.ts'
import { type Measure, type Sample, measureOf } from '../station/datapoint.ts'
import { commandsOf, controllerId } from './controller.ts'
import type { SimulatedDevice } from './fleet.ts'
import type { ReportContent, SlotPlan } from './plan.ts'
import { encodeReport, reportAt } from './report.ts'

type Measured = [MetricId, Measure]

const ids = {
  messagesSent: asMetricId('aws:num-messages-sent'),
  messagesReceived: asMetricId('aws:num-messages-received'),
  messageSize: asMetricId('aws:message-byte-size'),
  connectionAttempts: asMetricId('aws:num-connection-attempts'),
  disconnects: asMetricId('aws:num-disconnects'),
  authorizationFailures: asMetricId('aws:num-authorization-failures'),
  bytesOut: asMetricId('aws:all-bytes-out'),
  bytesIn: asMetricId('aws:all-bytes-in'),
  packetsOut: asMetricId('aws:all-packets-out'),
  packetsIn: asMetricId('aws:all-packets-in'),
  tcpPorts: asMetricId('aws:num-listening-tcp-ports'),
  udpPorts: asMetricId('aws:num-listening-udp-ports'),
  connections: asMetricId('aws:num-established-tcp-connections'),
}

/**
 * AWS's 13 metrics of a device in a slot, as a station with an embedded broker measures them when the plan
 * is acted out. Counters that found nothing are zeros: a connected device was watched and had none.
 */
export function samplesOf(device: SimulatedDevice, slot: number, plan: SlotPlan): Sample[] {
  const sizes = sentSizes(plan, encodeReport(device, slot, plan.report).length)
  // The answer to the report is a message the device receives, too.
  const received = plan.commandSizes.length + 1
  const measured = [
    ...trafficMeasures(sizes, received),
    ...sessionMeasures(plan),
    ...reportMeasures(plan.report),
  ]
  return toSamples(device.id, reportAt(device, slot), measured)
}

/** The broker-side metrics of the site controller in a slot. No message size where it sent nothing. */
export function controllerSamples(fleet: readonly SimulatedDevice[], slot: number): Sample[] {
  const sizes = commandsOf(fleet, slot).map((command) => command.size)
  const measured = [
    ...trafficMeasures(sizes, 0),
    ...sessionMeasures({ reconnects: 0, deniedPublishes: 0 }),
  ]
  return toSamples(controllerId, slotStartAt(slot) + slotMs / 2, measured)
}

/**
 * Payload bytes of every publish that the broker takes, in sending order but for the report, which is never
 * the last. A refused one counts as a failure, not as a message.
 */
function sentSizes(plan: SlotPlan, reportBytes: number): number[] {
  return [reportBytes, ...plan.telemetrySizes]
}

function trafficMeasures(sizes: number[], received: number): Measured[] {
  const counts: Measured[] = [
    [ids.messagesSent, measureOf(sizes.length)],
    [ids.messagesReceived, measureOf(received)],
  ]
  return sizes.length > 0 ? [...counts, [ids.messageSize, foldSizes(sizes)]] : counts
}

/** Each interruption is one disconnect and one connection; a refused publish is a failure besides. */
function sessionMeasures(plan: Pick<SlotPlan, 'reconnects' | 'deniedPublishes'>): Measured[] {
  const interruptions = plan.reconnects + plan.deniedPublishes
  return [
    [ids.connectionAttempts, measureOf(interruptions)],
    [ids.disconnects, measureOf(interruptions)],
    [ids.authorizationFailures, measureOf(plan.deniedPublishes)],
  ]
}

function reportMeasures(report: ReportContent): Measured[] {
  return [
    [ids.bytesOut, measureOf(report.bytesOut)],
    [ids.bytesIn, measureOf(report.bytesIn)],
    [ids.packetsOut, measureOf(report.packetsOut)],
    [ids.packetsIn, measureOf(report.packetsIn)],
    [ids.tcpPorts, measureOf(report.tcpPorts.length)],
    [ids.udpPorts, measureOf(report.udpPorts.length)],
    [ids.connections, measureOf(report.connections.length)],
  ]
}

function foldSizes(sizes: number[]): Measure {
  return {
    count: sizes.length,
    sum: sizes.reduce((sum, size) => sum + size, 0),
    min: Math.min(...sizes),
    max: Math.max(...sizes),
    last: sizes.at(-1) ?? 0,
  }
}

function toSamples(deviceId: DeviceId, at: number, measured: Measured[]): Sample[] {
  return measured.map(([metricId, measure]) => ({ deviceId, metricId, at, measure }))
}
