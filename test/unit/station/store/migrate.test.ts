import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import SqliteDatabase from 'better-sqlite3'
import { describe, expect, onTestFinished, test } from 'vitest'
import { migrate, type Migration, versionOf } from '../../../../src/station/store/migrate.ts'
import { migrations } from '../../../../src/station/store/migrations/all.ts'
import { writeState } from '../../../../src/station/store/state.ts'
import { storeIn, temporaryFolder } from './store-folder.ts'

const second: Migration = {
  version: 2,
  up: (database) => void database.exec("UPDATE state SET value = value || ' moved'"),
}
const failing: Migration = {
  version: 3,
  up: (database) => void database.exec('INSERT INTO nowhere VALUES (1)'),
}

describe('migrations', () => {
  test('ascend by one', () => {
    expect(migrations.map(({ version }) => version)).toEqual(migrations.map((_, at) => at + 1))
  })

  test('bring an older database up to date and keep a copy of it as it was', () => {
    const { database, folder } = olderDatabase()
    migrate(database, [...migrations, second])
    expect(versionOf(database)).toBe(2)
    expect(valueIn(database)).toBe('value moved')
    const copy = new SqliteDatabase(join(folder, 'picket.db.v1.backup'))
    expect([versionOf(copy), valueIn(copy)]).toEqual([1, 'value'])
    copy.close()
    expect(statSync(join(folder, 'picket.db.v1.backup')).mode & 0o777).toBe(0o600)
  })

  test('change nothing at all when one of them fails', () => {
    const { database } = olderDatabase()
    expect(() => migrate(database, [...migrations, second, failing])).toThrow(/nowhere/)
    expect([versionOf(database), valueIn(database)]).toEqual([1, 'value'])
    migrate(database, [...migrations, second])
    expect(valueIn(database)).toBe('value moved')
  })

  test('make no copy where there is nothing to migrate', () => {
    const { database, folder } = olderDatabase()
    migrate(database, migrations)
    expect(readdirSync(folder).filter((name) => name.includes('backup'))).toEqual([])
  })

  test('refuse a database they do not reach', () => {
    const { database } = olderDatabase()
    migrate(database, [...migrations, second])
    expect(() => migrate(database, migrations)).toThrow(/newer version of Picket/)
  })
})

/** A database of version 1 that holds something. */
function olderDatabase(): { database: SqliteDatabase.Database; folder: string } {
  const folder = temporaryFolder()
  const store = storeIn(folder)
  writeState(store.write, 'key', 'value')
  store.close()
  const database = new SqliteDatabase(store.path)
  onTestFinished(() => void database.close())
  return { database, folder }
}

function valueIn(database: SqliteDatabase.Database): unknown {
  return database.prepare("SELECT value FROM state WHERE key = 'key'").pluck().get()
}
