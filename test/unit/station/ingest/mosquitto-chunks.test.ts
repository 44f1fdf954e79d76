import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  createLineCutter,
  endChunks,
  skipToNextLine,
  takeChunk,
} from '../../../../src/station/ingest/mosquitto-chunks.ts'

function cutting() {
  const lines: string[] = []
  let tooLong = 0
  const cutter = createLineCutter()
  const ports = {
    line: (text: string) => void lines.push(text),
    tooLong: () => void (tooLong += 1),
  }
  return {
    cutter,
    lines,
    take: (text: string | Buffer) => takeChunk(cutter, Buffer.from(text), ports),
    end: () => endChunks(cutter, ports),
    tooLong: () => tooLong,
  }
}

describe('a stream of bytes', () => {
  test('gives the same lines, however it falls into chunks', () => {
    const line = fc
      .string({ unit: 'grapheme', maxLength: 20 })
      .map((text) => text.replace(/\n/g, ' '))
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat({ max: 30 })), (expected, sizes) => {
        const bytes = Buffer.from(expected.map((text) => `${text}\n`).join(''))
        const { lines, take } = cutting()
        let whole = 0
        let start = 0
        for (const size of [...sizes, bytes.length]) {
          const chunk = bytes.subarray(start, start + size)
          const inLines = take(chunk)
          if (inLines > 0) whole = start + inLines
          start += chunk.length
        }
        expect(lines).toEqual(expected)
        expect(whole).toBe(bytes.length)
      }),
    )
  })

  test('has its last line when it ends', () => {
    const { lines, take, end } = cutting()
    take('a\nb')
    expect(lines).toEqual(['a'])
    end()
    end()
    expect(lines).toEqual(['a', 'b'])
  })

  test('never keeps more of a line than Mosquitto writes, and counts what it leaves out', () => {
    const { cutter, lines, take, tooLong } = cutting()
    for (let index = 0; index < 1000; index += 1) {
      take('x'.repeat(1000))
      expect(cutter.pending.length).toBeLessThan(5000)
    }
    expect(tooLong()).toBe(1)
    take(`end of it\nnext\n${'y'.repeat(5000)}\nlast\n`)
    expect(lines).toEqual(['next', 'last'])
    expect(tooLong()).toBe(2)
  })

  test('that is entered in the middle of a line begins with the next', () => {
    const { cutter, lines, take } = cutting()
    skipToNextLine(cutter)
    take('half')
    take(' a line\nwhole\n')
    expect(lines).toEqual(['whole'])
  })
})
