import { constants } from 'node:fs'
import { access, chown, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { StationError } from '../../../contract/errors.ts'

/** A file of the broker's, as it was read. */
export interface KeptFile {
  /** Links are followed: what they lead to is replaced, and they stay. */
  path: string
  /** One character a byte. */
  text: string
  mode: number
  uid: number
  gid: number
}

/** Throws BROKER_REFUSED where it cannot be read. */
export async function readKept(path: string): Promise<KeptFile> {
  try {
    const real = await realpath(path)
    const { mode, uid, gid } = await stat(real)
    return { path: real, text: await readFile(real, 'latin1'), mode: mode & 0o7777, uid, gid }
  } catch (error) {
    throw trouble('read', path, error)
  }
}

/**
 * Puts a text in the place of what was read, all at once, with the same owner and rights; nothing where it is the
 * same. Throws BROKER_REFUSED where that cannot be, or where somebody wrote to the file since it was read.
 */
export async function replaceKept(file: KeptFile, text: string): Promise<void> {
  if (text === file.text) return
  const unfinished = unfinishedOf(file.path)
  try {
    await writeLike(file, unfinished, text)
    if ((await readFile(file.path, 'latin1')) !== file.text) throw changedMeanwhile(file.path)
    await rename(unfinished, file.path)
    await makeDurable(dirname(file.path))
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => undefined)
    throw error instanceof StationError ? error : trouble('write', file.path, error)
  }
}

/** Why the file could not be replaced, in sentences; nothing is tried. */
export async function whyNotWritable({ path, uid, gid }: KeptFile): Promise<string[]> {
  const folder = dirname(path)
  const isOpen = await access(folder, constants.W_OK).then(
    () => true,
    () => false,
  )
  const isOwn = process.geteuid === undefined || [0, uid].includes(process.geteuid())
  const isGroup = process.getgroups === undefined || isRoot() || process.getgroups().includes(gid)
  return [
    ...(isOpen ? [] : [`Picket may not write to ${folder}, where ${path} is to be replaced.`]),
    ...(isOwn && isGroup
      ? []
      : [
          `${path} belongs to another user, and Picket may not make a file that belongs to that one.`,
        ]),
  ]
}

function isRoot(): boolean {
  return process.geteuid?.() === 0
}

async function writeLike(file: KeptFile, path: string, text: string): Promise<void> {
  const written = await open(path, 'w', 0o600)
  try {
    await written.writeFile(text, 'latin1')
    await chown(path, file.uid, file.gid)
    await written.chmod(file.mode)
    await written.sync()
  } finally {
    await written.close()
  }
}

/** One name, so that what a crash leaves behind is written over by the next attempt. */
function unfinishedOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.picket-unfinished`)
}

async function makeDurable(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function changedMeanwhile(path: string): StationError {
  return new StationError(
    'BROKER_REFUSED',
    `Somebody wrote to ${path} at the same moment, so Picket left it as it is. Try again.`,
  )
}

function trouble(what: 'read' | 'write', path: string, error: unknown): StationError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const reason = reasons[code] ?? String(error)
  return new StationError(
    'BROKER_REFUSED',
    `${path} could not be ${what === 'read' ? 'read' : 'replaced'}: ${reason}. ${
      what === 'read' ? 'Nothing was changed.' : 'It is as it was.'
    }`,
  )
}

const reasons: Record<string, string | undefined> = {
  EACCES: 'Picket has no right to. Give it that right, or run it as a user that has it',
  EPERM: 'Picket has no right to. Give it that right, or run it as a user that has it',
  ENOENT: 'it is not there. Correct its path in the configuration',
  EROFS: 'its file system is read-only',
  ENOSPC: 'the disk is full',
  EBUSY: 'it is a mount of its own, which cannot be replaced as a whole',
}
