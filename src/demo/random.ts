/** The next uniform number in [0, 1). */
export type Draw = () => number

/** What a sequence of numbers is for: two uses never share a sequence. */
type Stream =
  'habits' | 'telemetry' | 'commands' | 'interruptions' | 'report' | 'drift' | 'readings'

const streamNumbers = {
  habits: 1,
  telemetry: 2,
  commands: 3,
  interruptions: 4,
  report: 5,
  drift: 6,
  readings: 7,
} satisfies Record<Stream, number>

/** 2^32 over the golden ratio: steps of this visit every 32-bit state once. */
const goldenStep = 0x9e3779b9

/** Where a device's sequences start: a 32-bit number that depends on the fleet's seed and its name. */
export function keyOf(seed: number, name: string): number {
  let key = scramble(seed >>> 0)
  for (const character of name) key = scramble(key ^ (character.codePointAt(0) ?? 0))
  return key
}

/**
 * A sequence of its own for each (key, index, stream), so any slot can be computed alone and in any order.
 * SplitMix (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", 2014) in 32 bits.
 */
export function drawFor(key: number, index: number, stream: Stream): Draw {
  let state = scramble(scramble(key ^ scramble(index + 1)) ^ streamNumbers[stream])
  return () => {
    state = (state + goldenStep) >>> 0
    return scramble(state) / 0x1_0000_0000
  }
}

/** Uniform between two numbers. */
export function between(draw: Draw, low: number, high: number): number {
  return low + (high - low) * draw()
}

/** Uniform whole number, both ends included. */
export function wholeBetween(draw: Draw, low: number, high: number): number {
  return low + Math.floor((high - low + 1) * draw())
}

/** Standard normal (Box and Muller 1958). */
export function normal(draw: Draw): number {
  const radius = Math.sqrt(-2 * Math.log(1 - draw()))
  return radius * Math.cos(2 * Math.PI * draw())
}

/** How many rare events happen where `mean` are expected (Knuth, TAOCP 3.4.1); for means below about 30. */
export function poisson(draw: Draw, mean: number): number {
  const limit = Math.exp(-mean)
  let events = 0
  for (let product = draw(); product > limit; product *= draw()) events += 1
  return events
}

/** Spreads a 32-bit number over all 32 bits, one to one. */
function scramble(value: number): number {
  let mixed = value ^ (value >>> 16)
  mixed = Math.imul(mixed, 0x85ebca6b)
  mixed ^= mixed >>> 13
  mixed = Math.imul(mixed, 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
