import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import SqliteDatabase from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { closeReader, openReader, openStore } from '../../../../src/station/store/open.ts'
import { readState, writeState } from '../../../../src/station/store/state.ts'
import { openElsewhere, storeIn, temporaryFolder, thrownBy } from './store-folder.ts'

describe('a data folder', () => {
  test('is made for its owner only, with all files in it', () => {
    const folder = join(temporaryFolder(), 'site', 'data')
    const store = storeIn(folder)
    writeState(store.write, 'key', 'value')
    expect(modeOf(folder)).toBe(0o700)
    expect(readdirSync(folder)).toContain('picket.db-wal')
    for (const name of readdirSync(folder))
      expect([name, modeOf(join(folder, name))]).toEqual([name, 0o600])
  })

  test('keeps what was written over a restart', () => {
    const folder = temporaryFolder()
    const store = storeIn(folder)
    writeState(store.write, 'key', 'value')
    store.close()
    expect(readState(storeIn(folder).read, 'key')).toBe('value')
  })

  test('has files of others readable by its owner only once it is opened', () => {
    const folder = temporaryFolder()
    storeIn(folder).close()
    chmodSync(join(folder, 'picket.db'), 0o644)
    storeIn(folder)
    expect(modeOf(join(folder, 'picket.db'))).toBe(0o600)
  })

  test('can be closed twice', () => {
    const store = storeIn(temporaryFolder())
    store.close()
    expect(() => store.close()).not.toThrow()
  })
})

describe('a reader', () => {
  test('sees what was committed and cannot write', () => {
    const store = storeIn(temporaryFolder())
    writeState(store.write, 'key', 'value')
    const reader = openReader(store.path)
    expect(readState(reader, 'key')).toBe('value')
    expect(() => reader.database.exec('DELETE FROM state')).toThrow(/readonly/)
    closeReader(reader)
  })
})

describe('a database of a newer version', () => {
  test('is refused and left untouched', () => {
    const folder = temporaryFolder()
    storeIn(folder).close()
    setVersion(join(folder, 'picket.db'), 99)
    expectRefusal(folder, 'STORE_NEWER')
  })

  test('is recognised by its write-ahead log alone', () => {
    const folder = crashedFolder((database) => database.pragma('user_version = 99'))
    expectRefusal(folder, 'STORE_NEWER')
  })
})

describe('a damaged database', () => {
  test('is refused and left as it is when it is no database at all', () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'picket.db'), 'garbage '.repeat(1000))
    expectRefusal(folder, 'STORE_CORRUPT')
  })

  test('is refused and left as it is when a page is damaged', () => {
    const folder = filledFolder()
    const bytes = readFileSync(join(folder, 'picket.db'))
    bytes.fill(0xa5, 4096 * 5, 4096 * 6)
    writeFileSync(join(folder, 'picket.db'), bytes)
    expectRefusal(folder, 'STORE_CORRUPT')
  })

  test('is refused and left as it is when it was cut short', () => {
    const folder = filledFolder()
    const bytes = readFileSync(join(folder, 'picket.db'))
    writeFileSync(join(folder, 'picket.db'), bytes.subarray(0, 4096 * 3))
    expectRefusal(folder, 'STORE_CORRUPT')
  })

  test('opens again when a sound file was put in its place', () => {
    const folder = filledFolder()
    const sound = readFileSync(join(folder, 'picket.db'))
    writeFileSync(join(folder, 'picket.db'), 'garbage '.repeat(1000))
    thrownBy(() => storeIn(folder))
    writeFileSync(join(folder, 'picket.db'), sound)
    expect(readState(storeIn(folder).read, 'key 7')).toBe('x'.repeat(500))
  })
})

describe("another program's database", () => {
  test('is refused and left as it is', () => {
    const folder = temporaryFolder()
    const other = new SqliteDatabase(join(folder, 'picket.db'))
    other.exec('CREATE TABLE bookmarks (url TEXT)')
    other.close()
    const error = thrownBy(() => storeIn(folder))
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' })
    const again = new SqliteDatabase(join(folder, 'picket.db'))
    expect(again.prepare('SELECT name FROM sqlite_schema').pluck().all()).toEqual(['bookmarks'])
    again.close()
  })
})

describe('a data folder that cannot be used', () => {
  const isRoot = process.getuid?.() === 0
  const nobody = 65_534

  test('is refused as read-only when this user may not write to it', () => {
    const folder = temporaryFolder()
    chmodSync(folder, 0o555)
    const said = openElsewhere(folder, isRoot ? nobody : undefined)
    expect(said).toMatch(/^STORE_READ_ONLY: /)
    expect(said).toContain(folder)
    expect(readdirSync(folder)).toEqual([])
  })

  test('is refused as read-only when it may not even be made', () => {
    const folder = temporaryFolder()
    chmodSync(folder, 0o555)
    const said = openElsewhere(join(folder, 'data'), isRoot ? nobody : undefined)
    expect(said).toMatch(/^STORE_READ_ONLY: /)
  })

  test('is refused with its name when it is a file', () => {
    const file = join(temporaryFolder(), 'data')
    writeFileSync(file, '')
    const error = thrownBy(() => openStore({ folder: file, holder: 'a test' }))
    expect(error).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining(file),
    })
  })
})

function modeOf(file: string): number {
  return statSync(file).mode & 0o777
}

function setVersion(file: string, version: number): void {
  const database = new SqliteDatabase(file)
  database.pragma(`user_version = ${version}`)
  database.close()
}

/** A folder whose database is a few dozen pages. */
function filledFolder(): string {
  const folder = temporaryFolder()
  const store = storeIn(folder)
  for (let number = 0; number < 200; number += 1) {
    writeState(store.write, `key ${number}`, 'x'.repeat(500))
  }
  store.close()
  return folder
}

/** A folder as a crash leaves it: the last change is in the log only. */
function crashedFolder(change: (database: SqliteDatabase.Database) => void): string {
  const folder = temporaryFolder()
  const store = storeIn(folder)
  store.write.database.pragma('wal_checkpoint(TRUNCATE)')
  change(store.write.database)
  const crashed = join(folder, 'crashed')
  mkdirSync(crashed)
  for (const name of ['picket.db', 'picket.db-wal']) {
    copyFileSync(join(folder, name), join(crashed, name))
  }
  store.close()
  return crashed
}

/** Expects the error, with the file in its sentence, the database unchanged and nothing held. */
function expectRefusal(folder: string, code: string): void {
  const file = join(folder, 'picket.db')
  const before = readFileSync(file)
  const error = thrownBy(() => openStore({ folder, holder: 'a test' }))
  expect(error).toMatchObject({ code, message: expect.stringContaining(file) })
  expect(readFileSync(file).equals(before)).toBe(true)
  expect(existsSync(join(folder, 'station.holder.json'))).toBe(false)
  expect(thrownBy(() => openStore({ folder, holder: 'a test' }))).toMatchObject({ code })
}
