import { asMetricId } from '../../contract/model/aws-metrics.ts'
import type { DeviceId } from '../../contract/model/device.ts'
import type { MetricId } from '../../contract/model/metric.ts'
import { slotOf, slotStartAt } from '../../contract/model/time.ts'
import type { Measure, Sample } from '../datapoint.ts'

/** What a broker's side counts of one device in one slot. */
interface Counts {
  messagesSent: number
  messagesReceived: number
  connectionAttempts: number
  disconnects: number
  authorizationFailures: number
  size: Measure
}

type Counter = Exclude<keyof Counts, 'size'>

interface Meter {
  deviceId: DeviceId
  slot: number
  counts: Counts
  /** While there are any, a counter that stays at 0 was measured, not missed. */
  connections: number
  /** It was connected when the slot began; otherwise its counters do not stand for a whole slot. */
  isWhole: boolean
}

const metricIds: Record<Counter, MetricId> = {
  messagesSent: asMetricId('aws:num-messages-sent'),
  messagesReceived: asMetricId('aws:num-messages-received'),
  connectionAttempts: asMetricId('aws:num-connection-attempts'),
  disconnects: asMetricId('aws:num-disconnects'),
  authorizationFailures: asMetricId('aws:num-authorization-failures'),
}
const messageSize = asMetricId('aws:message-byte-size')
const counters = Object.keys(metricIds) as Counter[]

const nothing: Measure = { count: 0, sum: 0, min: 0, max: 0, last: 0 }

/** Counts per device and slot, cheap enough for every message of the site. */
export interface Meters {
  /** False where connections cannot be seen: every device is then taken to be there. */
  seesConnections: boolean
  byDevice: Map<DeviceId, Meter>
  /** Of slots that ended since the last drain. */
  finished: Sample[]
}

export function createMeters({ seesConnections }: Pick<Meters, 'seesConnections'>): Meters {
  return { seesConnections, byDevice: new Map(), finished: [] }
}

/** Counts a message of `bytes` of payload that the device published. */
export function countSent(
  meters: Meters,
  deviceId: DeviceId,
  { bytes, at }: { bytes: number; at: number },
): void {
  const { counts } = meterOf(meters, deviceId, at)
  counts.messagesSent += 1
  const { size } = counts
  size.min = size.count === 0 ? bytes : Math.min(size.min, bytes)
  size.max = Math.max(size.max, bytes)
  size.count += 1
  size.sum += bytes
  size.last = bytes
}

export function countOne(
  meters: Meters,
  deviceId: DeviceId,
  { counter, at }: { counter: Exclude<Counter, 'messagesSent'>; at: number },
): void {
  meterOf(meters, deviceId, at).counts[counter] += 1
}

/** Notes that a connection of the device began (1) or ended (-1). */
export function countConnection(
  meters: Meters,
  deviceId: DeviceId,
  { change, at }: { change: 1 | -1; at: number },
): void {
  const meter = meterOf(meters, deviceId, at)
  meter.connections = Math.max(0, meter.connections + change)
}

/** Hands out what was counted since the last call. */
export function drainMeters(meters: Meters, now: number): Sample[] {
  for (const [deviceId, known] of meters.byDevice) {
    const meter = known.slot < slotOf(now) ? meterOf(meters, deviceId, now) : known
    meters.finished.push(...samplesOf(meter))
    meter.counts = zero()
    if (meter.connections === 0) meters.byDevice.delete(deviceId)
  }
  return meters.finished.splice(0)
}

function meterOf(meters: Meters, deviceId: DeviceId, at: number): Meter {
  const slot = slotOf(at)
  const known = meters.byDevice.get(deviceId)
  if (known?.slot === slot) return known
  if (known) meters.finished.push(...samplesOf(known))
  const connections = known?.connections ?? 0
  const isWhole = connections > 0 || !meters.seesConnections
  const meter = { deviceId, slot, counts: zero(), connections, isWhole }
  meters.byDevice.set(deviceId, meter)
  return meter
}

function samplesOf({ deviceId, slot, counts, connections, isWhole }: Meter): Sample[] {
  const common = { deviceId, at: slotStartAt(slot), isPartial: !isWhole }
  const samples: Sample[] = []
  for (const counter of counters) {
    const value = counts[counter]
    if (value === 0 && connections === 0) continue
    const measure = value === 0 ? nothing : countOf(value)
    samples.push({ ...common, metricId: metricIds[counter], measure })
  }
  if (counts.size.count > 0) {
    samples.push({ ...common, metricId: messageSize, measure: counts.size })
  }
  return samples
}

function countOf(value: number): Measure {
  return { count: value, sum: value, min: 1, max: 1, last: 1 }
}

function zero(): Counts {
  return {
    messagesSent: 0,
    messagesReceived: 0,
    connectionAttempts: 0,
    disconnects: 0,
    authorizationFailures: 0,
    size: { ...nothing },
  }
}
