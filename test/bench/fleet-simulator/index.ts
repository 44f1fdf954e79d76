import type { AttackLabel } from './attacks.ts'
import type { BenignEvent, Device, DeviceIdentity } from './device.ts'
import { createDevice, createFleet, type Fleet, type FleetOptions } from './fleet.ts'
import { metricNames, slotMs, type MetricName } from './metrics.ts'
import { liveSlot } from './step.ts'

export { attackKinds, attackProfiles, reportedLateSlots } from './attacks.ts'
export type { AttackKind, AttackLabel, AttackProfile } from './attacks.ts'
export { deviceClasses, deviceClassNames } from './device-classes.ts'
export type { DeviceClassName } from './device-classes.ts'
export type { BenignEvent, DeviceIdentity } from './device.ts'
export type { FleetOptions } from './fleet.ts'
export { cloudSideMetrics, deviceSideMetrics, metricNames, slotMs, slotsPerDay } from './metrics.ts'
export type { MetricName } from './metrics.ts'
export { planAttacks } from './plan.ts'
export type { PlanOptions } from './plan.ts'

export interface DeviceHistory extends DeviceIdentity {
  /** Per metric a value per slot from `startAt`; NaN where it is missing. The arrays are its own. */
  values: Record<MetricName, Float64Array>
  labels: readonly AttackLabel[]
  events: readonly BenignEvent[]
}

export interface FleetSlot {
  slot: number
  /** The slot's beginning, epoch ms. */
  at: number
  devices: readonly DeviceIdentity[]
  /** Devices x metrics, row by row in the order of `metricNames`. Overwritten by the next slot. */
  values: Float64Array
}

/** The fleet device by device, each with its whole history. */
export function* simulateFleet(options: FleetOptions): Generator<DeviceHistory, void, undefined> {
  const fleet = createFleet(options)
  for (let index = 0; index < fleet.options.devices; index++) {
    yield liveThrough(fleet, createDevice(fleet, index))
  }
}

/** The same values slot by slot, as a station would see them come in. */
export function* simulateSlots(options: FleetOptions): Generator<FleetSlot, void, undefined> {
  const fleet = createFleet(options)
  const numbers = Array.from({ length: fleet.options.devices }, (_, index) => index)
  const lives = numbers.map((index) => createDevice(fleet, index))
  const devices = lives.map(({ identity }) => identity)
  const width = metricNames.length
  const values = new Float64Array(devices.length * width)
  const rows = numbers.map((index) => values.subarray(index * width, (index + 1) * width))
  for (let slot = 0; slot < fleet.slots; slot++) {
    for (const [index, device] of lives.entries()) {
      const row = rows[index]
      if (row) writeRow(fleet, { device, slot, row })
    }
    yield { slot, at: fleet.startAt + slot * slotMs, devices, values }
  }
}

/** Who is in the fleet, without living through it. */
export function listDevices(options: FleetOptions): DeviceIdentity[] {
  const fleet = createFleet(options)
  return Array.from(
    { length: fleet.options.devices },
    (_, index) => createDevice(fleet, index).identity,
  )
}

function liveThrough(fleet: Fleet, device: Device): DeviceHistory {
  const values = emptyColumns(fleet.slots)
  const columns = metricNames.map((name) => values[name])
  const row = new Float64Array(metricNames.length)
  for (let slot = 0; slot < fleet.slots; slot++) {
    writeRow(fleet, { device, slot, row })
    for (let metric = 0; metric < columns.length; metric++) {
      const filled = columns[metric]
      if (filled) filled[slot] = row[metric] ?? Number.NaN
    }
  }
  return {
    ...device.identity,
    values,
    labels: device.attacks.map(({ label }) => label),
    events: device.events,
  }
}

interface Row {
  device: Device
  slot: number
  row: Float64Array
}

function writeRow(fleet: Fleet, { device, slot, row }: Row): void {
  if (slot < device.identity.firstSlot) {
    row.fill(Number.NaN)
    return
  }
  liveSlot(device, slot, row)
  if (fleet.isLost[slot] === 1) row.fill(Number.NaN)
}

function emptyColumns(slots: number): Record<MetricName, Float64Array> {
  const column = () => new Float64Array(slots)
  return {
    'aws:all-bytes-in': column(),
    'aws:all-bytes-out': column(),
    'aws:all-packets-in': column(),
    'aws:all-packets-out': column(),
    'aws:num-listening-tcp-ports': column(),
    'aws:num-listening-udp-ports': column(),
    'aws:num-established-tcp-connections': column(),
    'aws:num-authorization-failures': column(),
    'aws:num-connection-attempts': column(),
    'aws:num-disconnects': column(),
    'aws:num-messages-received': column(),
    'aws:num-messages-sent': column(),
    'aws:message-byte-size': column(),
  }
}
