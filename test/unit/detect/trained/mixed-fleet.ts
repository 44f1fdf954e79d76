import type { GroupHistory, SeriesHistory } from '../../../../src/detect/trained/model.ts'
import { randomFrom } from '../synthetic-fleet.ts'

/** Monday 2026-01-05 00:00 UTC. */
export const monday = 20_458 * 288
export const day = 288
export const slotMs = 300_000

export const metricIds = ['bytes', 'packets', 'messages', 'ports', 'failures', 'load'] as const

/** What a device of each kind does differently. */
export const kinds = {
  quiet: { noise: 0.1, memory: 0, bursts: 0, failures: 0.001 },
  bursty: { noise: 0.3, memory: 0, bursts: 0.005, failures: 0.01 },
  constant: { noise: 0.01, memory: 0, bursts: 0, failures: 0.0002 },
  drifting: { noise: 0.15, memory: 0.9, bursts: 0, failures: 0.002 },
} as const

export type Kind = keyof typeof kinds

export interface SimulatedDevice {
  deviceId: string
  kind: Kind
  /** Its next slot; call with ascending slots. */
  next(slot: number): Float64Array
}

/** Devices d0, d1, ... of all kinds by turns; each has its own level, rhythm and random numbers. */
export function mixedFleet(seed: number, count: number): SimulatedDevice[] {
  const names = Object.keys(kinds) as Kind[]
  return Array.from({ length: count }, (_, index) =>
    mixedDevice(seed * 1000 + index, `d${index}`, names[index % names.length] ?? 'quiet'),
  )
}

export function mixedDevice(seed: number, deviceId: string, kind: Kind): SimulatedDevice {
  const random = randomFrom(seed)
  const { noise, memory, bursts, failures } = kinds[kind]
  const level = Math.log(5000) + random.normal()
  const rhythm = kind === 'constant' ? 0 : 0.3 + 0.3 * random.uniform()
  const ports = 2 + Math.floor(6 * random.uniform())
  let lasting = 0
  let burst = 0
  function next(slot: number): Float64Array {
    lasting = memory * lasting + (memory > 0 ? 0.12 * random.normal() : 0)
    if (burst > 0) burst--
    else if (random.uniform() < bursts) burst = 1 + Math.floor(8 * random.uniform())
    const pace = rhythm * rhythmAt(slot) + lasting + (burst > 0 ? 1.5 : 0)
    const bytes = Math.exp(level + pace + noise * random.normal())
    return Float64Array.of(
      Math.round(bytes),
      Math.round((bytes / 400) * Math.exp(0.05 * random.normal())),
      random.poisson(6 * Math.exp(0.8 * pace)),
      ports + (bursts > 0 && random.uniform() < 0.01 ? 1 : 0),
      random.uniform() < failures ? 1 + random.poisson(0.3) : 0,
      0.005 * Math.exp(pace + noise * random.normal()),
    )
  }
  return { deviceId, kind, next }
}

/** The next `slots` slots of every device, from `from` on. */
export function recordOf(
  devices: readonly SimulatedDevice[],
  { from = monday, slots }: { from?: number; slots: number },
): GroupHistory & { devices: { deviceId: string; series: SeriesHistory[] }[] } {
  const times = Int32Array.from({ length: slots }, (_, index) => from + index)
  const recorded = devices.map(({ deviceId, next }) => {
    const rows = Array.from(times, next)
    const series = metricIds.map((_, metric) => ({
      slots: times,
      values: Float64Array.from(rows, (row) => row[metric] ?? NaN),
    }))
    return { deviceId, series }
  })
  return { slotMs, metricIds, devices: recorded }
}

function rhythmAt(slot: number): number {
  const hours = (slot % day) / 12
  const isWeekend = (Math.floor(slot / day) + 5) % 7 < 2
  return Math.sin(((hours - 8) / 24) * 2 * Math.PI) - (isWeekend ? 0.6 : 0)
}
