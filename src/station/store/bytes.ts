/** A place in bytes being read. */
export interface Cursor {
  readonly bytes: Uint8Array
  at: number
}

/** Appends a whole number 0..2^53-1, seven bits a byte, lowest first, high bit set on all but the last. */
export function pushVarint(out: number[], value: number): void {
  let rest = value
  while (rest >= 128) {
    out.push((rest % 128) + 128)
    // Not a shift: those end at 32 bits.
    rest = Math.floor(rest / 128)
  }
  out.push(rest)
}

/** Reads what `pushVarint` wrote. Throws a RangeError where the bytes end early. */
export function takeVarint(cursor: Cursor): number {
  let value = 0
  let scale = 1
  for (;;) {
    const byte = takeByte(cursor)
    value += (byte % 128) * scale
    if (byte < 128) return value
    scale *= 128
  }
}

export function takeByte(cursor: Cursor): number {
  const byte = cursor.bytes[cursor.at]
  if (byte === undefined) throw new RangeError('the bytes end early')
  cursor.at += 1
  return byte
}

export function takeBytes(cursor: Cursor, length: number): Uint8Array {
  if (cursor.at + length > cursor.bytes.length) throw new RangeError('the bytes end early')
  const taken = cursor.bytes.subarray(cursor.at, cursor.at + length)
  cursor.at += length
  return taken
}

/** Everything that is left. */
export function takeRest(cursor: Cursor): Uint8Array {
  return takeBytes(cursor, cursor.bytes.length - cursor.at)
}

/** Folds a whole number into one that is not negative: 0, -1, 1, -2 become 0, 1, 2, 3. */
export function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value
}

export function unzigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2
}
