import {
  metricNames,
  slotsPerDay,
  type AttackLabel,
  type DeviceHistory,
  type MetricName,
} from '../fleet-simulator/index.ts'
import { attacks, plainAttackKinds, strengthOf, type PlainAttackKind } from './attacks.ts'
import { plainDevice, type Reading } from './device.ts'
import { normal, randomOf, type Random } from './random.ts'

export { plainAttackKinds } from './attacks.ts'

export interface PlainFleetOptions {
  seed: number
  devices: number
  days: number
  /** Attacks begin here, each kind on so many devices, one attack a device. */
  fromDay: number
  perKind: number
}

type PlainLabel = AttackLabel & { kind: PlainAttackKind }

const slotsPerHour = slotsPerDay / 24
/** Reports that are lost, and the share of devices that lose twenty times as many. */
const lostReports = 0.001
const flakyShare = 0.1

/** Fields of a reading in the order of the metrics; the first seven come in the device's own report. */
const fields = [
  'bytesIn',
  'bytesOut',
  'packetsIn',
  'packetsOut',
  'tcpPorts',
  'udpPorts',
  'connections',
  'authorizationFailures',
  'connectionAttempts',
  'disconnects',
  'messagesReceived',
  'messagesSent',
  'messageBytes',
] as const satisfies (keyof Reading)[]
const reported = 7

/** The fleet device by device, each with its whole history; day 0 is a Monday. */
export function* simulatePlainFleet(options: PlainFleetOptions): Generator<DeviceHistory> {
  for (let index = 0; index < options.devices; index++) yield historyOf(options, index)
}

/** What is done to which device; the same as in the histories. */
export function planPlainAttacks(options: PlainFleetOptions): AttackLabel[] {
  const indices = Array.from({ length: options.devices }, (_, index) => index)
  return indices.flatMap((index) => labelOf(options, index) ?? [])
}

/** The first devices are attacked, by turns of all kinds; the others are clean. */
function labelOf(options: PlainFleetOptions, index: number): PlainLabel | null {
  const { seed, days, fromDay, perKind } = options
  const kind = plainAttackKinds[Math.floor(index / 4) % plainAttackKinds.length]
  if (!kind || index >= perKind * plainAttackKinds.length) return null
  const random = randomOf(seed, 100_000 + index)
  const first = fromDay * slotsPerDay
  const slots = Math.round(attacks[kind].hours * slotsPerHour)
  const fromSlot = first + Math.floor(random() * (days * slotsPerDay - first - slots))
  const { name } = plainDevice(randomOf(seed, index), index)
  return {
    ...{ deviceId: idOf(index), deviceClass: name, kind },
    ...{ fromSlot, toSlot: fromSlot + slots, strength: strengthOf(kind, random) },
  }
}

function historyOf(options: PlainFleetOptions, index: number): DeviceHistory {
  const { seed, days } = options
  const device = plainDevice(randomOf(seed, index), index)
  const label = labelOf(options, index)
  const [link, attacker] = [randomOf(seed, 200_000 + index), randomOf(seed, 300_000 + index)]
  const loss = lostReports * (link() < flakyShare ? 20 : 1) * Math.exp(0.3 * normal(link))
  const columns = fields.map(() => new Float64Array(days * slotsPerDay))
  for (let slot = 0; slot < days * slotsPerDay; slot++) {
    const day = Math.floor(slot / slotsPerDay)
    const hour = (slot % slotsPerDay) / slotsPerHour
    const reading = device.next({ hour, isWeekend: day % 7 >= 5 })
    if (label) attack(reading, { label, slot, random: attacker })
    const isLost = link() < loss
    fields.forEach((field, metric) => {
      const value = isLost && metric < reported ? NaN : reading[field]
      const column = columns[metric]
      if (column) column[slot] = Math.round(value)
    })
  }
  const values = Object.fromEntries(metricNames.map((name, metric) => [name, columns[metric]]))
  return {
    ...{ deviceId: idOf(index), deviceClass: device.name, thingGroup: 'plain', site: 'plain' },
    ...{ firstSlot: 0, events: [], labels: label ? [label] : [] },
    values: values as Record<MetricName, Float64Array>,
  }
}

function attack(
  reading: Reading,
  { label, slot, random }: { label: PlainLabel; slot: number; random: Random },
): void {
  const { fromSlot, toSlot, kind, strength } = label
  if (slot < fromSlot || slot >= toSlot) return
  const part = (slot - fromSlot + 1) / (toSlot - fromSlot)
  attacks[kind].act(reading, { strength, part, random })
}

function idOf(index: number): string {
  return `plain-${String(index + 1).padStart(4, '0')}`
}
