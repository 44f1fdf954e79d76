import { property, assert, string } from 'fast-check'
import { expect, test } from 'vitest'
import { inert, inertShort } from '../../../src/renderer/words/inert.ts'

test('characters that reorder or hide text are shown as escapes', () => {
  expect(inert('pump-\u202e70-niam')).toBe('pump-\\u202e70-niam')
  expect(inert('a\u200bb\ufeffc\u2066d\u0007')).toBe('a\\u200bb\\ufeffc\\u2066d\\u0007')
  expect(inert('tag \u{e0041}')).toBe('tag \\u{e0041}')
  expect(inert('half \ud83d')).toBe('half \\ud83d')
  expect(inert('line\u2028next')).toBe('line\\u2028next')
})

test('plain text of any script stays as it is', () => {
  const names = ['pump-07', 'насос-07', 'ポンプ', 'مضخة', '<b>bold</b>', '\u{1f6b0}']
  expect(names.map(inert)).toEqual(names)
})

test('long text is cut by whole characters and ends in an ellipsis', () => {
  expect(inertShort('x'.repeat(48))).toBe('x'.repeat(48))
  expect(inertShort('x'.repeat(49))).toBe(`${'x'.repeat(47)}…`)
  expect(inertShort('\u{1f6b0}'.repeat(5), 3)).toBe('\u{1f6b0}\u{1f6b0}…')
})

test('nothing that hides or reorders survives, whatever comes in', () => {
  assert(
    property(string({ unit: 'binary' }), (text) => {
      expect(inert(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
      expect(Array.from(inertShort(text, 20)).length).toBeLessThanOrEqual(20)
    }),
  )
})
