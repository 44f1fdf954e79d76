import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  canonicalJson,
  hashOf,
  noHash,
  type JournalRow,
} from '../../../../src/station/journal/chain.ts'
import { publicKeyOf } from '../../../../src/station/journal/checkpoint.ts'
import {
  forged,
  journalOf,
  journals,
  keyNumber,
  numbered,
  publicKey,
  verified,
  withHashesThatFit,
  type Journal,
} from './journal-rows.ts'

/** Draws one of the entries that are signed. */
const choice = fc.nat()

function signedIndex({ head }: Journal, chosen: number): number {
  return chosen % head.sequence
}

const changes: [string, (rows: JournalRow[], place: number) => JournalRow[]][] = [
  ['edited', (rows, place) => rows.map((row, at) => (at === place ? { ...row, by: '?' } : row))],
  ['taken away', (rows, place) => rows.toSpliced(place, 1)],
  ['put in', (rows, place) => rows.toSpliced(place, 0, entry('?'))],
]

const fields = ['sequence', 'at', 'kind', 'by', 'subject', 'detail', 'hash'] as const

describe('a journal that nobody touched', () => {
  test('is sound, and says how many entries are not signed yet', () => {
    fc.assert(
      fc.property(journals, (journal) => {
        const answer = verified(journal)
        expect(answer.findings).toEqual([])
        expect(answer.isSound).toBe(true)
        expect(answer.entries).toBe(journal.rows.length)
        expect(answer.signedThrough).toBe(journal.head.sequence)
        const unsigned = journal.rows.length - journal.head.sequence
        const notices =
          unsigned === 0 ? [] : [expect.stringMatching(`^${unsigned} .*not yet signed`)]
        expect(answer.notices).toEqual(notices)
      }),
    )
  })

  test('is sound where the head was written and the database did not get its checkpoint', () => {
    const journal = journalOf([entry('one'), entry('two'), null])
    const answer = verified({ ...journal, rows: journal.rows.slice(0, -1) })
    expect(answer).toMatchObject({ isSound: true, entries: 2, notices: [] })
  })

  test('is sound where nothing was ever written', () => {
    expect(verified({ rows: [], head: null })).toMatchObject({ isSound: true, head: null })
  })
})

