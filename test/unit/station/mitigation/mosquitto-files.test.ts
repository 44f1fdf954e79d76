import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  blockLines,
  isBlockWhole,
  withBlock,
  withoutBlock,
} from '../../../../src/station/mitigation/mosquitto-files/acl-block.ts'
import {
  topicLinesOf,
  treesOf,
  withTopicLines,
} from '../../../../src/station/mitigation/mosquitto-files/acl-lines.ts'
import {
  loginOf,
  withLoginAsBefore,
  withLoginLifted,
  withoutLogin,
} from '../../../../src/station/mitigation/mosquitto-files/password-lines.ts'

const names = ['pump-7', 'pump', 'pump 7', 'à', 'user', 'topic deny #']

const name = fc.constantFrom(...names)

const pair = fc.tuple(name, name).filter(([one, other]) => one !== other)

const inFile = (text: string) => Buffer.from(text, 'utf8').toString('latin1')

const line = fc.oneof(
  name.map((each) => `user ${inFile(each)}`),
  name.map((each) => `  user  ${inFile(each)} \r`),
  fc.constantFrom(
    'topic read site/#',
    'topic deny site/secret',
    'topic deny #',
    'topic site/no access word',
    ' topic readwrite $plant/%c/#',
    'pattern write $bridge/%c/state',
    'pattern read site/%u/#',
    '# a remark',
    '#user pump-7',
    '',
    '\xa0\xff bytes that are no UTF-8',
    'userpump-7',
  ),
)

const accessList = fc
  .tuple(fc.array(line, { maxLength: 12 }), fc.boolean())
  .map(([lines, endsWithNewline]) => lines.join('\n') + (endsWithNewline ? '\n' : ''))

/** A line that somebody writes somewhere, which starts no lines of another user. */
const edit = fc.record({
  written: line.filter((each) => !/^ *user /.test(each) && !each.startsWith('topic deny')),
  at: fc.nat(),
})

/** What each user may do by lines of its own, block included. */
function rulesOf(text: string): Record<string, string[]> {
  return Object.fromEntries(names.map((each) => [each, topicLinesOf(text, each)]))
}

describe('a block in an access list', () => {
  test('is taken away to the byte, in whatever order two of them go', () => {
    fc.assert(
      fc.property(accessList, pair, (text, [one, other]) => {
        const blocked = withBlock(withBlock(text, one), other)
        expect(isBlockWhole(blocked, one) && isBlockWhole(blocked, other)).toBe(true)
        expect(withBlock(blocked, one)).toBe(blocked)
        expect(withoutBlock(withoutBlock(blocked, one), other)).toBe(text)
        expect(withoutBlock(withoutBlock(blocked, other), one)).toBe(text)
      }),
    )
  })

  test('adds denials to one user and changes nobody else', () => {
    fc.assert(
      fc.property(accessList, name, (text, blocked) => {
        const before = rulesOf(text)
        const denials = blockLines(text, blocked).filter((each) => each.startsWith('topic deny '))
        const own = [...(before[blocked] ?? []), ...denials]
        expect(rulesOf(withBlock(text, blocked))).toEqual({ ...before, [blocked]: own })
      }),
    )
  })

  test('denies every tree under $ that the list speaks of', () => {
    fc.assert(
      fc.property(accessList, name, (text, blocked) => {
        const denied = blockLines(text, blocked)
        for (const tree of treesOf(text)) expect(denied).toContain(`topic deny ${tree}/#`)
        expect(denied).toContain('topic deny #')
      }),
    )
  })

  test('whatever was written into it or after it means the same once it is gone', () => {
    fc.assert(
      fc.property(accessList, name, edit, (text, blocked, { written, at }) => {
        const lines = withBlock(text, blocked).split('\n')
        // In the midst of the lines of the block itself, or after it.
        const begin = lines.indexOf(blockLines(text, blocked)[0] ?? '')
        const place = begin + 2 + (at % (lines.length - begin - 1))
        const edited = lines.toSpliced(place, 0, written).join('\n')
        const { [blocked]: own = [], ...others } = rulesOf(edited)
        const denials = new Set(blockLines(text, blocked))
        const { [blocked]: left, ...othersLeft } = rulesOf(withoutBlock(edited, blocked))
        expect(othersLeft).toEqual(others)
        const isOwn = (each: string) =>
          !denials.has(each) || topicLinesOf(text, blocked).includes(each)
        expect(new Set(left)).toEqual(new Set(own.filter(isOwn)))
      }),
    )
  })

  test('lines of a user come back, and those of others stay', () => {
    fc.assert(
      fc.property(accessList, accessList, name, (text, earlier, user) => {
        const wanted = topicLinesOf(earlier, user)
        const { [user]: restored, ...others } = rulesOf(withTopicLines(text, user, wanted))
        expect(restored).toEqual(wanted)
        expect(rulesOf(text)).toMatchObject(others)
      }),
    )
  })
})

describe('a login in a password file', () => {
  const entry = name.map((user) => `${inFile(user)}:$7$101$salt$hash`)
  const passwords = fc.array(fc.oneof(entry, fc.constantFrom('# remark', '', 'no colon')), {
    maxLength: 8,
  })

  test('is put aside as a comment, and back to the byte', () => {
    fc.assert(
      fc.property(passwords, name, (lines, user) => {
        const text = lines.join('\n')
        const aside = withoutLogin(text, user)
        expect(loginOf(aside, user).active).toBe(false)
        expect(loginOf(aside, user).aside).toBe(loginOf(text, user).active)
        expect(withoutLogin(aside, user)).toBe(aside)
        expect(withLoginAsBefore(aside, user)).toBe(text)
        expect(withLoginLifted(aside, user)).toBe(text)
      }),
    )
  })

  test('that was made anew meanwhile stays when the block is lifted, and goes when all is restored', () => {
    const aside = withoutLogin('pump:old\npump-7:one\n', 'pump')
    const anew = `${aside}pump:new\n`
    expect(withLoginLifted(anew, 'pump')).toBe('pump-7:one\npump:new\n')
    expect(withLoginAsBefore(anew, 'pump')).toBe('pump:old\npump-7:one\n')
  })
})
