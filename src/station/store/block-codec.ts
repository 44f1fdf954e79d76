import { crc32 } from 'node:zlib'
import { slotsPerDay } from '../../contract/model/time.ts'
import { meanOf } from '../datapoint-value.ts'
import { type Cursor, pushVarint, takeByte, takeBytes, takeVarint } from './bytes.ts'
import { decodeColumn, encodeColumn } from './column-codec.ts'
import { integerLimit } from './integer-column.ts'
import type { SeriesData, SizeColumns } from './series-data.ts'
import { storeError } from './store-error.ts'

/** One series on one day. Its slots are counted from the day's start, 0..287. */
export type SeriesDay = SeriesData

// A block: version, parts, number of datapoints - 1 as a varint, the columns that `parts` names, each with
// its length before it, and the CRC-32 of all that (little endian).

const version = 1
const checksumBytes = 4

const part = {
  /** Which of the day's slots are there, one number each; left out where all are. */
  presence: 1,
  partial: 2,
  scores: 4,
  sizes: 8,
  /** Sizes are held as count, min, max - min, sum - count * min. */
  distances: 16,
} as const

const scoreSteps = 20

const wholeDay = new Int32Array(slotsPerDay).map((_, slot) => slot)

/**
 * One day of a series as bytes, as few as known how. All values survive exactly (-0 may become 0); scores
 * as `storedScore` leaves them. At least one datapoint, all numbers finite.
 */
export function encodeBlock(day: SeriesDay): Uint8Array {
  const columns = columnsOf(day)
  const out = [version, columns.parts]
  pushVarint(out, day.slots.length - 1)
  for (const column of columns.list) {
    const bytes = encodeColumn(column)
    pushVarint(out, bytes.length)
    for (const byte of bytes) out.push(byte)
  }
  const body = Uint8Array.from(out)
  const block = new Uint8Array(body.length + checksumBytes)
  block.set(body)
  viewOf(block).setUint32(body.length, crc32(body), true)
  return block
}

/** Reads a block. Throws StationError STORE_CORRUPT when it is damaged. */
export function decodeBlock(bytes: Uint8Array): SeriesDay {
  try {
    return readBlock(checkedBody(bytes))
  } catch (error) {
    throw storeError('STORE_CORRUPT', 'A block of datapoints', String(error))
  }
}

function columnsOf(day: SeriesDay): { parts: number; list: Float64Array[] } {
  const isIncomplete = day.slots.length < slotsPerDay
  const hasPartial = day.isPartial.some((flag) => flag !== 0)
  const hasScores = day.scores.some((score) => score !== 0)
  const distances = day.sizes && distancesOf(day.sizes)
  const list = [
    ...(isIncomplete ? [presenceOf(day.slots)] : []),
    ...valueColumns(day, distances),
    ...(hasPartial ? [Float64Array.from(day.isPartial)] : []),
    ...(hasScores ? [day.scores.map((score) => Math.round(score * scoreSteps))] : []),
  ]
  const parts =
    (isIncomplete ? part.presence : 0) |
    (hasPartial ? part.partial : 0) |
    (hasScores ? part.scores : 0) |
    (day.sizes ? part.sizes : 0) |
    (distances ? part.distances : 0)
  return { parts, list }
}

function valueColumns(day: SeriesDay, distances: SizeColumns | null): Float64Array[] {
  const sizes = distances ?? day.sizes
  return sizes ? [sizes.count, sizes.min, sizes.max, sizes.sum] : [day.values]
}

function readBlock(body: Uint8Array): SeriesDay {
  const cursor: Cursor = { bytes: body, at: 0 }
  if (takeByte(cursor) !== version) throw new RangeError('an unknown version')
  const parts = takeByte(cursor)
  const length = takeVarint(cursor) + 1
  if (length > slotsPerDay) throw new RangeError('more datapoints than a day has')
  const column = (size = length) => decodeColumn(takeBytes(cursor, takeVarint(cursor)), size)
  const has = (wanted: number) => (parts & wanted) !== 0
  // In the order in which they were written.
  const slots = has(part.presence) ? slotsOf(column(slotsPerDay)) : everySlot()
  const sizes = has(part.sizes) ? sizesOf(column, has(part.distances)) : null
  const values = sizes ? meansOf(sizes) : column()
  const isPartial = has(part.partial) ? Uint8Array.from(column()) : new Uint8Array(length)
  const scores = has(part.scores) ? scoresOf(column()) : new Float64Array(length)
  if (slots.length !== length) throw new RangeError('slots and datapoints differ in number')
  return { slots, values, isPartial, scores, sizes }
}

function checkedBody(bytes: Uint8Array): Uint8Array {
  const end = bytes.length - checksumBytes
  if (end < 0) throw new RangeError('the bytes end early')
  const body = bytes.subarray(0, end)
  if (viewOf(bytes).getUint32(end, true) !== crc32(body)) throw new RangeError('wrong checksum')
  return body
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function presenceOf(slots: Int32Array): Float64Array {
  const presence = new Float64Array(slotsPerDay)
  for (const slot of slots) presence[slot] = 1
  return presence
}

function slotsOf(presence: Float64Array): Int32Array {
  return everySlot().filter((slot) => presence[slot] === 1)
}

function everySlot(): Int32Array {
  return wholeDay.slice()
}

function scoresOf(steps: Float64Array): Float64Array {
  return steps.map((step) => step / scoreSteps)
}

function meansOf({ sum, count }: SizeColumns): Float64Array {
  return sum.map((total, at) => meanOf(total, count[at] ?? 0))
}

/** Smaller numbers that say the same, or null where they would not give the sizes back exactly. */
function distancesOf({ count, min, max, sum }: SizeColumns): SizeColumns | null {
  const least = min.map((low, at) => low * (count[at] ?? 0))
  if (![count, min, max, sum, least].every(isWhole)) return null
  return {
    count,
    min,
    max: max.map((high, at) => high - (min[at] ?? 0)),
    sum: sum.map((total, at) => total - (least[at] ?? 0)),
  }
}

function sizesOf(column: () => Float64Array, asDistances: boolean): SizeColumns {
  const sizes = { count: column(), min: column(), max: column(), sum: column() }
  if (!asDistances) return sizes
  const { count, min } = sizes
  return {
    count,
    min,
    max: sizes.max.map((distance, at) => distance + (min[at] ?? 0)),
    sum: sizes.sum.map((rest, at) => rest + (min[at] ?? 0) * (count[at] ?? 0)),
  }
}

function isWhole(numbers: Float64Array): boolean {
  return numbers.every((number) => Number.isInteger(number) && Math.abs(number) < integerLimit)
}
