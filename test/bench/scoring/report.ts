import { machineFacts } from '../ingest/machine.ts'

/** A Markdown table, aligned so that it reads on a terminal too. The first row is its head. */
export function markdownTable(rows: readonly (readonly string[])[]): string {
  const columns = rows[0]?.map((_, column) => column) ?? []
  const widths = columns.map((column) =>
    Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)),
  )
  const lineOf = (cells: readonly string[]) =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`
  const [head = [], ...body] = rows
  const rule = widths.map((width) => '-'.repeat(width))
  return [head, rule, ...body].map(lineOf).join('\n')
}

/** Date and machine class, the first line under every table. */
export function machineLine(): string {
  const { date, processor, cores, memoryGigabytes, node } = machineFacts()
  return `${date}; ${cores} x ${processor}, ${memoryGigabytes} GB, Node ${node}`
}

/** Microseconds a datapoint: what the processes took from start to end, over the datapoints. */
export function timeLine({ elapsedMs, datapoints }: Effort): string {
  const each = ((1000 * elapsedMs) / datapoints).toFixed(1)
  const total = datapoints.toLocaleString('en')
  return `${each} us a datapoint over ${total}, start-up, reading and writing included, 2 files at once`
}

export interface Effort {
  /** Summed over the files, however many ran at once. */
  elapsedMs: number
  datapoints: number
}

export function effortOf(efforts: readonly Effort[]): Effort {
  return {
    elapsedMs: efforts.reduce((sum, effort) => sum + effort.elapsedMs, 0),
    datapoints: efforts.reduce((sum, effort) => sum + effort.datapoints, 0),
  }
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
