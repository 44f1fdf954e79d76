import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { linesOf } from './text-file.ts'

const cli = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url))
const longestRunMs = 30 * 60_000

/** One run of `picket detect`. */
export interface DetectJob {
  /** Plain CSV of `timestamp,device,metric,value`. */
  csv: string
  /** Where the verdicts go, one a datapoint, in the order of the input. */
  out: string
  /** Epoch milliseconds: what is earlier is learned from and not judged. */
  trainUntil?: number
  /** Where the scores of whole devices go, one a device and timestamp. */
  deviceScores?: string
}

/**
 * Runs the product on one file, in a process of its own as a user would. Resolves with how long that
 * took, start to end, in milliseconds. Rejects with what it wrote on standard error where it fails,
 * and when `signal` ends it. `program` stands in for the product in tests.
 */
export async function detectFile(
  { csv, out, trainUntil, deviceScores }: DetectJob,
  { signal, program = cli }: { signal?: AbortSignal; program?: string } = {},
): Promise<number> {
  const args = [program, 'detect', '--csv', csv, '--out', out]
  if (trainUntil !== undefined) args.push('--train-until', String(trainUntil))
  if (deviceScores !== undefined) args.push('--device-scores', deviceScores)
  const startedAt = performance.now()
  await promisify(execFile)(process.execPath, args, {
    timeout: longestRunMs,
    maxBuffer: 2 ** 26,
    ...(signal && { signal }),
  })
  return performance.now() - startedAt
}

/** A CSV that the product wrote, a column at a time. Fields hold no commas or quotes here. */
export interface WrittenTable {
  rows: number
  /** Throws an Error where the file has no such column. */
  column: (name: string) => string[]
}

export function readTable(file: string): WrittenTable {
  const [head = '', ...lines] = linesOf(file)
  const names = head.split(',')
  const fields = lines.map((line) => line.split(','))
  return {
    rows: lines.length,
    column: (name) => {
      const index = names.indexOf(name)
      if (index < 0) throw new Error(`picket detect wrote no column ${name}: ${head}`)
      return fields.map((line) => line[index] ?? '')
    },
  }
}

/** Throws an Error for anything but a number: an empty field is not a 0. */
export function numberIn(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || Number.isNaN(value)) {
    throw new Error(`picket detect wrote "${text}" where a number is due`)
  }
  return value
}

/** Epoch milliseconds of a timestamp as the product writes it: those, or ISO 8601. */
export function writtenTime(text: string): number {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : Date.parse(text)
}
