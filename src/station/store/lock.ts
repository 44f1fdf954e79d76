import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import SqliteDatabase from 'better-sqlite3'
import { z } from 'zod'
import { StationError } from '../../contract/errors.ts'
import { createPrivateFile } from './files.ts'

const lockName = 'station.lock'
const holderName = 'station.holder.json'

const holderFile = z.object({ pid: z.number(), holder: z.string(), startedAt: z.string() })

export interface FolderLock {
  release(): void
}

/**
 * Makes this process the only station of a folder until released. The system drops the lock with the
 * process, however it ends. Throws StationError DATA_FOLDER_HELD, which says who holds it.
 */
export function lockFolder(folder: string, holder: string): FolderLock {
  const file = join(folder, lockName)
  // Never opened by other means while it may be held: closing any descriptor of a file drops all
  // locks this process has on it (fcntl(2)).
  createPrivateFile(file)
  const database = new SqliteDatabase(file, { timeout: 0 })
  try {
    database.exec('BEGIN EXCLUSIVE')
    writeHolder(folder, holder)
  } catch (error) {
    database.close()
    throw isBusy(error) ? heldError(folder) : error
  }
  return heldLock(folder, database)
}

function heldLock(folder: string, database: SqliteDatabase.Database): FolderLock {
  return {
    release() {
      // Once released, the holder file may be another station's.
      if (!database.open) return
      rmSync(join(folder, holderName), { force: true })
      database.close()
    },
  }
}

function writeHolder(folder: string, holder: string): void {
  const file = join(folder, holderName)
  const facts = { pid: process.pid, holder, startedAt: new Date().toISOString() }
  createPrivateFile(file)
  writeFileSync(file, `${JSON.stringify(facts)}\n`)
}

function isBusy(error: unknown): boolean {
  return error instanceof SqliteDatabase.SqliteError && error.code.startsWith('SQLITE_BUSY')
}

function heldError(folder: string): StationError {
  return new StationError(
    'DATA_FOLDER_HELD',
    `The data folder ${folder} is used by ${holderOf(folder)}. Stop that one, or use another folder.`,
  )
}

/** Who wrote the holder file. It is for people only: the lock, not this file, decides. */
function holderOf(folder: string): string {
  try {
    const text = readFileSync(join(folder, holderName), 'utf8')
    const { holder, pid, startedAt } = holderFile.parse(JSON.parse(text))
    return `${holder} (process ${pid}, since ${startedAt})`
  } catch {
    return 'another station'
  }
}
