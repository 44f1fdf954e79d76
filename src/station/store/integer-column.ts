import { type Cursor, pushVarint, takeRest, takeVarint, unzigzag, zigzag } from './bytes.ts'
import { bestRice, pushRice, riceLimit, takeRice } from './rice.ts'
import { squeeze, unsqueeze } from './zstd.ts'

/** Whole numbers up to this size can be told apart, subtracted and folded without rounding. */
export const integerLimit = 2 ** 50

/** Not worth the time of a compressor below this. */
const smallBytes = 24

/** The ways to write whole numbers. A number once released is never used for another way. */
const integerCodec = {
  constant: 0,
  /** The commonest value, then the exceptions with the distance between them. */
  sparse: 1,
  /** Distance to the first value, Rice coded. */
  level: 2,
  /** Difference to the value before, Rice coded. */
  deltas: 3,
  /** Differences as varints through zstd. */
  squeezedDeltas: 4,
  /** Differences as varints. */
  plainDeltas: 5,
} as const

/** The shortest form of whole numbers below `integerLimit` in size, at least one. The first byte names it. */
export function encodeIntegers(numbers: Float64Array): number[] {
  const first = numbers[0] ?? 0
  if (numbers.every((number) => number === first)) {
    return startWith(integerCodec.constant, [zigzag(first)])
  }
  const deltas = Array.from(numbers, (number, at) => zigzag(number - (numbers[at - 1] ?? 0)))
  const forms = [sparseForm(numbers), levelForm(numbers), deltaForm(deltas), plainForm(deltas)]
  const best = shortest(forms)
  return best.length <= smallBytes ? best : shortest([best, squeezedForm(deltas)])
}

/** Reads so many numbers of a form whose first byte, `codec`, was already taken. */
export function decodeIntegers(codec: number, cursor: Cursor, length: number): Float64Array {
  if (codec === integerCodec.constant) {
    return new Float64Array(length).fill(unzigzag(takeVarint(cursor)))
  }
  if (codec === integerCodec.sparse) return takeSparse(cursor, length)
  if (codec === integerCodec.level) {
    const level = unzigzag(takeVarint(cursor))
    return takeRice(cursor, length).map((distance) => level + unzigzag(distance))
  }
  return summed(takeDeltas(codec, cursor, length))
}

function takeDeltas(codec: number, cursor: Cursor, length: number): Float64Array {
  if (codec === integerCodec.deltas) return takeRice(cursor, length)
  if (codec === integerCodec.plainDeltas) return takeVarints(cursor, length)
  if (codec === integerCodec.squeezedDeltas) {
    return takeVarints({ bytes: unsqueeze(takeRest(cursor)), at: 0 }, length)
  }
  throw new RangeError(`no way ${codec} to write whole numbers is known`)
}

function takeVarints(cursor: Cursor, length: number): Float64Array {
  const numbers = new Float64Array(length)
  for (let at = 0; at < length; at += 1) numbers[at] = takeVarint(cursor)
  return numbers
}

function summed(deltas: Float64Array): Float64Array {
  let value = 0
  for (let at = 0; at < deltas.length; at += 1) {
    value += unzigzag(deltas[at] ?? 0)
    deltas[at] = value
  }
  return deltas
}

function plainForm(deltas: readonly number[]): number[] {
  return startWith(integerCodec.plainDeltas, deltas)
}

function squeezedForm(deltas: readonly number[]): number[] {
  const plain = startWith(integerCodec.squeezedDeltas, deltas)
  return [integerCodec.squeezedDeltas, ...squeeze(Uint8Array.from(plain.slice(1)))]
}

function deltaForm(deltas: readonly number[]): number[] | null {
  return riceForm([integerCodec.deltas], deltas)
}

/** The median is the level: half of the distances are then to either side. */
function levelForm(numbers: Float64Array): number[] | null {
  const level = numbers.toSorted()[numbers.length >> 1] ?? 0
  const distances = Array.from(numbers, (number) => zigzag(number - level))
  return riceForm(startWith(integerCodec.level, [zigzag(level)]), distances)
}

function riceForm(start: number[], numbers: readonly number[]): number[] | null {
  if (numbers.some((number) => number >= riceLimit)) return null
  const { lowBits, byteLength } = bestRice(numbers)
  // An outlier would be written as millions of ones; varints are shorter then.
  if (byteLength > numbers.length * 5) return null
  pushRice(start, numbers, lowBits)
  return start
}

function sparseForm(numbers: Float64Array): number[] | null {
  const usual = commonest(numbers)
  const exceptions = Array.from(numbers.keys()).filter((at) => numbers[at] !== usual)
  if (exceptions.length * 3 > numbers.length) return null
  const out = startWith(integerCodec.sparse, [zigzag(usual), exceptions.length])
  let before = 0
  for (const at of exceptions) {
    pushVarint(out, at - before)
    pushVarint(out, zigzag((numbers[at] ?? 0) - usual))
    before = at
  }
  return out
}

function takeSparse(cursor: Cursor, length: number): Float64Array {
  const usual = unzigzag(takeVarint(cursor))
  const numbers = new Float64Array(length).fill(usual)
  let at = 0
  for (let left = takeVarint(cursor); left > 0; left -= 1) {
    at += takeVarint(cursor)
    numbers[at] = usual + unzigzag(takeVarint(cursor))
  }
  return numbers
}

function commonest(numbers: Float64Array): number {
  const counts = new Map<number, number>()
  for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1)
  return [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best), [0, 0])[0]
}

function startWith(codec: number, varints: readonly number[]): number[] {
  const out = [codec]
  for (const number of varints) pushVarint(out, number)
  return out
}

function shortest(forms: readonly (number[] | null)[]): number[] {
  const usable = forms.filter((form) => form !== null)
  return usable.reduce((best, form) => (form.length < best.length ? form : best))
}
