import { renameSync, rmSync } from 'node:fs'
import type SqliteDatabase from 'better-sqlite3'
import { createPrivateFile } from './files.ts'
import { storeError } from './store-error.ts'

type Database = SqliteDatabase.Database

/** One step from the version before to `version`. Runs inside the transaction of all pending steps. */
export interface Migration {
  readonly version: number
  up(database: Database): void
}

/** Marks the file as Picket's: "Pckt". */
const applicationId = 0x50636b74

/**
 * Brings a database to the newest layout: all pending migrations or none. One that holds data is first
 * copied to `<file>.v<version>.backup` beside it. Throws StationError STORE_NEWER or STORE_UNAVAILABLE.
 */
export function migrate(database: Database, migrations: readonly Migration[]): void {
  const version = versionOf(database)
  const newest = migrations.at(-1)?.version ?? 0
  if (version > newest) throw storeError('STORE_NEWER', database.name)
  assertOurs(database, version)
  const pending = migrations.filter((migration) => migration.version > version)
  if (pending.length === 0) return
  if (version > 0) copyBeside(database, version)
  runAll(database, pending)
}

/** The layout's version of an open database, 0 for an empty one. */
export function versionOf(database: Database): number {
  return Number(database.pragma('user_version', { simple: true }))
}

function runAll(database: Database, pending: readonly Migration[]): void {
  database.exec('BEGIN EXCLUSIVE')
  try {
    for (const migration of pending) {
      migration.up(database)
      database.pragma(`user_version = ${migration.version}`)
    }
    database.pragma(`application_id = ${applicationId}`)
    database.exec('COMMIT')
  } catch (error) {
    if (database.inTransaction) database.exec('ROLLBACK')
    throw error
  }
}

/** Another program's database must not be built upon. */
function assertOurs(database: Database, version: number): void {
  const isMarked = database.pragma('application_id', { simple: true }) === applicationId
  const tables = database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get()
  if (isMarked || (version === 0 && tables === 0)) return
  throw storeError('STORE_UNAVAILABLE', database.name, 'another program made it')
}

function copyBeside(database: Database, version: number): void {
  const target = `${database.name}.v${version}.backup`
  const unfinished = `${target}.part`
  rmSync(unfinished, { force: true })
  createPrivateFile(unfinished)
  database.prepare('VACUUM INTO ?').run(unfinished)
  renameSync(unfinished, target)
}
