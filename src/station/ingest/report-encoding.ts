import { decode as decodeCbor, encode as encodeCbor } from 'cborg'
import type { ReportEncoding } from './report-topic.ts'

/** Decoded JSON or CBOR. Maps have no prototype, so no key can reach one. */
export type Plain = null | boolean | number | bigint | string | Plain[] | { [key: string]: Plain }

const maximumDepth = 16

/** Whole numbers that a double would round; only then is the slower exact reading worth it. */
const hasLongNumber = /\d{16}/

/** Bytes of a report to plain values; throws an Error with a sentence when they are neither. */
export function decodePayload(payload: Uint8Array, encoding: ReportEncoding): Plain {
  return encoding === 'cbor' ? decodeCborPayload(payload) : decodeJsonPayload(payload)
}

/** The answer's bytes, in the encoding of the report. Bigints stay exact in both. */
export function encodePayload(
  value: Record<string, unknown>,
  encoding: ReportEncoding,
): Uint8Array {
  if (encoding === 'cbor') return encodeCbor(value)
  return Buffer.from(JSON.stringify(value, exactBigint))
}

function decodeJsonPayload(payload: Uint8Array): Plain {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(payload)
  const value: unknown = hasLongNumber.test(text)
    ? JSON.parse(text, exactInteger)
    : JSON.parse(text)
  return plainOf(value, 0)
}

function decodeCborPayload(payload: Uint8Array): Plain {
  return plainOf(decodeCbor(payload, { useMaps: true, allowNaN: false, allowInfinity: false }), 0)
}

function plainOf(value: unknown, depth: number): Plain {
  if (depth > maximumDepth) throw new Error(`nested deeper than ${maximumDepth} levels`)
  if (value === undefined || value === null) return null
  if (Array.isArray(value)) return value.map((item) => plainOf(item, depth + 1))
  if (value instanceof Map) return plainMap([...value.entries()], depth)
  if (value instanceof Uint8Array) throw new Error('a byte string where text or a number belongs')
  if (typeof value === 'object') return plainMap(Object.entries(value), depth)
  if (isScalar(value)) return value
  throw new Error(`a value of type ${typeof value}`)
}

function plainMap(entries: readonly [unknown, unknown][], depth: number): Plain {
  const plain: { [key: string]: Plain } = Object.create(null)
  for (const [key, value] of entries) plain[String(key)] = plainOf(value, depth + 1)
  return plain
}

function isScalar(value: unknown): value is boolean | number | bigint | string {
  return ['boolean', 'number', 'bigint', 'string'].includes(typeof value)
}

/** JSON.parse hands the source text to a reviver: https://tc39.es/proposal-json-parse-with-source/ */
function exactInteger(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source
  const isRounded = typeof value === 'number' && !Number.isSafeInteger(value)
  return isRounded && source && /^-?\d+$/.test(source) ? BigInt(source) : value
}

function exactBigint(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? rawJson(String(value)) : value
}

/** JSON.rawJSON of the same proposal; TypeScript's library does not list it yet. */
function rawJson(text: string): unknown {
  const json = JSON as unknown as { rawJSON(text: string): unknown }
  return json.rawJSON(text)
}
