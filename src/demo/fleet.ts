import { deviceId, type DeviceId } from '../contract/model/device.ts'
import { type Draw, between, drawFor, keyOf, normal } from './random.ts'

export type DeviceKind = 'pump' | 'camera' | 'gateway'

/** How a device writes its Device Defender report. Real agents do all four. */
export type ReportFormat = 'json' | 'json-short' | 'cbor' | 'cbor-short'

export interface SimulatedDevice {
  id: DeviceId
  kind: DeviceKind
  /** Start of its random sequences, 32 bits. */
  key: number
  reportFormat: ReportFormat
  /** When in a slot it reports, as a part of the slot. */
  reportPhase: number
  /** 0..1, keeps devices from all sending at the same moment. */
  stagger: number
  habits: Habits
}

/** What a device normally does. Rates are per slot in an average weekday hour. */
interface Habits {
  telemetryRate: number
  commandRate: number
  /** Bytes it sends past the broker: video, file transfer, name lookups. */
  otherBytesOut: number
  /** TCP connections besides the one to the broker. */
  sessionRate: number
  /** Standard deviation from slot to slot, as a part of the level. */
  spread: number
  payloadBytes: { low: number; high: number }
  /** How far the day's peak lies above its mean, as a part of the mean. */
  dayAmplitude: number
  /** Hour of the day's peak, UTC. */
  peakHour: number
  /** Level on a weekend, as a part of a weekday's. */
  weekendFactor: number
  tcpPorts: readonly number[]
  udpPorts: readonly number[]
}

const usualHabits = {
  pump: {
    telemetryRate: 10,
    commandRate: 0.5,
    otherBytesOut: 2_500,
    sessionRate: 0.3,
    spread: 0.08,
    payloadBytes: { low: 120, high: 160 },
    dayAmplitude: 0.25,
    peakHour: 11,
    weekendFactor: 0.8,
    tcpPorts: [22, 502],
    udpPorts: [68, 161],
  },
  camera: {
    telemetryRate: 25,
    commandRate: 1,
    otherBytesOut: 12_000_000,
    sessionRate: 1.5,
    spread: 0.1,
    payloadBytes: { low: 300, high: 500 },
    dayAmplitude: 0.35,
    peakHour: 14,
    weekendFactor: 0.6,
    tcpPorts: [80, 443, 554],
    udpPorts: [68, 3702],
  },
  gateway: {
    telemetryRate: 40,
    commandRate: 2,
    otherBytesOut: 1_500_000,
    sessionRate: 5,
    spread: 0.1,
    payloadBytes: { low: 200, high: 900 },
    dayAmplitude: 0.3,
    peakHour: 12,
    weekendFactor: 0.7,
    tcpPorts: [22, 443, 502, 8883],
    udpPorts: [53, 67, 123],
  },
} satisfies Record<DeviceKind, Habits>

const reportFormats = {
  pump: ['json', 'json-short'],
  camera: ['json', 'cbor'],
  gateway: ['json', 'cbor-short'],
} satisfies Record<DeviceKind, ReportFormat[]>

/** The order in which a growing fleet gets its devices; the first three are one of each kind. */
const mixture = [
  'pump',
  'camera',
  'gateway',
  'pump',
  'pump',
  'camera',
  'pump',
  'pump',
] as const satisfies DeviceKind[]

/**
 * A fleet of three kinds in which every device has habits of its own. Same seed and size, same fleet; a
 * larger one starts with the same devices.
 * @throws RangeError below three devices.
 */
export function createFleet(options: { seed: number; devices?: number }): SimulatedDevice[] {
  const { seed, devices = 24 } = options
  if (!(devices >= 3)) throw new RangeError('A fleet has at least three devices, one of each kind.')
  const made = { pump: 0, camera: 0, gateway: 0 }
  return Array.from({ length: devices }, (_, place) => {
    const kind = mixture[place % mixture.length] ?? 'pump'
    made[kind] += 1
    return createDevice(seed, kind, made[kind])
  })
}

function createDevice(seed: number, kind: DeviceKind, number: number): SimulatedDevice {
  const id = deviceId.parse(`${kind}-${String(number).padStart(2, '0')}`)
  const key = keyOf(seed, id)
  const draw = drawFor(key, 0, 'habits')
  const formats = reportFormats[kind]
  return {
    id,
    kind,
    key,
    reportFormat: formats[(number - 1) % formats.length] ?? 'json',
    reportPhase: between(draw, 0.45, 0.7),
    stagger: draw(),
    habits: personalHabits(usualHabits[kind], draw),
  }
}

function personalHabits(usual: Habits, draw: Draw): Habits {
  const level = Math.exp(0.2 * normal(draw))
  return {
    ...usual,
    telemetryRate: usual.telemetryRate * level,
    commandRate: usual.commandRate * between(draw, 0.7, 1.4),
    otherBytesOut: usual.otherBytesOut * level * between(draw, 0.7, 1.4),
    sessionRate: usual.sessionRate * between(draw, 0.7, 1.4),
    spread: usual.spread * between(draw, 0.7, 1.4),
    payloadBytes: personalSpan(usual.payloadBytes, draw),
    dayAmplitude: usual.dayAmplitude * between(draw, 0.6, 1.3),
    peakHour: usual.peakHour + between(draw, -3, 3),
    weekendFactor: Math.min(1, usual.weekendFactor * between(draw, 0.8, 1.2)),
  }
}

/** A part of the kind's span, so that devices of a kind send messages of different sizes. */
function personalSpan(span: Habits['payloadBytes'], draw: Draw): Habits['payloadBytes'] {
  const width = Math.round((span.high - span.low) * 0.6)
  const low = Math.round(between(draw, span.low, span.high - width))
  return { low, high: low + width }
}
