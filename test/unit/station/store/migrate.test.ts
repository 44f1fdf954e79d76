import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import SqliteDatabase from 'better-sqlite3'
import { describe, expect, onTestFinished, test } from 'vitest'
import { migrate, type Migration, versionOf } from '../../../../src/station/store/migrate.ts'
import { migrations } from '../../../../src/station/store/migrations/all.ts'
import { writeState } from '../../../../src/station/store/state.ts'
import { storeIn, temporaryFolder } from './store-folder.ts'

const newest = migrations.length
const next: Migration = {
  version: newest + 1,
  up: (database) => void database.exec("UPDATE state SET value = value || ' moved'"),
}
const failing: Migration = {
  version: newest + 2,
  up: (database) => void database.exec('INSERT INTO nowhere VALUES (1)'),
}

describe('migrations', () => {
  test('ascend by one', () => {
    expect(migrations.map(({ version }) => version)).toEqual(migrations.map((_, at) => at + 1))
  })

  test('bring an older database up to date and keep a copy of it as it was', () => {
    const { database, folder } = olderDatabase()
    migrate(database, [...migrations, next])
    expect(versionOf(database)).toBe(newest + 1)
    expect(valueIn(database)).toBe('value moved')
    const copy = new SqliteDatabase(join(folder, `picket.db.v${newest}.backup`))
    expect([versionOf(copy), valueIn(copy)]).toEqual([newest, 'value'])
    copy.close()
    expect(statSync(join(folder, `picket.db.v${newest}.backup`)).mode & 0o777).toBe(0o600)
  })

  test('change nothing at all when one of them fails', () => {
    const { database } = olderDatabase()
    expect(() => migrate(database, [...migrations, next, failing])).toThrow(/nowhere/)
    expect([versionOf(database), valueIn(database)]).toEqual([newest, 'value'])
    migrate(database, [...migrations, next])
    expect(valueIn(database)).toBe('value moved')
  })

  test('make no copy where there is nothing to migrate', () => {
    const { database, folder } = olderDatabase()
    migrate(database, migrations)
    expect(readdirSync(folder).filter((name) => name.includes('backup'))).toEqual([])
  })

  test('give alarms of the first version a reason that is not known', () => {
    const database = new SqliteDatabase(join(temporaryFolder(), 'picket.db'))
    onTestFinished(() => void database.close())
    migrate(database, migrations.slice(0, 1))
    database.exec(`
      INSERT INTO alarms VALUES ('a', 'pump', 1, 0, 1, NULL, '{"odds":9}');
      INSERT INTO alarm_states VALUES ('in', '{"state":1,"alarm":{"odds":9}}');
      INSERT INTO alarm_states VALUES ('near', '{"state":1,"alarm":null}');`)
    migrate(database, migrations)
    const all = (sql: string) => database.prepare(sql).pluck().all()
    expect(all('SELECT body FROM alarms')).toEqual(['{"odds":9,"explanation":null}'])
    expect(all('SELECT state FROM alarm_states ORDER BY key')).toEqual([
      '{"state":1,"alarm":{"odds":9,"explanation":null}}',
      '{"state":1,"alarm":null}',
    ])
  })

  test('refuse a database they do not reach', () => {
    const { database } = olderDatabase()
    migrate(database, [...migrations, next])
    expect(() => migrate(database, migrations)).toThrow(/newer version of Picket/)
  })
})

/** A database of today's version that holds something. */
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
