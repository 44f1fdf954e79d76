import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { detectFile, readTable } from '../../bench/scoring/detect-file.ts'
import { inParallel } from '../../bench/scoring/in-parallel.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

/** Stands in for the product: writes down what it was called with. */
const scribe = `
import { writeFileSync } from 'node:fs'
const args = process.argv.slice(2)
writeFileSync(args[args.indexOf('--out') + 1], 'argument\\n' + args.join('\\n') + '\\n')
`

function programOf(text: string): string {
  const program = join(temporaryFolder(), 'program.mjs')
  writeFileSync(program, text)
  return program
}

describe('a run of picket detect', () => {
  test('is given the files and the time up to which it may learn', async () => {
    const out = join(temporaryFolder(), 'out.csv')
    const files = { csv: 'in.csv', out, deviceScores: 'device.csv' }
    const program = programOf(scribe)
    const elapsedMs = await detectFile({ ...files, trainUntil: 1580428800000 }, { program })
    expect(elapsedMs).toBeGreaterThan(0)
    expect(readTable(out).column('argument').join(' ')).toBe(
      `detect --csv in.csv --out ${out} --train-until 1580428800000 --device-scores device.csv`,
    )
  })

  test('leaves out what was not asked for', async () => {
    const out = join(temporaryFolder(), 'out.csv')
    await detectFile({ csv: 'in.csv', out }, { program: programOf(scribe) })
    expect(readFileSync(out, 'utf8')).not.toMatch(/train-until|device-scores/)
  })

  test('fails with what it complained of', async () => {
    const program = programOf(`console.error('no such metric'); process.exit(1)`)
    const run = detectFile({ csv: 'in.csv', out: 'out.csv' }, { program })
    await expect(run).rejects.toThrow(/no such metric/)
  })

  test('ends when it is told to', async () => {
    const program = programOf(`setInterval(() => {}, 1000)`)
    const abort = new AbortController()
    const run = detectFile({ csv: 'in.csv', out: 'out.csv' }, { program, signal: abort.signal })
    abort.abort()
    await expect(run).rejects.toThrow(/aborted/)
  })

  test('is refused where it wrote no such column', () => {
    const file = join(temporaryFolder(), 'out.csv')
    writeFileSync(file, 'timestamp,score\n1,2\n')
    expect(readTable(file)).toMatchObject({ rows: 1 })
    expect(() => readTable(file).column('emission')).toThrow(/no column emission/)
  })
})

describe('work on some items at once', () => {
  test('answers in their order, and has no more under way than allowed', async () => {
    let [underWay, most] = [0, 0]
    const work = async (item: number) => {
      underWay += 1
      most = Math.max(most, underWay)
      for (let turn = 0; turn < 5 - item; turn += 1) await Promise.resolve()
      underWay -= 1
      return item * 10
    }
    expect(await inParallel([1, 2, 3, 4, 5], { atOnce: 2, work })).toEqual([10, 20, 30, 40, 50])
    expect(most).toBe(2)
  })

  test('fails where one of them fails', async () => {
    const work = (item: number) =>
      item === 2 ? Promise.reject(new Error('two')) : Promise.resolve(item)
    await expect(inParallel([1, 2, 3], { atOnce: 2, work })).rejects.toThrow('two')
  })
})
