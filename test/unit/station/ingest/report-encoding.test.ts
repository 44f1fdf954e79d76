import { encode } from 'cborg'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodePayload, encodePayload } from '../../../../src/station/ingest/report-encoding.ts'
import { jsonBytes } from './payloads.ts'

const encodings = ['json', 'cbor'] as const

/** Values both encodings can carry, with maps as they come out: without a prototype. */
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    fc.string({ unit: 'grapheme' }),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter(isKeptAsNumber),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(fc.string(), tie('tree'), { maxKeys: 4 }),
  ),
}))

/** Minus zero loses its sign in JSON; a whole number that a double rounds comes out as an exact bigint. */
function isKeptAsNumber(value: number): boolean {
  return !Object.is(value, -0) && (Number.isSafeInteger(value) || !Number.isInteger(value))
}

/** Arrays nested so deep, as bytes. */
function nested(depth: number, encoding: (typeof encodings)[number]): Uint8Array {
  if (encoding === 'json') return jsonBytes('['.repeat(depth) + ']'.repeat(depth))
  return Uint8Array.from([...new Array<number>(depth - 1).fill(0x81), 0x80])
}

describe.each(encodings)('a payload in %s', (encoding) => {
  test('comes out as it went in', () => {
    fc.assert(
      fc.property(tree, (value) => {
        const payload = encoding === 'json' ? jsonBytes(JSON.stringify(value)) : encode(value)
        expect(decodePayload(payload, encoding)).toEqual(value)
      }),
    )
  })

  test('keeps every whole number of 64 bits exact, there and back', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }), (reportId) => {
        const decoded = decodePayload(encodePayload({ reportId }, encoding), encoding)
        const isLong = reportId > BigInt(Number.MAX_SAFE_INTEGER)
        expect(decoded).toEqual({ reportId: isLong ? reportId : Number(reportId) })
      }),
    )
  })

  test('cannot reach a prototype, whatever its keys are', () => {
    const isAdmin = new Map([['isAdmin', true]])
    const hostile = new Map<string, unknown>([
      ['__proto__', isAdmin],
      ['constructor', new Map([['prototype', isAdmin]])],
    ])
    const text = '{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}}}'
    const payload = encoding === 'json' ? jsonBytes(text) : encode(hostile)
    const decoded = decodePayload(payload, encoding)
    expect(Object.getPrototypeOf(decoded)).toBeNull()
    expect(Object.keys(Object(decoded))).toEqual(['__proto__', 'constructor'])
    expect('isAdmin' in Object(decoded)).toBe(false)
    expect('isAdmin' in {}).toBe(false)
  })

  test('may be nested as deep as any report and no deeper', () => {
    expect(() => decodePayload(nested(17, encoding), encoding)).not.toThrow()
    expect(() => decodePayload(nested(18, encoding), encoding)).toThrow('nested deeper than 16')
  })

  test('is refused, not a crash, when it is nested without end', () => {
    expect(() => decodePayload(nested(100_000, encoding), encoding)).toThrow(Error)
  })

  test('is refused when it is cut short, for any length but the whole', () => {
    const whole = encodePayload({ header: { report_id: 5 }, list: [1, 2, 300] }, encoding)
    for (let length = 0; length < whole.length; length += 1) {
      expect(() => decodePayload(whole.subarray(0, length), encoding)).toThrow(Error)
    }
  })

  test('is refused when something follows it', () => {
    const payload = Buffer.concat([encodePayload({ a: 1 }, encoding), Buffer.from('1')])
    expect(() => decodePayload(payload, encoding)).toThrow(Error)
  })

  test('throws nothing but an Error on random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          decodePayload(bytes, encoding)
        } catch (error) {
          expect(error).toBeInstanceOf(Error)
        }
      }),
      { numRuns: 1000 },
    )
  })
})

describe('a payload in JSON', () => {
  test('is refused when it is not UTF-8', () => {
    expect(() => decodePayload(Uint8Array.of(0x22, 0xff, 0x22), 'json')).toThrow(Error)
  })

  test('keeps the exact number where a double would round it, and doubles beside it', () => {
    const decoded = decodePayload(jsonBytes('[9007199254740993,1.5,1e3,-9007199254740993]'), 'json')
    expect(decoded).toEqual([9007199254740993n, 1.5, 1000, -9007199254740993n])
  })
})

describe('a payload in CBOR', () => {
  test('may have maps and lists of no given length, as the C agent writes them', () => {
    const report = [0xbf, 0x61, 0x61, 0x9f, 0x01, 0x02, 0xff, 0xff]
    expect(decodePayload(Uint8Array.from(report), 'cbor')).toEqual({ a: [1, 2] })
  })

  test('may have half, single and double floats', () => {
    const [half, single, double] = [
      [0xf9, 0x3e, 0x00],
      [0xfa, 0x3f, 0xc0, 0, 0],
      [0xfb, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0],
    ]
    const list = Uint8Array.from([0x83, ...(half ?? []), ...(single ?? []), ...(double ?? [])])
    expect(decodePayload(list, 'cbor')).toEqual([1.5, 1.5, 1.5])
  })

  test.each([
    ['NaN', [0xf9, 0x7e, 0x00]],
    ['infinity', [0xf9, 0x7c, 0x00]],
    ['a byte string', [0x42, 0x01, 0x02]],
    ['a tag', [0xc1, 0x00]],
    ['a list that claims 2^32 entries', [0x9a, 0xff, 0xff, 0xff, 0xff]],
    ['text that claims 2^32 bytes', [0x7a, 0xff, 0xff, 0xff, 0xff]],
  ])('is refused for %s', (_, bytes) => {
    expect(() => decodePayload(Uint8Array.from([0x81, ...bytes]), 'cbor')).toThrow(Error)
  })

  test('reads an absent value as null', () => {
    expect(decodePayload(encode({ a: undefined }), 'cbor')).toEqual({ a: null })
  })
})
