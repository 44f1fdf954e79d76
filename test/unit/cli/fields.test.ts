import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fieldsOf, quoted } from '../../../src/cli/detect/fields.ts'

describe('the fields of a line of CSV', () => {
  test.each([
    ['a,b', ['a', 'b']],
    ['a,,', ['a', '', '']],
    ['', ['']],
    ['"a,b",c', ['a,b', 'c']],
    ['"say ""no""",c', ['say "no"', 'c']],
    ['a,""', ['a', '']],
    ['5" pipe,c', ['5" pipe', 'c']],
  ])('%j', (line, fields) => {
    expect(fieldsOf(line)).toEqual(fields)
  })

  test.each(['"a,b', 'a,"b', '"a"b,c', '"""'])(
    '%j has a quoted field that does not end',
    (line) => {
      expect(fieldsOf(line)).toBeNull()
    },
  )

  test('what was quoted comes back', () => {
    const texts = fc.array(fc.string(), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(texts, (fields) => {
        expect(fieldsOf(fields.map(quoted).join(','))).toEqual(fields)
      }),
    )
  })
})
