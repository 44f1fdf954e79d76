import { writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { machineFacts } from './ingest/machine.ts'
import { detectFile, numberIn, readTable, writtenTime } from './scoring/detect-file.ts'
import { inParallel } from './scoring/in-parallel.ts'
import { loadNab, type NabSeries } from './scoring/nab-corpus.ts'
import { scoreNab, type NabFile, type NabProfile, type NabResult } from './scoring/nab-scorer.ts'
import { rescorePublished } from './scoring/nab-self-check.ts'
import { effortOf, machineLine, markdownTable, timeLine, type Effort } from './scoring/report.ts'
import { filesAtOnce, inWorkplace, readOptions, tell, type Workplace } from './scoring/stage.ts'

/** Standard profile. */
const floor = 67
const aim = 75
const failed = 1

interface Figures extends Effort {
  files: number
  picket: NabResult
  published: Record<string, NabResult>
}

/** `npm run bench -- nab`. Resolves with the exit code: 1 below the floor. */
export async function nab(args: string[]): Promise<number> {
  const { folder, json } = readOptions(args, 'nab')
  const series = loadNab(folder)
  const published = rescorePublished(folder, series)
  tell(`The scorer reproduces ${Object.keys(published).join(' and ')}; now Picket:`)
  const judged = await inWorkplace((place) =>
    inParallel(series, { atOnce: filesAtOnce, work: (one) => judge(one, place) }),
  )
  if (!judged) return failed
  const figures: Figures = {
    files: series.length,
    picket: scoreNab(judged),
    published,
    ...effortOf(judged),
  }
  console.log(json ? JSON.stringify({ ...machineFacts(), ...figures }) : tableOf(figures))
  return figures.picket.standard >= floor ? 0 : failed
}

/** Every datapoint is judged by its own past alone: nothing is learned beforehand. */
async function judge(series: NabSeries, place: Workplace): Promise<NabFile & Effort> {
  const stem = series.name.replaceAll('/', '-')
  const csv = join(place.folder, stem)
  const out = join(place.folder, `judged-${stem}`)
  writeFileSync(csv, datapointsOf(series))
  const elapsedMs = await detectFile({ csv, out }, place)
  tell(`  ${series.name}`)
  const scores = emissionsIn(out, series)
  return { ...series, scores, elapsedMs, datapoints: scores.length }
}

/** NAB's series as one device's datapoints. A thing's name has no dot, so `.csv` is left out. */
export function datapointsOf({ name, timestamps, values }: NabSeries): string {
  const device = basename(name, '.csv')
  const lines = Array.from(timestamps, (time, row) => `${time},${device},value,${values[row]}`)
  return ['timestamp,device,metric,value', ...lines, ''].join('\n')
}

/** Throws an Error unless there is one line a datapoint, in the same order. */
export function emissionsIn(out: string, { name, timestamps }: NabSeries): Float64Array {
  const table = readTable(out)
  const times = table.column('timestamp').map(writtenTime)
  const isInStep = times.every((time, row) => time === timestamps[row])
  if (table.rows !== timestamps.length || !isInStep) {
    throw new Error(`${name}: not one line a datapoint in the order of the input`)
  }
  return Float64Array.from(table.column('emission'), numberIn)
}

function tableOf({ files, picket, published, ...effort }: Figures): string {
  const rows = [
    [`NAB, ${files} files`, 'standard', 'low FP', 'low FN', 'windows found', 'false rows'],
    rowOf('Picket', picket),
    ['  floor', String(floor)],
    ['  aim', String(aim)],
    ...Object.entries(published).map(([name, result]) => rowOf(`${name}, as published`, result)),
  ]
  return [markdownTable(rows), '', machineLine(), timeLine(effort)].join('\n')
}

function rowOf(name: string, result: NabResult): string[] {
  const scores = (['standard', 'lowFp', 'lowFn'] as const satisfies NabProfile[]).map((profile) =>
    result[profile].toFixed(2),
  )
  const { hits, windows, falseRows } = result
  return [name, ...scores, `${hits.standard} of ${windows}`, String(falseRows.standard)]
}
