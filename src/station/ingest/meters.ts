import { asMetricId } from '../../contract/model/aws-metrics.ts'
import type { DeviceId } from '../../contract/model/device.ts'
import type { MetricId } from '../../contract/model/metric.ts'
import { slotOf, slotStartAt } from '../../contract/model/time.ts'
import type { Measure, Sample } from '../datapoint.ts'
import { noteMessages, noteRefused, type TrafficWatch } from './traffic-watch.ts'

/** What a broker's side counts of one device in one slot. */
interface Counts {
  messagesSent: number
  messagesReceived: number
  connectionAttempts: number
  disconnects: number
  authorizationFailures: number
  size: Measure
}

export type Counter = Exclude<keyof Counts, 'size'>

interface Meter {
  deviceId: DeviceId
  counts: Counts
  /** While there are any, a counter that stays at 0 was measured, not missed. */
  connections: number
  /** It was connected when the slot began; otherwise its counters do not stand for a whole slot. */
  isWhole: boolean
  /** The same of the slot before, for what comes late. */
  wasWhole: boolean
  /** Counters whose zeros of this slot were handed out; they need not be again. */
  told: ReadonlySet<Counter>
  /** Attempts and failures that are its own by inference only. */
  hasInferred: boolean
}

export const metricIdOf: Record<Counter, MetricId> = {
  messagesSent: asMetricId('aws:num-messages-sent'),
  messagesReceived: asMetricId('aws:num-messages-received'),
  connectionAttempts: asMetricId('aws:num-connection-attempts'),
  disconnects: asMetricId('aws:num-disconnects'),
  authorizationFailures: asMetricId('aws:num-authorization-failures'),
}
const messageSize = asMetricId('aws:message-byte-size')
const counters = Object.keys(metricIdOf) as Counter[]
const inferable: readonly Counter[] = ['connectionAttempts', 'authorizationFailures']

const untold: ReadonlySet<Counter> = new Set()

const nothing: Measure = { count: 0, sum: 0, min: 0, max: 0, last: 0 }

/** Counts per device and slot, cheap enough for every message of the site. */
export interface Meters {
  /** False where connections cannot be seen: every device is then taken to be there. */
  seesConnections: boolean
  /** Counters of which a connected device's 0 is a true one, rather than not measured. */
  zeros: ReadonlySet<Counter>
  /** The newest slot that anything was counted in. */
  slot: number
  byDevice: Map<DeviceId, Meter>
  /** Counts that came after a newer slot had begun. */
  late: Map<number, Map<DeviceId, Meter>>
  /** Of slots that ended since the last drain. */
  finished: Sample[]
  /** The same of a few devices, without slots. */
  traffic: TrafficWatch
}

/** Meters with nothing counted. `zeros`: all counters unless said otherwise. */
export function createMeters(options: {
  seesConnections: boolean
  zeros?: readonly Counter[]
}): Meters {
  const { seesConnections, zeros = counters } = options
  const empty = { slot: 0, byDevice: new Map(), late: new Map(), finished: [], traffic: new Map() }
  return { seesConnections, zeros: new Set(zeros), ...empty }
}

/** Counts a message of `bytes` of payload that the device published; null: of a size that is not known. */
export function countSent(
  meters: Meters,
  deviceId: DeviceId,
  { bytes, at }: { bytes: number | null; at: number },
): void {
  const { counts } = meterOf(meters, deviceId, at)
  noteMessages(meters.traffic, deviceId, { count: 1, at })
  counts.messagesSent += 1
  if (bytes === null) return
  const { size } = counts
  size.min = size.count === 0 ? bytes : Math.min(size.min, bytes)
  size.max = Math.max(size.max, bytes)
  size.count += 1
  size.sum += bytes
  size.last = bytes
}

/** Counts messages that were published, with the measure of their sizes in bytes of payload. */
export function countManySent(
  meters: Meters,
  deviceId: DeviceId,
  { sizes, at }: { sizes: Measure; at: number },
): void {
  if (sizes.count === 0) return
  const { counts } = meterOf(meters, deviceId, at)
  noteMessages(meters.traffic, deviceId, { count: sizes.count, at })
  counts.messagesSent += sizes.count
  const { size } = counts
  size.min = size.count === 0 ? sizes.min : Math.min(size.min, sizes.min)
  size.max = Math.max(size.max, sizes.max)
  size.count += sizes.count
  size.sum += sizes.sum
  size.last = sizes.last
}

/** Counts something else, once or `times`. `isInferred`: it is the device's as far as can be told. */
export function countOne(
  meters: Meters,
  deviceId: DeviceId,
  counted: {
    counter: Exclude<Counter, 'messagesSent'>
    at: number
    times?: number
    isInferred?: boolean
  },
): void {
  const { counter, at, times = 1, isInferred = false } = counted
  const meter = meterOf(meters, deviceId, at)
  if (counter === 'authorizationFailures') noteRefused(meters.traffic, deviceId, at)
  meter.counts[counter] += times
  meter.hasInferred ||= isInferred
}

