/** One metric of one device over time. */
export interface DeviceHistory {
  deviceId: string
  slots: Int32Array
  values: Float64Array
}

/** Monday 2026-01-05 00:00 UTC. */
export const monday = 20_458 * 288

export const day = 288

export interface Random {
  /** 0 to 1, 1 excluded. */
  uniform(): number
  /** Standard normal. */
  normal(): number
  poisson(mean: number): number
}

/** A xorshift generator with what the fleets of these tests need. */
export function randomFrom(seed: number): Random {
  let state = (seed * 2_654_435_761) >>> 0 || 1
  function uniform(): number {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 4_294_967_296
  }
  function normal(): number {
    return Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
  }
  function poisson(mean: number): number {
    let count = 0
    for (let left = -Math.log(1 - uniform()); left < mean; left -= Math.log(1 - uniform())) count++
    return count
  }
  return { uniform, normal, poisson }
}

export type ValueAt = (device: number, slot: number) => number

/** Histories of `devices` devices named d0, d1, ... over `slots` slots, device by device. */
export function fleetOf(options: {
  devices: number
  slots: number
  from?: number
  valueAt: ValueAt
}): DeviceHistory[] {
  const { devices, slots, from = monday, valueAt } = options
  return Array.from({ length: devices }, (_, device) => {
    const times = Int32Array.from({ length: slots }, (_, index) => from + index)
    const values = Float64Array.from(times, (slot) => valueAt(device, slot))
    return { deviceId: `d${device}`, slots: times, values }
  })
}

/** Bytes of busy devices: each its own level, a rhythm by day and weekend, log-normal noise. */
export function busyBytes(random: Random, base = 20_000): ValueAt {
  return (device, slot) => {
    const hours = (slot % day) / 12
    const weekend = (Math.floor(slot / day) + 5) % 7 < 2 ? -0.4 : 0
    const level = Math.log(base) + ((device * 7) % 11) * 0.3
    const rhythm = 0.6 * Math.sin(((hours - 8) / 24) * 2 * Math.PI)
    return Math.round(Math.exp(level + rhythm + weekend + 0.2 * random.normal()))
  }
}

/** Largest count that a true share p of n independent trials exceeds about once in 3 million times. */
export function binomialBound(n: number, p: number): number {
  return n * p + 5 * Math.sqrt(n * p) + 5
}
