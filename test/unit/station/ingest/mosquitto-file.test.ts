import { appendFileSync, mkdirSync, renameSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { FileTail } from '../../../../src/station/ingest/mosquitto-file.ts'
import type { LogPosition } from '../../../../src/station/ingest/mosquitto-rotation.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

function tailing(path: string, mostBehindBytes = 1_000_000) {
  const lines: string[] = []
  const lost: string[] = []
  const gaveUp: number[] = []
  const tail = new FileTail(
    path,
    {
      line: (text) => void lines.push(text),
      tooLong: () => undefined,
      lost: (sentence) => void lost.push(sentence),
      gaveUp: (bytes) => void gaveUp.push(bytes),
    },
    { mostBehindBytes },
  )
  onTestFinished(() => tail.stop())
  return { tail, lines, lost, gaveUp }
}

function logIn(folder: string, ...lines: string[]): string {
  const log = join(folder, 'mosquitto.log')
  writeFileSync(log, lines.map((line) => `${line}\n`).join(''))
  return log
}

describe('a log file', () => {
  test('is read to its end, and on', async () => {
    const log = logIn(temporaryFolder(), 'a', 'b')
    const { tail, lines } = tailing(log)
    await tail.begin(null, 1000)
    await tail.readAvailable()
    appendFileSync(log, 'c')
    await tail.readAvailable()
    appendFileSync(log, '\nd\n')
    await tail.readAvailable()
    expect(lines).toEqual(['a', 'b', 'c', 'd'])
  })

  test('of the past is read no farther back than was asked for', async () => {
    const log = logIn(temporaryFolder(), 'long ago', 'a', 'b')
    const { tail, lines } = tailing(log)
    await tail.begin(null, 4)
    await tail.readAvailable()
    expect(lines).toEqual(['b'])
  })

  test('is still written to after it was renamed, until something is in the new one', async () => {
    const log = logIn(temporaryFolder(), 'a')
    const { tail, lines, lost } = tailing(log)
    await tail.begin(null, 1000)
    renameSync(log, `${log}.1`)
    appendFileSync(`${log}.1`, 'b\n')
    await tail.readAvailable()
    writeFileSync(log, '')
    await tail.readAvailable()
    appendFileSync(`${log}.1`, 'c\nno newline')
    await tail.readAvailable()
    appendFileSync(log, 'd\n')
    await tail.readAvailable()
    expect(lines).toEqual(['a', 'b', 'c', 'no newline', 'd'])
    expect(lost).toEqual([])
  })

  test('that comes faster than it is read is given up up to its end, and that is told', async () => {
    const log = logIn(temporaryFolder(), 'a')
    const { tail, lines, gaveUp } = tailing(log, 1000)
    await tail.begin(null, 1000)
    await tail.readAvailable()
    appendFileSync(log, `${'x'.repeat(99)}\n`.repeat(20))
    await tail.readAvailable()
    appendFileSync(log, 'b\nc\n')
    await tail.readAvailable()
    expect(gaveUp).toEqual([2000])
    expect(lines.at(-1)).toBe('c')
    expect(lines).toHaveLength(2)
  })

  test('cut to nothing and filled again beyond where it was read to is told by its words', async () => {
    const log = logIn(temporaryFolder(), 'a', 'b')
    const { tail, lines, lost } = tailing(log)
    await tail.begin(null, 1000)
    await tail.readAvailable()
    truncateSync(log)
    appendFileSync(log, 'other words\nand more\n')
    await tail.readAvailable()
    expect(lines).toEqual(['a', 'b', 'other words', 'and more'])
    expect(lost).toHaveLength(1)
  })

  test('cut to nothing is told, once', async () => {
    const log = logIn(temporaryFolder(), 'a', 'b')
    const { tail, lines, lost } = tailing(log)
    await tail.begin(null, 1000)
    await tail.readAvailable()
    truncateSync(log)
    appendFileSync(log, 'c\n')
    await tail.readAvailable()
    await tail.readAvailable()
    expect(lines).toEqual(['a', 'b', 'c'])
    expect(lost).toHaveLength(1)
  })

  test('that was packed before it was read leaves something missing', async () => {
    const log = logIn(temporaryFolder(), 'a')
    const { tail, lost } = tailing(log)
    await tail.begin(null, 1000)
    await tail.readAvailable()
    renameSync(log, `${log}.3`)
    writeFileSync(`${log}.2.gz`, 'packed')
    writeFileSync(log, 'b\n')
    await tail.readAvailable()
    expect(lost).toEqual([expect.stringContaining('rotated away')])
  })

  test('that is no file is an error', async () => {
    const folder = temporaryFolder()
    await expect(tailing(join(folder, 'none')).tail.begin(null, 10)).rejects.toMatchObject({
      code: 'ENOENT',
    })
    mkdirSync(join(folder, 'folder'))
    await expect(tailing(join(folder, 'folder')).tail.readAvailable()).rejects.toMatchObject({
      code: 'EISDIR',
    })
  })

  test('loses and doubles nothing, however writing, rotating and restarting fall', async () => {
    const step = fc.constantFrom('write', 'write', 'read', 'rotate', 'rotate', 'restart')
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const folder = temporaryFolder()
        const log = logIn(folder, 'first')
        const expected = ['first']
        const read: string[] = []
        let generation = 0
        let position: LogPosition | null = null
        let { tail, lines, lost } = tailing(log)
        await tail.begin(null, 1000)
        const finish = async () => {
          await tail.readAvailable()
          position = tail.position()
          await tail.stop()
          read.push(...lines)
          expect(lost).toEqual([])
        }
        for (const each of steps) {
          if (each === 'read') await tail.readAvailable()
          if (each === 'write') {
            expected.push(`line ${expected.length}`)
            appendFileSync(log, `${expected.at(-1)}\n`)
          }
          if (each === 'rotate') {
            renameSync(log, `${log}.${1000 - generation}`)
            generation += 1
            expected.push(`new file ${generation}`)
            appendFileSync(log, `${expected.at(-1)}\n`)
          }
          if (each === 'restart') {
            await finish()
            ;({ tail, lines, lost } = tailing(log))
            await tail.begin(position, 1000)
          }
        }
        await finish()
        expect(read).toEqual(expected)
      }),
      { numRuns: 60 },
    )
  })
})