/** Notes that a connection of the device began (1) or ended (-1). */
export function countConnection(
  meters: Meters,
  deviceId: DeviceId,
  { change, at }: { change: 1 | -1; at: number },
): void {
  // A late word of a connection still says how many there are by now.
  const meter = meterOf(meters, deviceId, Math.max(at, slotStartAt(meters.slot)))
  meter.connections = Math.max(0, meter.connections + change)
}

/** Forgets all connections: from now on nobody knows who is there. */
export function forgetConnections(meters: Meters): void {
  for (const meter of meters.byDevice.values()) {
    meter.connections = 0
    meter.isWhole &&= !meters.seesConnections
  }
}

/** Hands out what was counted since the last call. */
export function drainMeters(meters: Meters, now: number): Sample[] {
  advance(meters, slotOf(now))
  for (const [deviceId, meter] of meters.byDevice) {
    meters.finished.push(...samplesOf(meters, meter, meters.slot))
    meter.counts = zero()
    meter.told = meter.connections > 0 ? meters.zeros : untold
    if (meter.connections === 0 && !meter.isWhole) meters.byDevice.delete(deviceId)
  }
  for (const [slot, byDevice] of meters.late) {
    for (const meter of byDevice.values()) meters.finished.push(...samplesOf(meters, meter, slot))
  }
  meters.late.clear()
  return meters.finished.splice(0)
}

function meterOf(meters: Meters, deviceId: DeviceId, at: number): Meter {
  const slot = slotOf(at)
  if (slot < meters.slot) return lateMeterOf(meters, deviceId, slot)
  advance(meters, slot)
  const known = meters.byDevice.get(deviceId)
  if (known) return known
  const meter = freshMeter(deviceId, !meters.seesConnections)
  meters.byDevice.set(deviceId, meter)
  return meter
}

function lateMeterOf(meters: Meters, deviceId: DeviceId, slot: number): Meter {
  const byDevice = meters.late.get(slot) ?? new Map<DeviceId, Meter>()
  meters.late.set(slot, byDevice)
  const known = byDevice.get(deviceId)
  if (known) return known
  const wasWhole = slot === meters.slot - 1 && meters.byDevice.get(deviceId)?.wasWhole === true
  const meter = freshMeter(deviceId, wasWhole || !meters.seesConnections)
  byDevice.set(deviceId, meter)
  return meter
}

/**
 * Ends the slot that was counted in, for all devices at once: a quiet one has its zeros too. Slots in between, where
 * time jumped, get nothing: nobody looked.
 */
function advance(meters: Meters, slot: number): void {
  if (slot <= meters.slot) return
  for (const meter of meters.byDevice.values()) endSlot(meters, meter, meters.slot)
  meters.slot = slot
}

function endSlot(meters: Meters, meter: Meter, slot: number): void {
  meters.finished.push(...samplesOf(meters, meter, slot))
  meter.counts = zero()
  meter.wasWhole = meter.isWhole
  meter.isWhole = meter.connections > 0 || !meters.seesConnections
  meter.told = untold
  meter.hasInferred = false
  if (meter.connections === 0) meters.byDevice.delete(meter.deviceId)
}

function samplesOf(meters: Meters, meter: Meter, slot: number): Sample[] {
  const { deviceId, counts } = meter
  const common = { deviceId, at: slotStartAt(slot), isPartial: !meter.isWhole }
  const samples: Sample[] = []
  for (const counter of counters) {
    const value = counts[counter]
    if (value === 0 && !hasTrueZero(meters, meter, counter)) continue
    const measure = value === 0 ? nothing : countOf(value)
    const isInferred = meter.hasInferred && inferable.includes(counter)
    const isPartial = common.isPartial || isInferred
    samples.push({ ...common, isPartial, metricId: metricIdOf[counter], measure })
  }
  if (counts.size.count > 0) {
    samples.push({ ...common, metricId: messageSize, measure: counts.size })
  }
  return samples
}

function hasTrueZero({ zeros }: Meters, { connections, told }: Meter, counter: Counter): boolean {
  return connections > 0 && !told.has(counter) && zeros.has(counter)
}

function countOf(value: number): Measure {
  return { count: value, sum: value, min: 1, max: 1, last: 1 }
}

function freshMeter(deviceId: DeviceId, isWhole: boolean): Meter {
  const flags = { wasWhole: false, told: untold, hasInferred: false }
  return { deviceId, counts: zero(), connections: 0, isWhole, ...flags }
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
