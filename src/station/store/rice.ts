import { type Cursor, takeByte, takeRest } from './bytes.ts'

// Rice codes: the low bits of a number as they are, the rest as so many ones and a zero. Close to the best
// possible for noise around a level (R. F. Rice, "Some practical universal noiseless coding techniques",
// JPL 79-22, 1979).

/** Numbers must be below this to be Rice coded. */
export const riceLimit = 2 ** 30

/** How many low bits give the shortest code, and its length in bytes with the byte that says so. */
export function bestRice(numbers: readonly number[]): { lowBits: number; byteLength: number } {
  let best = { lowBits: 0, byteLength: Infinity }
  for (let lowBits = 0; lowBits < 30; lowBits += 1) {
    const byteLength = 1 + Math.ceil(bitLength(numbers, lowBits) / 8)
    // Ever shorter up to the best number of bits, ever longer after it.
    if (byteLength > best.byteLength) break
    best = { lowBits, byteLength }
  }
  return best
}

/** Appends whole numbers 0..`riceLimit`-1, the number of low bits first. */
export function pushRice(out: number[], numbers: readonly number[], lowBits: number): void {
  out.push(lowBits)
  const bits = { out, byte: 0, used: 0 }
  for (const number of numbers) {
    for (let ones = number >>> lowBits; ones > 0; ones -= 1) pushBit(bits, 1)
    pushBit(bits, 0)
    for (let place = lowBits - 1; place >= 0; place -= 1) pushBit(bits, (number >>> place) & 1)
  }
  if (bits.used > 0) out.push(bits.byte)
}

/** Reads so many numbers, to the end of the bytes. */
export function takeRice(cursor: Cursor, length: number): Float64Array {
  const lowBits = takeByte(cursor)
  const bits = { bytes: takeRest(cursor), at: 0 }
  const numbers = new Float64Array(length)
  for (let index = 0; index < length; index += 1) {
    let number = 0
    while (takeBit(bits) === 1) number += 1
    for (let place = 0; place < lowBits; place += 1) number = number * 2 + takeBit(bits)
    numbers[index] = number
  }
  return numbers
}

function bitLength(numbers: readonly number[], lowBits: number): number {
  let bits = 0
  for (const number of numbers) bits += lowBits + 1 + (number >>> lowBits)
  return bits
}

function pushBit(bits: { out: number[]; byte: number; used: number }, bit: number): void {
  bits.byte |= bit << bits.used
  bits.used += 1
  if (bits.used < 8) return
  bits.out.push(bits.byte)
  bits.byte = 0
  bits.used = 0
}

function takeBit(bits: { bytes: Uint8Array; at: number }): number {
  const byte = bits.bytes[bits.at >> 3]
  if (byte === undefined) throw new RangeError('the bits end early')
  const bit = (byte >> (bits.at & 7)) & 1
  bits.at += 1
  return bit
}
