import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { datapointsOf, emissionsIn } from '../../bench/nab.ts'
import { loadNab, timeOf, type ExpectedScores } from '../../bench/scoring/nab-corpus.ts'
import { rescorePublished } from '../../bench/scoring/nab-self-check.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const clockTimes = Array.from(
  { length: 20 },
  (_, row) => `2014-04-10 16:${String(row).padStart(2, '0')}:00`,
)

/** One series with a window over rows 10 to 13, and a detector that alarms at its left edge. */
function corpus(): string {
  const folder = temporaryFolder()
  const write = (path: string, content: string | Uint8Array) => {
    mkdirSync(join(folder, path, '..'), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  const rows = clockTimes.map((time, row) => `${time},${row / 4}`)
  write('data/realTraffic/speed.csv', ['timestamp,value', ...rows, ''].join('\n'))
  const windows = [[`${clockTimes[10]}.000000`, `${clockTimes[13]}.000000`]]
  const labels = { 'realTraffic/speed.csv': windows, 'realTraffic/elsewhere.csv': [] }
  write('labels/combined_windows.json', JSON.stringify(labels))
  const scores = clockTimes.map((_, row) => (row === 10 ? 0.9 : 0))
  const column = ['anomaly_score', ...scores, ''].join('\r\n')
  write('results/known/realTraffic/speed.csv.gz', gzipSync(column))
  return folder
}

function expect100(folder: string, change: Partial<ExpectedScores> = {}): void {
  const known = { standard: 100, reward_low_FP_rate: 100, reward_low_FN_rate: 100 }
  const expected = { files: 1, windows: 1, scores: { known }, ...change }
  writeFileSync(join(folder, 'expected.json'), JSON.stringify(expected))
}

describe('a folder laid out as NAB', () => {
  test('gives the series it holds, in milliseconds of UTC', () => {
    const [series, ...rest] = loadNab(corpus())
    expect(rest).toEqual([])
    expect(series?.name).toBe('realTraffic/speed.csv')
    expect(series?.timestamps[1]).toBe(Date.UTC(2014, 3, 10, 16, 1))
    expect(series?.values[3]).toBe(0.75)
    expect(series?.windows).toEqual([
      [Date.UTC(2014, 3, 10, 16, 10), Date.UTC(2014, 3, 10, 16, 13)],
    ])
  })

  test('has times with and without a fraction, and nothing else', () => {
    expect(timeOf('2014-04-10 16:15:00.000000')).toBe(timeOf('2014-04-10 16:15:00'))
    expect(() => timeOf('soon')).toThrow(/Not a time/)
  })
})

describe('the check of the scorer against published detectors', () => {
  test('passes where their scores come out as expected', () => {
    const folder = corpus()
    expect100(folder)
    const { known } = rescorePublished(folder, loadNab(folder))
    expect(known?.standard).toBe(100)
  })

  test.each<[string, Partial<ExpectedScores>, RegExp]>([
    [
      'a score is off',
      { scores: { known: { standard: 99.98 } } },
      /known: standard 100.0000, 99.98/,
    ],
    ['a profile is not named', { scores: { known: { standard: 100 } } }, /lowFp 100.0000, NaN/],
    ['a file is missing', { files: 2 }, /1 files, 2 expected/],
    ['a window is missing', { windows: 2 }, /1 windows, 2 expected/],
    ['there is nothing to check with', { scores: {} }, /names no detector/],
  ])('fails where %s', (_, change, message) => {
    const folder = corpus()
    expect100(folder, change)
    expect(() => rescorePublished(folder, loadNab(folder))).toThrow(message)
  })

  test('fails where nothing is expected', () => {
    const folder = corpus()
    expect(() => rescorePublished(folder, loadNab(folder))).toThrow(/No expected.json/)
  })
})

describe('a series on its way through picket detect', () => {
  const series = {
    name: 'realTraffic/speed.csv',
    timestamps: Float64Array.of(60_000, 120_000),
    values: Float64Array.of(0.1, 1e-9),
    windows: [],
  }
  const head =
    'timestamp,device,metric,value,score,p,confidence,expectedLow,expectedHigh,provisional'

  function judged(...lines: string[]): string {
    const file = join(temporaryFolder(), 'judged.csv')
    writeFileSync(file, [`${head},emission`, ...lines, ''].join('\n'))
    return file
  }

  test('is a device of the name of its file', () => {
    expect(datapointsOf(series)).toBe(
      'timestamp,device,metric,value\n60000,speed,value,0.1\n120000,speed,value,1e-9\n',
    )
  })

  test('comes back as one emission a datapoint', () => {
    const out = judged(
      '60000,speed,value,0.1,9,0.5,,0,1,1,0',
      '120000,speed,value,1e-9,9,1,,0,1,0,2.5',
    )
    expect(emissionsIn(out, series)).toEqual(Float64Array.of(0, 2.5))
  })

  test('is refused where a line is missing, out of order or without an emission', () => {
    const line = (at: number, emission: string) => `${at},speed,value,1,9,0.5,,0,1,1,${emission}`
    const refused = (...lines: string[]) => expect(() => emissionsIn(judged(...lines), series))
    refused(line(60_000, '1')).toThrow(/not one line a datapoint/)
    refused(line(120_000, '1'), line(60_000, '1')).toThrow(/in the order of the input/)
    refused(line(60_000, '1'), line(120_000, '')).toThrow(/"" where a number is due/)
    refused(line(60_000, 'NaN'), line(120_000, '1')).toThrow(/"NaN"/)
  })
})
