/** A number in [0, 1), another each time. */
export type Random = () => number

/** Steele, Lea and Flood's SplitMix in its 32-bit form; the same seed and stream, the same numbers everywhere. */
export function randomOf(seed: number, stream: number): Random {
  let state = Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(stream + 1, 0x85ebca6b)
  return () => {
    state = (state + 0x9e3779b9) | 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32
  }
}

/** Box and Muller. */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}

/** Events of this mean: counted where they are few, from the bell curve where they are many. */
export function poisson(random: Random, mean: number): number {
  if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(random)))
  let events = 0
  for (let left = Math.exp(-mean), product = random(); product > left; product *= random()) events++
  return events
}

export function between(random: Random, low: number, high: number): number {
  return low + (high - low) * random()
}
