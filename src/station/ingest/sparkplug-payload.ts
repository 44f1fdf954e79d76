/** The metric that numbers the sessions of an edge node. */
const sessionMetric = 'bdSeq'

/** Fields of Payload and Metric in Eclipse Tahu's `sparkplug_b.proto`. */
const payloadField = { metrics: 2 }
const metricField = { name: 1, intValue: 10, longValue: 11 }

interface Field {
  number: number
  /** Of a varint; null: too large to matter, or of another kind. */
  value: number | null
  /** Of a length-delimited field. */
  bytes: Uint8Array | null
}

const text = new TextDecoder()

/**
 * The `bdSeq` of an NBIRTH or NDEATH: both of one session have the same. Null where there is none, or the bytes are
 * no Protocol Buffers. Reads no more of the payload than it must; time and memory are linear in its size.
 */
export function sessionNumberOf(payload: Uint8Array): number | null {
  for (const { number, bytes } of fieldsOf(payload)) {
    if (number !== payloadField.metrics || !bytes) continue
    const found = sessionNumberIn(bytes)
    if (found !== undefined) return found
  }
  return null
}

/** Undefined where it is another metric. */
function sessionNumberIn(metric: Uint8Array): number | null | undefined {
  let isSession = false
  let value: number | null = null
  for (const field of fieldsOf(metric)) {
    const { number, bytes } = field
    if (number === metricField.name) isSession = isSessionName(bytes)
    if (number === metricField.intValue || number === metricField.longValue) value = field.value
  }
  return isSession ? value : undefined
}

function isSessionName(bytes: Uint8Array | null): boolean {
  return bytes?.length === sessionMetric.length && text.decode(bytes) === sessionMetric
}

/** Ends without a word where the bytes are no fields any more. */
function* fieldsOf(bytes: Uint8Array): Generator<Field> {
  let at = 0
  while (at < bytes.length) {
    const tag = varintAt(bytes, at)
    if (!tag || tag.value === null) return
    const number = Math.floor(tag.value / 8)
    const field = fieldAt(bytes, { at: tag.end, wireType: tag.value % 8 })
    if (!field || field.end > bytes.length) return
    yield { number, ...field }
    at = field.end
  }
}

/** Null for the wire types that the format has given up, and for none at all. */
function fieldAt(
  bytes: Uint8Array,
  { at, wireType }: { at: number; wireType: number },
): (Omit<Field, 'number'> & { end: number }) | null {
  if (wireType === 1) return { value: null, bytes: null, end: at + 8 }
  if (wireType === 5) return { value: null, bytes: null, end: at + 4 }
  const varint = varintAt(bytes, at)
  if (!varint) return null
  if (wireType === 0) return { value: varint.value, bytes: null, end: varint.end }
  if (wireType !== 2 || varint.value === null) return null
  const end = varint.end + varint.value
  return { value: null, bytes: bytes.subarray(varint.end, end), end }
}

const longestVarint = 10

/** `value` is null where it is no safe integer; the whole is null where the bytes end first. */
function varintAt(bytes: Uint8Array, at: number): { value: number | null; end: number } | null {
  let value = 0
  for (let index = 0; index < longestVarint; index += 1) {
    const byte = bytes[at + index]
    if (byte === undefined) return null
    value += (byte & 0x7f) * 2 ** (7 * index)
    const end = at + index + 1
    if (byte < 0x80) return { value: Number.isSafeInteger(value) ? value : null, end }
  }
  return null
}
