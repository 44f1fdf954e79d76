import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readSync,
  statSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import SqliteDatabase from 'better-sqlite3'
import { createPrivateFile, walOf } from './files.ts'
import type { ReadHandle, WriteHandle } from './handles.ts'
import { lockFolder } from './lock.ts'
import { migrate, versionOf } from './migrate.ts'
import { migrations } from './migrations/all.ts'
import { storeError, storeErrorOf } from './store-error.ts'

/** A data folder's open database. The read handle is a connection of its own. */
export interface Store {
  read: ReadHandle
  write: WriteHandle
  /** The database file. */
  path: string
  /** Closes the database and lets another station use the folder. */
  close(): void
}

export interface StoreOptions {
  /** Made with its parents, readable by its owner only, when it does not exist. */
  folder: string
  /** Who uses it, for the refusal another station gets: `picket serve`. */
  holder: string
  /** Largest size of the database in pages of 4,096 bytes. For tests of a full disk. */
  maxPages?: number
}

const fileName = 'picket.db'
const busyTimeoutMs = 5_000
/** A structural check of a file this small takes well under a second. */
const checkedAtOpenBytes = 64 * 1024 * 1024

/**
 * Opens a data folder's database, made or migrated where needed, for this process alone.
 * Throws StationError STORE_NEWER, STORE_CORRUPT, STORE_READ_ONLY, STORE_FULL, STORE_UNAVAILABLE or
 * DATA_FOLDER_HELD, whose sentence names the folder or file and what to do. Nothing stays open then.
 */
export function openStore(options: StoreOptions): Store {
  return explained(options.folder, () => {
    makeFolder(resolve(options.folder))
    accessSync(options.folder, constants.W_OK | constants.X_OK)
    const lock = lockFolder(options.folder, options.holder)
    try {
      return storeOf(options, lock.release)
    } catch (error) {
      lock.release()
      throw error
    }
  })
}

/** A read-only connection of one's own to an open store's database, for another thread or process. */
export function openReader(path: string): ReadHandle {
  return explained(path, () => ({ database: readerOf(path), access: 'read' }))
}

export function closeReader(handle: ReadHandle): void {
  handle.database.close()
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch (error) {
    // Node reports a read-only file system as a missing folder; asking for the parent tells them apart.
    accessSync(nearestExisting(folder), constants.W_OK)
    throw error
  }
}

function nearestExisting(folder: string): string {
  return existsSync(folder) ? folder : nearestExisting(dirname(folder))
}

function storeOf(options: StoreOptions, release: () => void): Store {
  const path = join(options.folder, fileName)
  const writer = explained(path, () => writerOf(path, options.maxPages))
  const reader = explained(path, () => readerBeside(writer))
  return {
    read: { database: reader, access: 'read' },
    write: { database: writer, access: 'write' },
    path,
    close() {
      reader.close()
      writer.close()
      release()
    },
  }
}

function writerOf(path: string, maxPages: number | undefined): SqliteDatabase.Database {
  assertUsable(path)
  createPrivateFile(path)
  const database = new SqliteDatabase(path, { timeout: busyTimeoutMs })
  try {
    assertSound(database)
    configure(database, maxPages)
    migrate(database, migrations)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function configure(database: SqliteDatabase.Database, maxPages: number | undefined): void {
  // The first three count only while the file is empty.
  database.pragma('page_size = 4096')
  database.pragma('auto_vacuum = INCREMENTAL')
  database.pragma('journal_mode = WAL')
  // What was acknowledged survives a power failure.
  database.pragma('synchronous = FULL')
  database.pragma('foreign_keys = ON')
  database.pragma('cache_size = -16000')
  if (maxPages !== undefined) database.pragma(`max_page_count = ${maxPages}`)
}

function readerBeside(writer: SqliteDatabase.Database): SqliteDatabase.Database {
  try {
    return readerOf(writer.name)
  } catch (error) {
    writer.close()
    throw error
  }
}

function readerOf(path: string): SqliteDatabase.Database {
  const database = new SqliteDatabase(path, {
    readonly: true,
    fileMustExist: true,
    timeout: busyTimeoutMs,
  })
  database.pragma('cache_size = -16000')
  return database
}

/** Refuses a file that is no database or a newer one, before anything could change it. */
function assertUsable(path: string): void {
  if (!existsSync(path) || statSync(path).size === 0) return
  const header = headerOf(path)
  if (!header.toString('latin1', 0, 16).startsWith('SQLite format 3\0')) {
    throw storeError('STORE_CORRUPT', path, 'it is not a database')
  }
  if (newestVersion(path, header) > (migrations.at(-1)?.version ?? 0)) {
    throw storeError('STORE_NEWER', path)
  }
}

/** The version in the header, or in what was written after it and is not yet in the file. */
function newestVersion(path: string, header: Buffer): number {
  if (!existsSync(walOf(path)) || statSync(walOf(path)).size === 0) return header.readUInt32BE(60)
  const reader = readerOf(path)
  try {
    return versionOf(reader)
  } finally {
    reader.close()
  }
}

/** The first 100 bytes of a database file (https://www.sqlite.org/fileformat.html#the_database_header). */
function headerOf(path: string): Buffer {
  const header = Buffer.alloc(100)
  const descriptor = openSync(path, 'r')
  try {
    readSync(descriptor, header, 0, header.length, 0)
  } finally {
    closeSync(descriptor)
  }
  return header
}

/** Reads the tables' definitions and, where it is quick, every page. */
function assertSound(database: SqliteDatabase.Database): void {
  database.prepare('SELECT count(*) FROM sqlite_schema').get()
  if (statSync(database.name).size > checkedAtOpenBytes) return
  const finding = database.pragma('quick_check(1)', { simple: true })
  if (finding !== 'ok') throw storeError('STORE_CORRUPT', database.name, String(finding))
}

function explained<T>(file: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw storeErrorOf(error, file) ?? error
  }
}