describe('found is', () => {
  test('any bit of any field of any entry that is another', () => {
    fc.assert(
      fc.property(
        journals,
        fc.record({ row: fc.nat(), field: fc.constantFrom(...fields), bit: fc.nat() }),
        (journal, { row, field, bit }) => {
          const rows = journal.rows.map((each, index) =>
            index === row % journal.rows.length ? withFlippedBit(each, field, bit) : each,
          )
          expect(verified({ ...journal, rows }).isSound).toBe(false)
        },
      ),
      { numRuns: 300 },
    )
  })

  test('any bit that is another where the hashes were made to fit', () => {
    fc.assert(
      fc.property(
        journals,
        fc.record({ row: choice, field: fc.constantFrom(...fields.slice(1, -1)), bit: fc.nat() }),
        (journal, { row, field, bit }) => {
          const changed = signedIndex(journal, row)
          const rows = journal.rows.map((each, index) =>
            index === changed ? withFlippedBit(each, field, bit) : each,
          )
          expect(verified({ ...journal, rows: withHashesThatFit(rows) }).isSound).toBe(false)
        },
      ),
      { numRuns: 200 },
    )
  })

  test('any change at all by whoever has the whole data folder and not the key', () => {
    const change = fc.constantFrom(...changes)
    fc.assert(
      fc.property(journals, choice, change, (journal, chosen, [, changed]) => {
        const place = signedIndex(journal, chosen)
        const isCheckpoint = journal.rows[place]?.kind === 'checkpoint'
        fc.pre(!isCheckpoint)
        const next = journal.rows.findIndex((row, at) => at > place && row.kind === 'checkpoint')
        const answer = verified(forged(changed(journal.rows, place)))
        const signed = next + 1 + changed(journal.rows, place).length - journal.rows.length
        expect(answer.findings[0]).toContain(`The signature in entry ${signed} is not good`)
        expect(answer.findings.at(-1)).toBe('The signature in journal-head.json is not good.')
      }),
    )
  })

  test('that a signature was given another time', () => {
    const { rows } = journalOf([entry('one'), null])
    const later = forged(rows.map((row, index) => ({ ...row, at: row.at + index })))
    expect(verified(later).findings[0]).toContain('The signature in entry 2 is not good')
  })

  test.each([
    ['as they were left', (rows: JournalRow[]) => rows],
    ['that were numbered anew', numbered],
    ['that were numbered anew with hashes that fit', (rows) => withHashesThatFit(numbered(rows))],
  ])('an entry that is gone, among others %s', (_, cover: (rows: JournalRow[]) => JournalRow[]) => {
    fc.assert(
      fc.property(journals, choice, (journal, row) => {
        const gone = signedIndex(journal, row)
        // Without the last checkpoint alone it is as after a crash, and is signed again.
        fc.pre(gone !== journal.rows.length - 1)
        const rows = cover(journal.rows.filter((_row, index) => index !== gone))
        expect(verified({ ...journal, rows }).isSound).toBe(false)
      }),
    )
  })

  test.each([
    ['with the hashes of others', numbered],
    ['with hashes that fit', (rows: JournalRow[]) => withHashesThatFit(numbered(rows))],
  ])('an entry that was put in, %s', (_, cover: (rows: JournalRow[]) => JournalRow[]) => {
    fc.assert(
      fc.property(journals, choice, (journal, place) => {
        const rows = journal.rows.toSpliced(signedIndex(journal, place), 0, entry('put in'))
        expect(verified({ ...journal, rows: cover(rows) }).isSound).toBe(false)
      }),
    )
  })

  test.each([
    ['with their hashes', numbered],
    ['with hashes that fit', (rows: JournalRow[]) => withHashesThatFit(numbered(rows))],
  ])('two entries that changed places, %s', (_, cover: (rows: JournalRow[]) => JournalRow[]) => {
    fc.assert(
      fc.property(journals, choice, choice, (journal, one, other) => {
        const { rows } = journal
        const [a, b] = [signedIndex(journal, one), signedIndex(journal, other)]
        const [rowA, rowB] = [rows[a], rows[b]]
        if (!rowA || !rowB) throw new Error('no such entry')
        fc.pre(contentOf(rowA) !== contentOf(rowB))
        const swapped = cover(rows.with(a, rowB).with(b, rowA))
        expect(verified({ ...journal, rows: swapped }).isSound).toBe(false)
      }),
    )
  })

  test('that the newest entries were taken away, all signatures with them or some', () => {
    fc.assert(
      fc.property(journals, choice, (journal, chosen) => {
        const kept = signedIndex(journal, chosen)
        fc.pre(kept < journal.head.sequence - 1)
        const answer = verified({ ...journal, rows: journal.rows.slice(0, kept) })
        expect(answer.findings.at(-1)).toContain(`Entries after ${kept} are missing`)
      }),
    )
  })

  test('that somebody signed it with a key of their own, head and all', () => {
    const theirs = keyNumber(2)
    const journal = journalOf([entry('one'), null, entry('two'), null], theirs)
    const answer = verified(journal)
    expect(answer.isSound).toBe(false)
    expect(answer.signedThrough).toBe(0)
    expect(answer.findings).toEqual([
      expect.stringContaining(`Entries 1 to 4 are signed by another key, ${publicKeyOf(theirs)}`),
      expect.stringContaining(`signed by another key, ${publicKeyOf(theirs)}`),
    ])
    expect(verified(journal, { keys: [publicKeyOf(theirs)] }).isSound).toBe(true)
  })

  test('that the head is gone, or is not of this journal, and that every signature is gone', () => {
    const journal = journalOf([entry('one'), null])
    expect(verified({ ...journal, head: null }).findings).toEqual([
      expect.stringContaining('missing or cannot be read'),
    ])
    const last = withHashesThatFit([{ ...entry('another'), sequence: 1 }])
    expect(verified({ ...journal, rows: last }).findings).toEqual([
      expect.stringContaining('Entries after 1 are missing'),
    ])
    expect(verified({ rows: journal.rows.slice(0, 1), head: null }).findings).toEqual([
      expect.stringContaining('nothing is signed'),
    ])
  })

  test('that all of it was set back, where somebody had noted down an entry', () => {
    const journal = journalOf([entry('one'), null, entry('two'), null])
    const { sequence, hash } = journal.rows.at(-1) ?? { sequence: 0, hash: '' }
    const noted = { sequence, hash }
    expect(verified(journal, { noted }).isSound).toBe(true)
    const older = journalOf([entry('one'), null])
    expect(verified(older).isSound).toBe(true)
    expect(verified(older, { noted }).findings).toEqual([
      'Entry 4 is not the one that was noted down.',
    ])
  })
})

