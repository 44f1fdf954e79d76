import { execFile, spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '../support/temporary-folder.ts'

const minute = 60_000
const startAt = Date.UTC(2026, 0, 5)
const header = 'timestamp,device,metric,value'
const outputHeader =
  'timestamp,device,metric,value,score,p,confidence,expectedLow,expectedHigh,provisional,emission'

describe('picket detect without training', () => {
  test('writes a line a datapoint, in order, with time and value as they were', async () => {
    const lines = [
      '2026-01-05T00:00:00Z,cam-1,"bytes, out",1.50',
      '1767571200000,cam-2,"bytes, out",1e3',
      '2026-01-05 00:05:00,cam-1,"bytes, out",-2',
    ]
    const { code, out, error } = await detect([header, ...lines])
    expect({ code, error }).toEqual({ code: 0, error: '' })
    const [head, ...written] = linesOf(out)
    expect(head).toBe(outputHeader)
    expect(written).toHaveLength(3)
    written.forEach((line, index) => {
      expect(line.startsWith(`${lines[index]},`)).toBe(true)
      expect(line).toMatch(/,0,1,,,,true,0$/)
    })
  })

  test('finds a jump, says how rare, and holds back what only repeats it', async () => {
    const values = Array.from({ length: 1500 }, (_, slot) => wave(slot) + noise(slot))
    const jump = values.map((value, slot) => (slot >= 1200 && slot < 1230 ? value + 40 : value))
    const { out } = await detect([header, ...seriesLines('cam', jump)])
    const rows = rowsOf(out)
    const quiet = Math.max(...rows.slice(600, 1200).map(({ score }) => Number(score)))
    expect(Number(rows[1200]?.score)).toBeGreaterThan(quiet)
    expect(Number(rows[1200]?.p)).toBeLessThan(1e-3)
    expect(Number(rows[1200]?.expectedHigh)).toBeLessThan(Number(rows[1200]?.value))
    const emitted = rows.slice(1201, 1230).filter(({ emission }) => Number(emission) > 0)
    expect(Number(rows[1200]?.emission)).toBeGreaterThan(0)
    expect(emitted.length).toBeLessThan(10)
  })

  test('lines series by series are judged as lines by time; device scores come by time', async () => {
    const slots = Array.from({ length: 300 }, (_, slot) => slot)
    const names = ['a', 'b'].flatMap((device) =>
      ['x', 'y'].map((metric) => [device, metric] as const),
    )
    const lineOf = (slot: number, [device, metric]: readonly [string, string]) =>
      `${startAt + slot * 5 * minute},${device},${metric},${noise(slot * 7 + device.length + metric.charCodeAt(0))}`
    const byTime = slots.flatMap((slot) => names.map((name) => lineOf(slot, name)))
    const bySeries = names.flatMap((name) => slots.map((slot) => lineOf(slot, name)))
    const [one, other] = [await detectWithDevices(byTime), await detectWithDevices(bySeries)]
    expect(linesOf(one.out).sort()).toEqual(linesOf(other.out).sort())
    expect(one.devices).toBe(other.devices)
    expect(linesOf(one.devices)[0]).toBe('timestamp,device,score,p')
    const times = linesOf(one.devices)
      .slice(1)
      .map((line) => Number(line.split(',')[0]))
    expect(times).toHaveLength(600)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
  })

  test('gzip says the same as plain', async () => {
    const lines = [
      header,
      ...seriesLines(
        'cam',
        Array.from({ length: 100 }, (_, slot) => noise(slot)),
      ),
    ]
    const text = `${lines.join('\n')}\n`
    expect((await detect(gzipSync(text))).out).toBe((await detect(text)).out)
  })

  test('bad lines are told with their numbers and skipped; nothing else changes', async () => {
    const good = seriesLines(
      'cam',
      Array.from({ length: 100 }, (_, slot) => noise(slot)),
    )
    const bad = good.toSpliced(50, 0, 'now,cam,bytes,1', `${startAt},cam,bytes,`, 'x')
    const { code, out, error } = await detect([header, ...bad])
    expect(code).toBe(0)
    expect(out).toBe((await detect([header, ...good])).out)
    expect(error.split('\n')).toEqual([
      'line 52: not a timestamp (ISO 8601 or epoch milliseconds): "now"',
      'line 53: no value: ""',
      'line 54: wrong number of fields: "x"',
      '3 lines were skipped: 1 x not a timestamp (ISO 8601 or epoch milliseconds); 1 x no value; 1 x wrong number of fields.',
      '',
    ])
  })

  test('--json sums up on standard error, or on standard output where that is free', async () => {
    const lines = [header, ...seriesLines('cam', [1, 2, 3, 4]), 'x']
    const { error } = await detect(lines, '--json')
    const summary = { datapoints: 4, devices: 1, metrics: 1, spacingMs: 5 * minute }
    expect(JSON.parse(linesOf(error).at(-1) ?? '')).toMatchObject({
      ...summary,
      badLines: { total: 1, fields: 1 },
      levels: { HIGH: 0, MEDIUM: 0, LOW: 0 },
    })
    const out = join(temporaryFolder(), 'out.csv')
    const written = await detect(lines, '--json', '--out', out)
    expect(JSON.parse(written.out)).toMatchObject(summary)
    expect(linesOf(readFileSync(out, 'utf8'))).toHaveLength(5)
  })

  test.each([
    [['--train-until', 'soon'], /expected is ISO 8601 or epoch milliseconds/],
    [['--train-until', '2020-01-01'], /lies before the first datapoint/],
    [['--out', '/nowhere/out.csv'], /cannot be written: .*Name another file/],
    [['--out', 'same.csv', '--device-scores', 'same.csv'], /must be different files/],
    [['--what'], /unknown option/],
  ])('%j fails with a sentence', async (options, sentence) => {
    const { code, out, error } = await detect([header, '2026-01-05,cam,bytes,1'], ...options)
    expect(code).not.toBe(0)
    expect(out).toBe('')
    expect(error).toMatch(sentence)
    expect(error).not.toContain('    at ')
  })

  test.each([
    ['', /holds nothing to judge: the file is empty/],
    [Buffer.from([0x1f, 0x8b, 1, 2, 3, 4]), /holds nothing to judge/],
    [
      Buffer.from(Array.from({ length: 5000 }, (_, at) => (at * 7919) % 256)),
      /holds nothing to judge/,
    ],
    ['a,b\n1,2\n', /its first line does not name timestamp, device, metric, value/],
  ])('a file that is none fails with a sentence', async (content, sentence) => {
    const { code, error } = await detect(content)
    expect(code).toBe(1)
    expect(error).toMatch(sentence)
    expect(error).not.toContain('    at ')
  })

  test('a reader that has seen enough ends it quietly', async () => {
    const file = written([
      header,
      ...seriesLines(
        'cam',
        Array.from({ length: 20_000 }, () => 1),
      ),
    ])
    const child = spawn(process.execPath, ['src/cli/main.ts', 'detect', '--csv', file])
    let error = ''
    child.stderr.on('data', (data) => (error += String(data)))
    child.stdout.once('data', () => child.stdout.destroy())
    const code = await new Promise((resolve) => child.once('close', resolve))
    expect({ code, error }).toEqual({ code: 0, error: '' })
  })
})

describe('picket detect with training', () => {
  const day = 288
  const values = Array.from({ length: 3 * day }, (_, slot) => wave(slot) + noise(slot))
  const cut = new Date(startAt + 2 * day * 5 * minute).toISOString()

  test('learns what lies before, judges the rest, and finds a jump', async () => {
    const jump = values.map((value, slot) => (slot >= 2 * day + 100 ? value * 20 : value))
    const lines = seriesLines('cam', jump)
    const { out, devices } = await detectWithDevices(lines, '--train-until', cut)
    const rows = rowsOf(out)
    expect(rows).toHaveLength(lines.length)
    const learned = rows.map(({ provisional }) => provisional === 'false')
    expect(learned).toEqual(rows.map((_, row) => row >= 2 * day))
    const hit = rows[2 * day + 100]
    expect(Number(hit?.p)).toBeLessThan(1e-4)
    expect(hit?.confidence).toMatch(/^(LOW|MEDIUM|HIGH)$/)
    expect(linesOf(devices)).toHaveLength(lines.length + 1)
    const deviceScores = rowsOf(devices).map(({ score }) => Number(score))
    const strangest = deviceScores.indexOf(Math.max(...deviceScores.slice(2 * day)))
    expect(strangest).toBeGreaterThanOrEqual(2 * day + 100)
  })

  test('tells in its summary how often it learned', async () => {
    const lines = [header, ...seriesLines('cam', values)]
    const { error } = await detect(lines, '--train-until', cut, '--json')
    expect(JSON.parse(error)).toMatchObject({ trainings: 1, judgedByModels: day })
  })
})

/** A daily wave of 288 slots. */
function wave(slot: number): number {
  return 50 + 10 * Math.sin((2 * Math.PI * slot) / 288)
}

/** Repeatable, about -1 to 1. */
function noise(seed: number): number {
  const scrambled = Math.sin(seed * 12.9898 + 4.1414) * 43_758.5453
  return 2 * (scrambled - Math.floor(scrambled)) - 1
}

function seriesLines(device: string, values: readonly number[], metric = 'bytes'): string[] {
  return values.map((value, slot) => {
    return `${new Date(startAt + slot * 5 * minute).toISOString()},${device},${metric},${value}`
  })
}

function linesOf(text: string): string[] {
  return text.trimEnd().split('\n')
}

/** Of output whose names hold no commas. */
function rowsOf(out: string): Record<string, string>[] {
  const [head = '', ...lines] = linesOf(out)
  const names = head.split(',')
  return lines.map((line) => {
    const fields = line.split(',')
    return Object.fromEntries(names.map((name, index) => [name, fields[index] ?? '']))
  })
}

async function detectWithDevices(lines: string[], ...options: string[]) {
  const deviceScores = join(temporaryFolder(), 'devices.csv')
  const { out } = await detect([header, ...lines], '--device-scores', deviceScores, ...options)
  return { out, devices: readFileSync(deviceScores, 'utf8') }
}

function written(content: string[] | string | Uint8Array): string {
  const file = join(temporaryFolder(), 'in.csv')
  writeFileSync(file, Array.isArray(content) ? `${content.join('\n')}\n` : content)
  return file
}

interface Ended {
  code: number
  out: string
  error: string
}

function detect(content: string[] | string | Uint8Array, ...options: string[]): Promise<Ended> {
  const args = ['src/cli/main.ts', 'detect', '--csv', written(content), ...options]
  return new Promise((resolve) => {
    execFile(process.execPath, args, { maxBuffer: 2 ** 28 }, (failed, out, error) => {
      resolve({ code: failed ? Number(failed.code) : 0, out, error })
    })
  })
}
