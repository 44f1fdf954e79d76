import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  loginLine,
  openDeviceLogins,
  withLogin,
} from '../../../../src/station/ingest/device-logins.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

const bytes = (text: string) => Buffer.from(text)

describe('logins of devices', () => {
  test('are good with the right password alone', async () => {
    const file = join(temporaryFolder(), 'logins')
    const lines = [await loginLine('pump-1', 'secret'), await loginLine('a:b:c', 'other')]
    writeFileSync(file, `# devices\n\n${lines.join('\r\n')}\n`)
    const logins = await openDeviceLogins(file)
    expect(await logins.isValid('pump-1', bytes('secret'))).toBe(true)
    expect(await logins.isValid('a:b:c', bytes('other'))).toBe(true)
    expect(await logins.isValid('pump-1', bytes('other'))).toBe(false)
    expect(await logins.isValid('pump-1', undefined)).toBe(false)
    expect(await logins.isValid('nobody', bytes('secret'))).toBe(false)
    expect(await logins.isValid(undefined, bytes(''))).toBe(false)
  })

  test('have a password that is in no file, and a salt of their own', async () => {
    const [first, second] = [
      await loginLine('pump-1', 'secret'),
      await loginLine('pump-1', 'secret'),
    ]
    expect(first).not.toContain('secret')
    expect(first).not.toBe(second)
  })

  test('replace an earlier one of the same name and leave the others', async () => {
    const [old, fresh] = [await loginLine('pump-1', 'a'), await loginLine('pump-1', 'b')]
    const other = await loginLine('pump-2', 'c')
    expect(withLogin(`${old}\n${other}\n`, fresh)).toBe(`${other}\n${fresh}\n`)
  })

  test.each(['', 'a\nb', 'x'.repeat(129)])('are not for a name such as %j', async (name) => {
    await expect(loginLine(name, 'secret')).rejects.toThrow(RangeError)
  })

  test.each([
    'pump-1',
    'pump-1:plain',
    'pump-1:scrypt$4096$8$1$c2FsdA$aGFzaA',
    `pump-1:scrypt$4097$8$1$c2FsdA$${'A'.repeat(43)}`,
    `pump-1:scrypt$1073741824$8$1$c2FsdA$${'A'.repeat(43)}`,
    `pump-1:scrypt$4096$8$1000000000$c2FsdA$${'A'.repeat(43)}`,
  ])('are not opened with a line such as %s', async (line) => {
    const file = join(temporaryFolder(), 'logins')
    writeFileSync(file, `${line}\n`)
    await expect(openDeviceLogins(file)).rejects.toThrow('login 1 is not NAME:scrypt')
  })
})
