import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { badLinesSentence, createBadLines } from '../../../src/cli/detect/bad-lines.ts'
import { readCsv } from '../../../src/cli/detect/read-csv.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const header = 'timestamp,device,metric,value'

describe('reading datapoints from CSV', () => {
  test('every datapoint keeps its order, its series and the text it was written in', async () => {
    const { rows, told } = await read([
      header,
      '2026-01-01T00:00:00Z,cam-1,bytes,1.50',
      '1767225600000,cam-2,bytes,1e3',
      '2026-01-01 00:05:00,cam-1,bytes,-2',
      '2026-01-01 00:05:00,cam-1,packets,7',
    ])
    expect(told).toEqual([])
    expect(rows).toEqual([
      ['cam-1', 'bytes', Date.UTC(2026, 0), 1.5, '2026-01-01T00:00:00Z,1.50'],
      ['cam-2', 'bytes', Date.UTC(2026, 0), 1000, '1767225600000,1e3'],
      ['cam-1', 'bytes', Date.UTC(2026, 0) + 300_000, -2, '2026-01-01 00:05:00,-2'],
      ['cam-1', 'packets', Date.UTC(2026, 0) + 300_000, 7, '2026-01-01 00:05:00,7'],
    ])
  })

  test('columns may be in another order, among others, in capitals and quoted', async () => {
    const { rows } = await read(['Value,"Metric",unit,DEVICE,Timestamp', '3,"a,b",B,"x ""y""",0'])
    expect(rows).toEqual([['x "y"', 'a,b', 0, 3, '0,3']])
  })

  test('a byte order mark, carriage returns, blank lines and a missing last line end change nothing', async () => {
    const { rows, told } = await read(`\uFEFF\r\n${header}\r\n\r\n0,d,m,1\r\n   \r\n1,d,m,2`)
    expect(rows.map(([, , at, value]) => [at, value])).toEqual([
      [0, 1],
      [1, 2],
    ])
    expect(told).toEqual([])
  })

  test('gzip is known by its first bytes, whatever the name, and may have several members', async () => {
    const parts = [`${header}\n0,d,m,1\n`, '1,d,m,2\n'].map((part) => gzipSync(part))
    const { rows } = await read(Buffer.concat(parts))
    expect(rows).toHaveLength(2)
  })

  test('names beyond ASCII survive wherever the file is cut into pieces', async () => {
    const lines = Array.from({ length: 200_000 }, (_, row) => `${row},kühlhaus-${row % 7}-日本,m,1`)
    const { rows } = await read([header, ...lines])
    expect(rows).toHaveLength(200_000)
    expect(new Set(rows.map(([device]) => device)).size).toBe(7)
  })

  test.each([
    ['0,d,m', 'wrong number of fields: "0,d,m"'],
    ['0,d,m,1,2', 'wrong number of fields: "0,d,m,1,2"'],
    ['0,"d,m,1', 'a quoted field that does not end'],
    ['yesterday,d,m,1', 'not a timestamp (ISO 8601 or epoch milliseconds): "yesterday"'],
    ['0,,m,1', 'no device or no metric'],
    ['0,d, ,1', 'no device or no metric'],
    ['0,d,m,', 'no value'],
    ['0,d,m,many', 'not a number: "many"'],
    ['0,d,m,0x10', 'not a number'],
    ['0,d,m,1.2.3', 'not a number'],
    ['0,d,m,NaN', 'not a finite number'],
    ['0,d,m,-inf', 'not a finite number'],
    ['0,d,m,1e999', 'not a finite number'],
    ['4,d,m,1', 'earlier than the line before it of this device and metric'],
    ['0,\u001b[31md,m,x', 'not a number: "x"'],
    [`0,${'d'.repeat(70_000)},m,1`, 'a line too long to be a datapoint'],
  ])('%j is told with its number and skipped', async (line, sentence) => {
    const { rows, told } = await read([header, '', '5,d,m,1', line, '6,d,m,2'])
    expect(told).toHaveLength(1)
    expect(told[0]).toContain(`line 4: ${sentence}`)
    expect(told[0]?.length).toBeLessThan(200)
    expect(rows.map(([, , at]) => at)).toEqual([5, 6])
  })

  test('names cannot write to the terminal', async () => {
    const { told } = await read([header, '0,d,m,1', '0,\u001b[31md,m'])
    expect(told).toEqual(['line 3: wrong number of fields: "0,\\u{1b}[31md,m"'])
  })

  test('the first 20 bad lines are told, all are counted by reason', async () => {
    const bad = Array.from({ length: 30 }, (_, row) => (row % 3 === 0 ? '0,d,m,' : '0,d,m,x'))
    const { told, sentence } = await read([header, '0,d,m,1', ...bad])
    expect(told).toHaveLength(20)
    expect(sentence).toBe('30 lines were skipped: 10 x no value; 20 x not a number.')
  })

  test('a series may repeat a time, and other series do not bind it', async () => {
    const { rows, told } = await read([header, '5,d,m,1', '5,d,m,2', '0,d,n,3', '0,e,m,4'])
    expect(told).toEqual([])
    expect(rows).toHaveLength(4)
  })

  test('a damaged end leaves what was before it, and is said', async () => {
    const text = `${header}\n${Array.from({ length: 50_000 }, (_, row) => `${row},d,m,${row * 7919}`).join('\n')}`
    const packed = gzipSync(text)
    const { rows, damage } = await read(packed.subarray(0, packed.length / 2))
    expect(rows.length).toBeGreaterThan(1000)
    expect(damage).toMatch(/^the file is damaged after line \d+/)
  })

  test.each([
    ['', 'the file is empty'],
    [`${header}\n`, 'none of its lines is a datapoint'],
    [`${header}\nx,d,m,1\n`, 'none of its lines is a datapoint'],
    ['0,d,m,1\n', 'its first line does not name timestamp, device, metric, value'],
    ['timestamp,device,value\n0,d,1\n', 'its first line does not name metric'],
  ])('%j holds nothing to judge', async (text, why) => {
    await expect(read(text)).rejects.toThrow(why)
  })

  test('a file that is not there is named', async () => {
    const path = join(temporaryFolder(), 'none.csv')
    await expect(
      readCsv(
        path,
        createBadLines(() => {}),
      ),
    ).rejects.toThrow(/none\.csv.*ENOENT/)
  })
})

type Row = [device: string, metric: string, at: number, value: number, text: string]

async function read(content: string[] | string | Uint8Array) {
  const path = join(temporaryFolder(), 'file.csv')
  writeFileSync(path, Array.isArray(content) ? `${content.join('\n')}\n` : content)
  const told: string[] = []
  const badLines = createBadLines((sentence) => told.push(sentence))
  const { datapoints, text, damage } = await readCsv(path, badLines)
  const rows = Array.from(datapoints.at, (at, row): Row => {
    const series = datapoints.series[datapoints.seriesOf[row] ?? -1]
    const device = datapoints.devices[series?.device ?? -1] ?? ''
    const metric = datapoints.metrics[series?.metric ?? -1] ?? ''
    return [device, metric, at, datapoints.value[row] ?? NaN, text.get(row)]
  })
  return { rows, told, damage, sentence: badLinesSentence(badLines) }
}
