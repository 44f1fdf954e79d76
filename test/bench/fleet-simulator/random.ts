/**
 * Randomness that is the same on every machine: sfc32 (Chris Doty-Humphrey, PractRand), in 32-bit
 * integers. Every device starts it anew at every slot, so that an attack never shifts the draws of
 * the slots after it: with and without its attack a device is otherwise the same device.
 */
export interface Random {
  a: number
  b: number
  c: number
  counter: number
  spareNormal: number
}

export type Range = readonly [from: number, to: number]

const warmUpRounds = 4

export function createRandom(seed: number, stream: number): Random {
  const random = { a: 0, b: 0, c: 0, counter: 1, spareNormal: Number.NaN }
  restart(random, seed, stream)
  return random
}

/** Starts `random` at the beginning of the sequence that belongs to `seed` and `stream` (integers). */
export function restart(random: Random, seed: number, stream: number): void {
  random.a = mixed(seed, 0x9e3779b9)
  random.b = mixed(stream ^ random.a, 0x85ebca6b)
  random.c = mixed(random.a ^ random.b, 0xc2b2ae35)
  random.counter = 1
  random.spareNormal = Number.NaN
  for (let round = 0; round < warmUpRounds; round++) uniform(random)
}

/** A 32-bit hash of a seed and what the number is for (MurmurHash3's finaliser, Austin Appleby). */
export function mixed(seed: number, purpose: number): number {
  let hash = (seed ^ Math.imul(purpose, 0x27d4eb2d)) | 0
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) | 0
}

/** In the open interval (0, 1), so that its logarithm is finite. */
export function uniform(random: Random): number {
  const out = (((random.a + random.b) | 0) + random.counter) | 0
  random.counter = (random.counter + 1) | 0
  random.a = random.b ^ (random.b >>> 9)
  random.b = (random.c + (random.c << 3)) | 0
  random.c = (((random.c << 21) | (random.c >>> 11)) + out) | 0
  return ((out >>> 0) + 0.5) / 4294967296
}

/** Standard normal, by Marsaglia's polar method: only log and sqrt. */
export function normal(random: Random): number {
  const spare = random.spareNormal
  if (!Number.isNaN(spare)) {
    random.spareNormal = Number.NaN
    return spare
  }
  let x = 0
  let y = 0
  let square = 0
  do {
    x = 2 * uniform(random) - 1
    y = 2 * uniform(random) - 1
    square = x * x + y * y
  } while (square >= 1 || square === 0)
  const scale = Math.sqrt((-2 * Math.log(square)) / square)
  random.spareNormal = y * scale
  return x * scale
}

/** A factor whose logarithm is normal with standard deviation `spread`; its median is 1. */
export function logNormal(random: Random, spread: number): number {
  return Math.exp(spread * normal(random))
}

export function exponential(random: Random, mean: number): number {
  return -mean * Math.log(uniform(random))
}

/** Above `least`, with a tail of exponent `shape`. */
export function pareto(random: Random, shape: number, least: number): number {
  return least * Math.exp(-Math.log(uniform(random)) / shape)
}

/** Exact by inversion to a mean of 30, above that the rounded normal with the same two moments. */
export function poisson(random: Random, mean: number): number {
  if (mean <= 0) return 0
  if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(random)))
  const draw = uniform(random)
  let term = Math.exp(-mean)
  let reached = term
  let count = 0
  while (draw > reached && count < 200) {
    count++
    term *= mean / count
    reached += term
  }
  return count
}

export function happens(random: Random, probability: number): boolean {
  return uniform(random) < probability
}

/** Every ratio within the range is as likely as its inverse around the middle (uniform in the log). */
export function logUniform(random: Random, range: Range): number {
  const [from, to] = range
  return from * Math.exp(uniform(random) * Math.log(to / from))
}

/** An integer, both ends included. */
export function integerWithin(random: Random, range: Range): number {
  const [from, to] = range
  return from + Math.floor(uniform(random) * (to - from + 1))
}

export function pick<Item>(random: Random, items: readonly [Item, ...Item[]]): Item {
  return items[Math.floor(uniform(random) * items.length)] ?? items[0]
}
