import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { createPrivateFile } from '../store/files.ts'
import { checkpoint, parsedJson, type Checkpoint } from './checkpoint.ts'

/** In the data folder, beside the database, so that who has the database alone cannot shorten the journal unseen. */
export const headFileName = 'journal-head.json'

/** The newest checkpoint; null where there is no such file, or none that can be read. */
export function readHead(folder: string): Checkpoint | null {
  try {
    const head = checkpoint.safeParse(parsedJson(readFileSync(join(folder, headFileName), 'utf8')))
    return head.success ? head.data : null
  } catch {
    return null
  }
}

/** All or nothing, and on the disk when it returns. */
export function writeHead(folder: string, head: Checkpoint): void {
  const file = join(folder, headFileName)
  const unfinished = `${file}.part`
  createPrivateFile(unfinished)
  const descriptor = openSync(unfinished, 'w')
  try {
    writeSync(descriptor, `${JSON.stringify(head)}\n`)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  renameSync(unfinished, file)
}
