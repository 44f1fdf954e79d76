import { accessSync, constants } from 'node:fs'
import { dirname } from 'node:path'
import SqliteDatabase from 'better-sqlite3'
import { type ErrorCode, StationError } from '../../contract/errors.ts'

type StoreCode = Extract<ErrorCode, `STORE_${string}`>

/** Begins a sentence where the file is not known. */
const unnamed = 'The database'

const codesByPrefix: readonly (readonly [prefix: string, code: StoreCode])[] = [
  ['SQLITE_FULL', 'STORE_FULL'],
  // The shared memory file could not grow: a full disk as it looks while opening.
  ['SQLITE_IOERR_SHMSIZE', 'STORE_FULL'],
  ['SQLITE_CORRUPT', 'STORE_CORRUPT'],
  ['SQLITE_NOTADB', 'STORE_CORRUPT'],
  ['SQLITE_READONLY', 'STORE_READ_ONLY'],
  ['SQLITE_PERM', 'STORE_READ_ONLY'],
  ['SQLITE_', 'STORE_UNAVAILABLE'],
]

const codesByErrno: Readonly<Record<string, StoreCode>> = {
  ENOSPC: 'STORE_FULL',
  EDQUOT: 'STORE_FULL',
  EACCES: 'STORE_READ_ONLY',
  EPERM: 'STORE_READ_ONLY',
  EROFS: 'STORE_READ_ONLY',
}

const sentences: Readonly<Record<StoreCode, (file: string, cause: string) => string>> = {
  STORE_FULL: (file) =>
    `${file} cannot grow because its disk is full. Stored data are safe; make room, and new reports are kept again.`,
  STORE_CORRUPT: (file, cause) =>
    `${file} is damaged (${cause}). It was left as it is. Restore a backup in its place, or use another data folder.`,
  STORE_READ_ONLY: (file) =>
    `${file} cannot be written to, so nothing would be kept. Correct the permissions of the folder and its files, or use another data folder.`,
  STORE_NEWER: (file) =>
    `${file} was written by a newer version of Picket. It was left untouched. Start that version, or use another data folder.`,
  STORE_UNAVAILABLE: (file, cause) =>
    `${file} cannot be used: ${cause}. Correct that and start the station again.`,
}

/** An error about the store with the sentence for its code. `file` is what the sentence names. */
export function storeError(code: StoreCode, file: string, cause = ''): StationError {
  return new StationError(code, sentences[code](file, cause))
}

/**
 * What an error thrown by the store means, or null when it is not about the store. `file` is the database
 * file or data folder its sentence shall name.
 */
export function storeErrorOf(error: unknown, file = unnamed): StationError | null {
  if (error instanceof StationError) return isAboutStore(error.code) ? error : null
  if (error instanceof SqliteDatabase.SqliteError) {
    return storeError(codeOfSqlite(error.code, file), file, error.message)
  }
  const code = codesByErrno[errnoOf(error)]
  if (code) return storeError(code, file)
  return errnoOf(error) === '' ? null : storeError('STORE_UNAVAILABLE', file, String(error))
}

function isAboutStore(code: ErrorCode): boolean {
  return code.startsWith('STORE_') || code === 'DATA_FOLDER_HELD'
}

function codeOfSqlite(sqliteCode: string, file: string): StoreCode {
  // SQLite says only that it cannot open a file; whether that is a matter of permissions, the folder tells.
  if (sqliteCode.startsWith('SQLITE_CANTOPEN') && file !== unnamed && !isWritable(dirname(file))) {
    return 'STORE_READ_ONLY'
  }
  const found = codesByPrefix.find(([prefix]) => sqliteCode.startsWith(prefix))
  return found?.[1] ?? 'STORE_UNAVAILABLE'
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** The system's code of an error of a file operation (`ENOSPC`), or ''. */
function errnoOf(error: unknown): string {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return ''
  return typeof error.code === 'string' ? error.code : ''
}
