import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { linesOf } from './text-file.ts'

/** One series of NAB, without a detector's scores. */
export interface NabSeries {
  /** As NAB names it: `realTweets/Twitter_volume_AMZN.csv`. */
  name: string
  /** Epoch milliseconds; NAB's clock times are read as UTC. */
  timestamps: Float64Array
  values: Float64Array
  windows: [startAt: number, endAt: number][]
}

/** Every series in `data/` of a folder laid out as NAB lays it out, in order of name. */
export function loadNab(folder: string): NabSeries[] {
  const labels = labelsOf(folder)
  const data = join(folder, 'data')
  const names = readdirSync(data, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.csv'))
    .sort()
  return names.map((name) => ({
    name,
    ...seriesOf(linesOf(join(data, name))),
    windows: windowsOf(labels, name),
  }))
}

/** The scores a published detector gave each row of one series: `results/<detector>/<name>.gz`. */
export function loadPublishedScores(
  folder: string,
  { detector, name }: { detector: string; name: string },
): Float64Array {
  const [, ...lines] = linesOf(join(folder, 'results', detector, `${name}.gz`))
  return Float64Array.from(lines, Number)
}

/** What a right scorer makes of the published detectors' scores on exactly these files. */
export interface ExpectedScores {
  files: number
  windows: number
  /** Detector, then NAB's name of the profile. */
  scores: Record<string, Record<string, number>>
}

/** Throws where `expected.json` is missing: then nothing shows that the scorer is right. */
export function loadExpectedScores(folder: string): ExpectedScores {
  const file = join(folder, 'expected.json')
  if (!existsSync(file)) throw new RangeError('No expected.json to check the scorer with')
  return JSON.parse(readFileSync(file, 'utf8')) satisfies ExpectedScores
}

/** Epoch milliseconds of NAB's `2014-04-10 16:15:00`, with or without a fraction. */
export function timeOf(text: string): number {
  const time = Date.parse(`${text.replace(' ', 'T').replace(/(\.\d{3})\d*$/, '$1')}Z`)
  if (Number.isNaN(time)) throw new RangeError(`Not a time: ${text}`)
  return time
}

function labelsOf(folder: string): Record<string, [string, string][]> {
  return JSON.parse(readFileSync(join(folder, 'labels', 'combined_windows.json'), 'utf8'))
}

function windowsOf(labels: Record<string, [string, string][]>, name: string): [number, number][] {
  const windows = labels[name]
  if (!windows) throw new RangeError(`The labels do not name ${name}`)
  return windows.map(([start, end]) => [timeOf(start), timeOf(end)])
}

function seriesOf([, ...lines]: string[]): { timestamps: Float64Array; values: Float64Array } {
  const fields = lines.map((line) => line.split(','))
  return {
    timestamps: Float64Array.from(fields, ([time = '']) => timeOf(time)),
    values: Float64Array.from(fields, ([, value]) => Number(value)),
  }
}
