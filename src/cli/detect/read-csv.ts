import { StationError } from '../../contract/errors.ts'
import { inert } from '../terminal.ts'
import type { BadLines, BadReason } from './bad-lines.ts'
import { createDatapoints, type Datapoints, type DatapointsBuilder } from './datapoints.ts'
import { fieldsOf } from './fields.ts'
import { createKeptText, type KeptText } from './kept-text.ts'
import { linesOf, longestLine } from './lines.ts'
import { timestampOf } from './timestamp.ts'

/** What a file holds. `text` has `timestamp,value` of each datapoint as it was written. */
export interface CsvContent {
  datapoints: Datapoints
  text: KeptText
  /** What ended the file early, or null: everything before it was read. */
  damage: string | null
}

const columnNames = ['timestamp', 'device', 'metric', 'value'] as const

/** Where the four columns are, and how many fields a line has. */
type Layout = Record<(typeof columnNames)[number], number> & { fields: number }

interface Reading {
  layout: Layout
  timeOf: (timestamp: string) => number | null
  builder: DatapointsBuilder
  text: KeptText
  badLines: BadLines
}

const longestNumber = 400

/**
 * Reads datapoints from CSV, compressed or not. Lines that are none go to `badLines`. Throws INPUT_INVALID where the
 * file cannot be read at all or its first line does not name the columns.
 */
export async function readCsv(path: string, badLines: BadLines): Promise<CsvContent> {
  const builder = createDatapoints()
  const text = createKeptText()
  let layout: Layout | null = null
  let damage: string | null = null
  let line = 0
  const timeOf = rememberingLast(timestampOf)
  const take = (one: string) => {
    line += 1
    if (layout) readLine({ layout, timeOf, builder, text, badLines }, line, one)
    else if (one.trim() !== '') layout = layoutOf(one)
  }
  try {
    for await (const lines of linesOf(path)) lines.forEach(take)
  } catch (error) {
    damage = damageOf(error, { path, line })
  }
  const datapoints = builder.build()
  if (datapoints.count > 0) return { datapoints, text, damage }
  throw unreadable(path, damage ?? nothingIn(line))
}

function damageOf(error: unknown, { path, line }: { path: string; line: number }): string {
  if (error instanceof StationError) throw unreadable(path, error.message)
  if (!(error instanceof Error && 'code' in error)) throw error
  if ('syscall' in error) {
    throw invalid(`${inert(path)} cannot be read: ${error.message}. Name a file that can.`)
  }
  return `the file is damaged after line ${line} (${error.message})`
}

function nothingIn(lines: number): string {
  if (lines === 0) return 'the file is empty'
  return 'none of its lines is a datapoint'
}

function unreadable(path: string, why: string): StationError {
  const sentence = `${inert(path)} holds nothing to judge: ${why}.`
  return invalid(
    `${sentence} Expected is CSV, plain or gzip, whose first line names ${columnNames.join(', ')}.`,
  )
}

function invalid(sentence: string): StationError {
  return new StationError('INPUT_INVALID', sentence)
}

function layoutOf(line: string): Layout {
  const names = (fieldsOf(line) ?? []).map((name) => name.trim().toLowerCase())
  const missing = columnNames.filter((name) => !names.includes(name))
  if (missing.length > 0) {
    throw invalid(`its first line does not name ${missing.join(', ')}`)
  }
  const [timestamp = 0, device = 0, metric = 0, value = 0] = columnNames.map((name) =>
    names.indexOf(name),
  )
  return { timestamp, device, metric, value, fields: names.length }
}

function readLine(
  { layout, timeOf, builder, text, badLines }: Reading,
  line: number,
  whole: string,
): void {
  if (whole.trim() === '') return
  const bad = (reason: BadReason, what: string) => badLines.note(line, reason, what)
  if (whole.length > longestLine) return bad('long', whole)
  const fields = fieldsOf(whole)
  if (!fields) return bad('quote', whole)
  if (fields.length !== layout.fields) return bad('fields', whole)
  const timestamp = fields[layout.timestamp] ?? ''
  const device = fields[layout.device] ?? ''
  const metric = fields[layout.metric] ?? ''
  const value = fields[layout.value] ?? ''
  if (device.trim() === '' || metric.trim() === '') return bad('name', whole)
  const at = timeOf(timestamp)
  if (at === null) return bad('timestamp', timestamp)
  const number = numberOf(value)
  if (typeof number === 'string') return bad(number, value)
  const series = builder.seriesIndex(device, metric)
  if (at < builder.lastAt(series)) return bad('order', whole)
  builder.push(series, at, number)
  text.push(`${timestamp.trim()},${value.trim()}`)
}

/** Neighbouring lines mostly are of one time. */
function rememberingLast(of: (text: string) => number | null): typeof of {
  let last: string | null = null
  let answer: number | null = null
  return (text) => {
    if (text === last) return answer
    last = text
    answer = of(text)
    return answer
  }
}

/** A finite number, or what is wrong with the text. */
function numberOf(text: string): number | BadReason {
  const trimmed = text.trim()
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(trimmed)) return wrongNumber(trimmed)
  if (trimmed.length > longestNumber) return 'number'
  const number = Number(trimmed)
  return Number.isFinite(number) ? number : 'infinite'
}

function wrongNumber(trimmed: string): BadReason {
  if (trimmed === '') return 'missing'
  return /^[+-]?(?:nan|inf|infinity)$/i.test(trimmed) ? 'infinite' : 'number'
}
