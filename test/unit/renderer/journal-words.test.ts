import { describe, expect, test } from 'vitest'
import {
  journalDetailWords,
  journalKindWords,
  verificationSentence,
} from '../../../src/renderer/words/journal.ts'

test('the kind of an entry is said in words', () => {
  expect(journalKindWords('mitigation-acted')).toBe('Mitigation acted')
  expect(journalKindWords('export')).toBe('Export')
})

describe('the facts of an entry', () => {
  test('stand in one line, whatever they are', () => {
    const detail = { action: 'quarantine', minutes: 60, brokers: [{ id: 'plant' }], until: null }
    expect(journalDetailWords(detail)).toBe(
      'action: quarantine; minutes: 60; brokers: [{"id":"plant"}]; until: null',
    )
  })

  test('that are times are said as such, unless no clock can show them', () => {
    expect(journalDetailWords({ releaseAt: 1_795_436_829_208 })).toBe(
      'releaseAt: 2026-11-23 12:27:09 UTC',
    )
    expect(journalDetailWords({ releaseAt: 1e300, startedAt: null })).toBe(
      'releaseAt: 1e+300; startedAt: null',
    )
  })

  test('that are none, or cannot be read, are not made up', () => {
    expect(journalDetailWords({})).toBe('')
    expect(journalDetailWords(null)).toBe('cannot be read')
  })
})

test('a journal is called sound only where it is, and as far as it is signed', () => {
  const sound = { isSound: true, entries: 41, signedThrough: 40 }
  expect(verificationSentence(sound)).toBe(
    'Sound: all 41 entries fit together, signed through number 40.',
  )
  const damaged = verificationSentence({ ...sound, isSound: false })
  expect(damaged).toContain('changed the journal')
  expect(damaged).not.toContain('41')
})
