import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { deviceScoresIn, scoreServer } from '../../bench/asd.ts'
import { loadAsd } from '../../bench/scoring/asd-servers.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const head = 'timestamp,device,metric,value'

describe('a folder of servers', () => {
  test('gives each its metrics by row, gaps as NaN, and labels with both ends inside', () => {
    const folder = temporaryFolder()
    const lines = [head, '0,b,m0,1', '0,b,m1,2', '300,b,m0,3', '600,b,m1,6', '600,b,m0,5', '']
    writeFileSync(join(folder, 'b.csv.gz'), gzipSync(lines.join('\n')))
    writeFileSync(join(folder, 'b.labels.csv'), 'start,end\n300,600\n')
    writeFileSync(join(folder, 'a.csv'), `${head}\n7,a,m0,1\n8,a,m0,2\n9,a,m0,2\n`)
    writeFileSync(join(folder, 'a.labels.csv'), 'start,end\n7,7\n9,9\n')
    const [a, b, ...rest] = loadAsd(folder)
    expect(rest).toEqual([])
    expect(a).toMatchObject({ name: 'a', labels: Uint8Array.of(1, 0, 1), judgedFrom: 8640 })
    expect(b).toMatchObject({
      name: 'b',
      times: Float64Array.of(0, 300, 600),
      metricNames: ['m0', 'm1'],
      metrics: [Float64Array.of(1, 3, 5), Float64Array.of(2, Number.NaN, 6)],
      labels: Uint8Array.of(0, 1, 1),
    })
  })

  test('is refused where rows are not in order of time', () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'a.csv'), `${head}\n8,a,m0,1\n7,a,m0,2\n`)
    writeFileSync(join(folder, 'a.labels.csv'), 'start,end\n')
    expect(() => loadAsd(folder)).toThrow(/not in order/)
  })
})

describe('scores of a whole device', () => {
  const server = {
    name: 'a',
    file: '',
    times: Float64Array.of(0, 60_000, 120_000, 180_000),
    metricNames: [],
    metrics: [],
    labels: Uint8Array.of(0, 0, 0, 1),
    judgedFrom: 2,
  }

  function written(...lines: string[]): string {
    const file = join(temporaryFolder(), 'device.csv')
    writeFileSync(file, ['timestamp,device,score,p', ...lines, ''].join('\n'))
    return file
  }

  test('are found by their time, those of learned rows left out', () => {
    const file = written('0,a,9,0.5', '180000,a,7,0.1', '1970-01-01T00:02:00.000Z,a,8,0.2')
    expect(deviceScoresIn(file, server)).toEqual(Float64Array.of(8, 7))
  })

  test('are refused where one is missing, doubled or no number', () => {
    const refused = (...lines: string[]) => expect(() => deviceScoresIn(written(...lines), server))
    refused('120000,a,1,0.5').toThrow(/no score at 180000/)
    refused('120000,a,1,0.5', '120000,a,1,0.5').toThrow(/two scores/)
    refused('120000,a,1,0.5', '180000,a,,0.5').toThrow(/where a number is due/)
  })

  test('are measured on the rows to be judged', () => {
    expect(scoreServer(server, Float64Array.of(1, 2)).aucPr).toBe(1)
    expect(scoreServer(server, Float64Array.of(2, 1)).aucPr).toBe(0.5)
    expect(scoreServer(server, Float64Array.of(1, 2)).vusPr).toBeCloseTo(1, 12)
  })
})