test('a hash stays what it is in every version that says 1', () => {
  const detail = canonicalJson({ b: { c: [2] }, a: 1 })
  const first = { ...entry('an analyst'), at: 1_700_000_000_000, sequence: 1, detail }
  expect(detail).toBe('{"a":1,"b":{"c":[2]}}')
  // Of another program: SHA-256 over the bytes that the docstring of `hashOf` tells.
  expect(hashOf(first, noHash)).toBe(
    'aecd706692b9ba45feba8b63d940fe378e9ba5915098c20a48c9c3b31c17060b',
  )
})

test('the first bad entry is named, and a hundred bad ones do not flood', () => {
  const journal = journalOf([...Array.from({ length: 100 }, () => entry('same')), null])
  const rows = journal.rows.map((row) => ({ ...row, by: 'somebody else' }))
  const { findings } = verified({ ...journal, rows })
  expect(findings[0]).toBe('Entry 1 is not as it was written.')
  expect(findings).toHaveLength(20)
  expect(findings.at(-1)).toMatch(/^\d+ more\.$/)
})

test('a key that is not at hand is replaced by that of the head, which is said', () => {
  const journal = journalOf([entry('one'), null])
  const answer = verified(journal, { keys: null })
  expect(answer).toMatchObject({ isSound: true, keys: [publicKey] })
  expect(answer.notices).toEqual([expect.stringContaining('whoever has the data folder')])
})

function entry(by: string): JournalRow {
  return { at: 7, kind: 'source-added', by, subject: 'plant', detail: '{}', sequence: 0, hash: '' }
}

function contentOf({ at, kind, by, subject, detail }: JournalRow): string {
  return JSON.stringify([at, kind, by, subject, detail])
}

function withFlippedBit(row: JournalRow, field: (typeof fields)[number], bit: number): JournalRow {
  const value = row[field]
  if (typeof value === 'number') {
    return { ...row, [field]: Number(BigInt(value) ^ (1n << BigInt(bit % 40))) }
  }
  if (value === null || value === '') return { ...row, [field]: String.fromCharCode(bit % 128) }
  const place = bit % value.length
  // A digit of a hash has four bits; an upper-case digit would be the same one.
  if (field === 'hash') return { ...row, hash: flipDigit(value, place, bit) }
  const unit = value.charCodeAt(place) ^ (1 << (bit % 16))
  const flipped = value.slice(0, place) + String.fromCharCode(unit) + value.slice(place + 1)
  return { ...row, [field]: flipped }
}

function flipDigit(hash: string, place: number, bit: number): string {
  const digit = (parseInt(hash.charAt(place), 16) ^ (1 << (bit % 4))).toString(16)
  return hash.slice(0, place) + digit + hash.slice(place + 1)
}
