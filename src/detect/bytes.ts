const firstCapacity = 4096

/** Writes numbers and texts one after the other. */
export type ByteWriter = ReturnType<typeof createByteWriter>

export type ByteReader = ReturnType<typeof createByteReader>

export function createByteWriter() {
  let view = new DataView(new ArrayBuffer(firstCapacity))
  let length = 0

  /** Offset of `bytes` free bytes, which are taken. */
  function take(bytes: number): number {
    if (length + bytes > view.byteLength) view = grown(view, length + bytes)
    length += bytes
    return length - bytes
  }

  const count = (value: number): void => {
    const offset = take(4)
    view.setUint32(offset, value, true)
  }
  const float = (value: number): void => {
    const offset = take(4)
    view.setFloat32(offset, value, true)
  }
  const double = (value: number): void => {
    const offset = take(8)
    view.setFloat64(offset, value, true)
  }
  /** UTF-16, so that any string comes back as it was. */
  const text = (value: string): void => {
    count(value.length)
    const offset = take(2 * value.length)
    for (let index = 0; index < value.length; index++) {
      view.setUint16(offset + 2 * index, value.charCodeAt(index), true)
    }
  }
  const bytes = (): Uint8Array => new Uint8Array(view.buffer, 0, length).slice()
  return { count, float, double, text, bytes }
}

/** Reads what a writer wrote, in the same order. Throws a RangeError beyond the end. */
export function createByteReader(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let position = 0

  /** Offset of the next `size` bytes, which are passed over. */
  function pass(size: number): number {
    position += size
    return position - size
  }

  const count = (): number => view.getUint32(pass(4), true)
  const float = (): number => view.getFloat32(pass(4), true)
  const double = (): number => view.getFloat64(pass(8), true)
  const text = (): string => {
    const units = Array.from({ length: count() }, () => view.getUint16(pass(2), true))
    return String.fromCharCode(...units)
  }
  return { count, float, double, text }
}

function grown(view: DataView, needed: number): DataView<ArrayBuffer> {
  const larger = new Uint8Array(Math.max(needed, 2 * view.byteLength))
  larger.set(new Uint8Array(view.buffer, 0, view.byteLength))
  return new DataView(larger.buffer)
}
