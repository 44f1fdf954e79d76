import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Datapoints } from './datapoints.ts'
import { quoted } from './fields.ts'
import { confidenceOf, type Judged } from './judged.ts'
import type { KeptText } from './kept-text.ts'
import { rowsInTimeOrder } from './time-order.ts'

/** A judged file. `text` has `timestamp,value` of each datapoint. */
export interface JudgedFile {
  datapoints: Datapoints
  judged: Judged
  text: KeptText
}

const batchLines = 4096

/** Writes lines with their ends, at the pace of the stream, which stays open. */
export async function writeLines(stream: Writable, lines: Iterable<string>): Promise<void> {
  await pipeline(Readable.from(batchesOf(lines)), stream, { end: stream !== process.stdout })
}

/** One line a datapoint, in the order of the file. */
export function* datapointLines({ datapoints, judged, text }: JudgedFile): Generator<string> {
  yield 'timestamp,device,metric,value,score,p,confidence,expectedLow,expectedHigh,provisional,emission'
  const names = seriesNames(datapoints)
  const { score, p, low, high, emission, isProvisional } = judged
  for (let row = 0; row < datapoints.count; row += 1) {
    const [timestamp, value] = text.get(row).split(',')
    const name = names[datapoints.seriesOf[row] ?? 0]
    const confidence = confidenceOf(p[row] ?? 1) ?? ''
    const range = `${numberText(low[row])},${numberText(high[row])}`
    const provisional = isProvisional[row] === 1
    yield `${timestamp},${name},${value},${score[row]},${p[row]},${confidence},${range},${provisional},${emission[row]}`
  }
}

/** One line a device and time, in time order. */
export function* deviceScoreLines({ datapoints, judged, text }: JudgedFile): Generator<string> {
  yield 'timestamp,device,score,p'
  const { at, seriesOf, series } = datapoints
  const devices = datapoints.devices.map(quoted)
  const lastAt = new Float64Array(devices.length).fill(NaN)
  for (const row of rowsInTimeOrder(at)) {
    const device = series[seriesOf[row] ?? 0]?.device ?? 0
    if (lastAt[device] === at[row]) continue
    lastAt[device] = at[row] ?? NaN
    const [timestamp] = text.get(row).split(',')
    yield `${timestamp},${devices[device]},${judged.deviceScore[row]},${judged.deviceP[row]}`
  }
}

/** `device,metric` of each series. */
function seriesNames({ series, devices, metrics }: Datapoints): string[] {
  return series.map(({ device, metric }) => {
    return `${quoted(devices[device] ?? '')},${quoted(metrics[metric] ?? '')}`
  })
}

/** An open end of a range is an empty field. */
function numberText(value: number | undefined): string {
  return value === undefined || !Number.isFinite(value) ? '' : String(value)
}

function* batchesOf(lines: Iterable<string>): Generator<string> {
  let batch: string[] = []
  for (const line of lines) {
    if (batch.push(line) < batchLines) continue
    yield `${batch.join('\n')}\n`
    batch = []
  }
  if (batch.length > 0) yield `${batch.join('\n')}\n`
}
