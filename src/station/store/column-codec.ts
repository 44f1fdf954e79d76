import { type Cursor, takeByte, takeRest } from './bytes.ts'
import { decodeIntegers, encodeIntegers, integerLimit } from './integer-column.ts'
import { squeeze, unsqueeze } from './zstd.ts'

/** The ways to write numbers that are not all whole. Below 16 are those of `integer-column.ts`. */
const codec = { decimals: 16, squeezedFloats: 17, plainFloats: 18, constantFloat: 19 } as const

const bytesPerFloat = 8
const mostPlaces = 6

/**
 * The shortest known form of a column of finite numbers. They survive exactly, but -0, which may become 0.
 */
export function encodeColumn(values: Float64Array): Uint8Array {
  if (values.length === 0) return new Uint8Array(0)
  for (let places = 0; places <= mostPlaces; places += 1) {
    const scaled = scaledBy(values, 10 ** places)
    if (!scaled) continue
    const integers = encodeIntegers(scaled)
    return Uint8Array.from(places === 0 ? integers : [codec.decimals, places, ...integers])
  }
  return encodeFloats(values)
}

/** Reads what `encodeColumn` wrote of so many values. Throws a RangeError when it is damaged. */
export function decodeColumn(bytes: Uint8Array, length: number): Float64Array {
  if (length === 0) return new Float64Array(0)
  const cursor: Cursor = { bytes, at: 0 }
  const way = takeByte(cursor)
  if (way === codec.decimals) return decodeDecimals(cursor, length)
  if (way === codec.squeezedFloats) return unshuffled(unsqueeze(takeRest(cursor)), length)
  if (way === codec.plainFloats) return unshuffled(takeRest(cursor), length)
  if (way === codec.constantFloat) {
    return new Float64Array(length).fill(unshuffled(takeRest(cursor), 1)[0] ?? 0)
  }
  return decodeIntegers(way, cursor, length)
}

/** The values times `scale` as whole numbers, or null where dividing would not give them back. */
function scaledBy(values: Float64Array, scale: number): Float64Array | null {
  const scaled = new Float64Array(values.length)
  for (const [at, value] of values.entries()) {
    const whole = Math.round(value * scale)
    if (Math.abs(whole) >= integerLimit || whole / scale !== value) return null
    scaled[at] = whole
  }
  return scaled
}

function decodeDecimals(cursor: Cursor, length: number): Float64Array {
  const scale = 10 ** takeByte(cursor)
  return decodeIntegers(takeByte(cursor), cursor, length).map((whole) => whole / scale)
}

function encodeFloats(values: Float64Array): Uint8Array {
  if (values.every((value) => value === values[0])) {
    return Uint8Array.from([codec.constantFloat, ...shuffled(values.subarray(0, 1))])
  }
  const plain = shuffled(values)
  const squeezed = squeeze(plain)
  return squeezed.length < plain.length
    ? Uint8Array.from([codec.squeezedFloats, ...squeezed])
    : Uint8Array.from([codec.plainFloats, ...plain])
}

/** All first bytes, then all second bytes...: exponents are alike, so they compress when side by side. */
function shuffled(values: Float64Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * bytesPerFloat))
  for (const [at, value] of values.entries()) view.setFloat64(at * bytesPerFloat, value)
  const out = new Uint8Array(view.byteLength)
  for (let at = 0; at < out.length; at += 1) {
    const plane = at % bytesPerFloat
    out[plane * values.length + (at - plane) / bytesPerFloat] = view.getUint8(at)
  }
  return out
}

function unshuffled(planes: Uint8Array, length: number): Float64Array {
  if (planes.length !== length * bytesPerFloat) throw new RangeError('floats are missing')
  const view = new DataView(new ArrayBuffer(planes.length))
  for (const [at, byte] of planes.entries()) {
    view.setUint8((at % length) * bytesPerFloat + Math.floor(at / length), byte)
  }
  return new Float64Array(length).map((_, at) => view.getFloat64(at * bytesPerFloat))
}
