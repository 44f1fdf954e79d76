import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { linesOf } from './text-file.ts'

/** Rows to learn from before the first row to be judged, the same for every server. */
export const asdLearnedRows = 8640

/** One server of ASD: rows every 5 minutes. */
export interface AsdServer {
  name: string
  /** The CSV it was read from. */
  file: string
  /** Epoch milliseconds, one a row. */
  times: Float64Array
  metricNames: string[]
  /** In order of `metricNames`; one value a row, NaN where the file has none. */
  metrics: Float64Array[]
  /** 1 in a labelled range, one a row; all ranges lie after the learned rows. */
  labels: Uint8Array
  /** Index of the first row to be judged. */
  judgedFrom: number
}

/** Every server in a folder of `<name>.csv.gz` (or `.csv`) beside `<name>.labels.csv`. */
export function loadAsd(folder: string): AsdServer[] {
  return readdirSync(folder)
    .filter((name) => /\.csv(\.gz)?$/.test(name) && !name.endsWith('.labels.csv'))
    .sort()
    .map((name) => serverOf(folder, name))
}

function serverOf(folder: string, fileName: string): AsdServer {
  const file = join(folder, fileName)
  const name = fileName.replace(/\.csv(\.gz)?$/, '')
  const [, ...lines] = linesOf(file)
  const fields = lines.map((line) => line.split(','))
  const timeTexts = [...new Set(fields.map(([time = '']) => time))]
  const metricNames = [...new Set(fields.map(([, , metric = '']) => metric))].sort()
  const times = Float64Array.from(timeTexts, Number)
  if (times.some((time, row) => time <= (times[row - 1] ?? -Infinity))) {
    throw new RangeError(`${fileName} is not in order of time`)
  }
  const labels = labelsOf(linesOf(join(folder, `${name}.labels.csv`)), times)
  const metrics = valuesOf(fields, { timeTexts, metricNames })
  return { name, file, times, metricNames, metrics, labels, judgedFrom: asdLearnedRows }
}

function valuesOf(
  fields: readonly string[][],
  { timeTexts, metricNames }: { timeTexts: readonly string[]; metricNames: readonly string[] },
): Float64Array[] {
  const rowOf = new Map(timeTexts.map((time, row) => [time, row]))
  const values = new Map(
    metricNames.map((name) => [name, new Float64Array(timeTexts.length).fill(Number.NaN)]),
  )
  for (const [time = '', , metric = '', value] of fields) {
    const row = rowOf.get(time)
    const column = values.get(metric)
    if (row !== undefined && column) column[row] = Number(value)
  }
  return [...values.values()]
}

function labelsOf([, ...lines]: string[], times: Float64Array): Uint8Array {
  const ranges = lines.map((line) => line.split(',').map(Number))
  return Uint8Array.from(times, (time) =>
    ranges.some(([start = Infinity, end = -Infinity]) => time >= start && time <= end) ? 1 : 0,
  )
}
