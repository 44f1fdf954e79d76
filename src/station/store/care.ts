import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import SqliteDatabase from 'better-sqlite3'
import { StationError } from '../../contract/errors.ts'
import { damagedBlocks } from './blocks.ts'
import { createPrivateFile } from './files.ts'
import type { ReadHandle, WriteHandle } from './handles.ts'
import { closeReader, openReader } from './open.ts'
import { storeErrorOf } from './store-error.ts'

export interface Integrity {
  isSound: boolean
  /** What is damaged, in sentences; at most a hundred. */
  findings: string[]
}

const mostFindings = 100
/** One megabyte: a few milliseconds of work between which others get their turn. */
const backupStepPages = 256
/** Two megabytes given back to the disk in a call. */
const releasedPages = 512

/** Reads the whole database: SQLite's own check, then every block of datapoints. May take minutes. */
export function checkIntegrity(handle: ReadHandle): Integrity {
  const checks = [pageFindings, blockFindings]
  const findings = checks.flatMap((check) => findingsOf(handle, check)).slice(0, mostFindings)
  return { isSound: findings.length === 0, findings }
}

/**
 * Copies the database as it is now to a new file, which gets its name only when it was found sound.
 * Others go on reading and writing meanwhile. Throws StationError BACKUP_FAILED.
 */
export async function backup(handle: ReadHandle, target: string): Promise<{ bytes: number }> {
  const unfinished = `${target}.part`
  const taken = [target, unfinished].find((file) => existsSync(file))
  if (taken) throw backupError(target, `the file ${taken} exists`)
  try {
    createPrivateFile(unfinished)
    await copyInto(handle.database.name, unfinished)
    assertCopyIsSound(unfinished)
    syncToDisk(unfinished)
    renameSync(unfinished, target)
    return { bytes: statSync(target).size }
  } catch (error) {
    rmSync(unfinished, { force: true })
    throw backupError(target, error instanceof Error ? error.message : String(error))
  }
}

/**
 * For idle times: gives unused pages back to the disk, some at a time, and empties the write-ahead log.
 * @returns how many pages it gave back; 0 when there are none left
 */
export function checkpoint(handle: WriteHandle): number {
  const { database } = handle
  const unused = () => Number(database.pragma('freelist_count', { simple: true }))
  const before = unused()
  const timeout = Number(database.pragma('busy_timeout', { simple: true }))
  database.pragma(`incremental_vacuum(${releasedPages})`)
  // While a backup or a training reads, the log stays; waiting for them would stop the station.
  database.pragma('busy_timeout = 0')
  database.pragma('wal_checkpoint(TRUNCATE)')
  database.pragma(`busy_timeout = ${timeout}`)
  return before - unused()
}

/** The first findings of a check; damage that stops it is one too. */
function findingsOf(
  handle: ReadHandle,
  check: (handle: ReadHandle) => Generator<string>,
): string[] {
  const findings: string[] = []
  try {
    for (const finding of check(handle)) {
      findings.push(finding)
      if (findings.length === mostFindings) break
    }
  } catch (error) {
    const known = storeErrorOf(error, handle.database.name)
    if (!known) throw error
    findings.push(known.message)
  }
  return findings
}

function* pageFindings({ database }: ReadHandle): Generator<string> {
  const rows = database.prepare<[], string>(`PRAGMA integrity_check(${mostFindings})`).pluck().all()
  for (const finding of rows) if (finding !== 'ok') yield finding
}

function* blockFindings(handle: ReadHandle): Generator<string> {
  for (const { id, finding } of damagedBlocks(handle)) {
    yield `Day ${id.day} of series ${id.seriesId}: ${finding}`
  }
}

/**
 * A connection of its own holds one state of the database during the copy. Otherwise every write of
 * another connection would start it anew (https://www.sqlite.org/c3ref/backup_finish.html).
 */
async function copyInto(path: string, target: string): Promise<void> {
  const reader = openReader(path)
  try {
    reader.database.exec('BEGIN; SELECT count(*) FROM sqlite_schema')
    await reader.database.backup(target, { progress: () => backupStepPages })
  } finally {
    closeReader(reader)
  }
}

function assertCopyIsSound(file: string): void {
  const copy = new SqliteDatabase(file, { fileMustExist: true })
  try {
    // A single file, with no log beside it, can be carried away.
    copy.pragma('journal_mode = DELETE')
    const finding = copy.pragma('quick_check(1)', { simple: true })
    if (finding !== 'ok') throw new Error(`the copy is damaged: ${String(finding)}`)
  } finally {
    copy.close()
  }
}

function syncToDisk(file: string): void {
  const descriptor = openSync(file, 'r+')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function backupError(target: string, cause: string): StationError {
  return new StationError(
    'BACKUP_FAILED',
    `The backup could not be written to ${target}: ${cause}. The database itself is unharmed. Choose another place and try again.`,
  )
}
