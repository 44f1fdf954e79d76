import { open, readdir, stat, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** How far a log was read. It names the file by what it is, not by its name, which changes with rotation. */
export interface LogPosition {
  device: number
  inode: number
  /** Bytes of whole lines that were read. */
  offset: number
  /** The last bytes before the offset, base64: the same inode may belong to another file by now. */
  mark: string
}

/** Bytes of a mark. */
export const markBytes = 64

interface LogFile {
  path: string
  device: number
  inode: number
  size: number
  modifiedAt: number
}

/** What there is to read, oldest first: where to go on, and what is missing before it. */
export interface ReadingPlan {
  files: { path: string; offset: number }[]
  isPartMissing: boolean
}

/**
 * Where to go on with a log after a while: the file of the position, however it is called by now, then what was
 * begun since. Where that file is gone or was written anew, everything in the present one is news.
 */
export async function planReading(path: string, position: LogPosition): Promise<ReadingPlan> {
  const files = await listLogs(path)
  const present = files.find((file) => file.path === path)
  const known = await findFile(files, position)
  if (!known) return { files: [{ path, offset: 0 }], isPartMissing: true }
  const later = laterFiles(files, known, present)
  return {
    files: [
      { path: known.path, offset: position.offset },
      ...later.files.map((file) => ({ path: file.path, offset: 0 })),
    ],
    isPartMissing: later.isPartMissing,
  }
}

/** Files begun after the one that is read, oldest first, the present one last. */
export async function filesAfter(
  path: string,
  known: { device: number; inode: number; modifiedAt: number },
): Promise<{ files: string[]; isPartMissing: boolean }> {
  const files = await listLogs(path)
  const present = files.find((file) => file.path === path)
  const later = laterFiles(files, known, present)
  return { ...later, files: later.files.map((file) => file.path) }
}

function laterFiles(
  files: readonly LogFile[],
  { device, inode, modifiedAt }: Pick<LogFile, 'device' | 'inode' | 'modifiedAt'>,
  present: LogFile | undefined,
): { files: LogFile[]; isPartMissing: boolean } {
  const known = files.find((file) => file.device === device && file.inode === inode)
  if (known && known === present) return { files: [], isPartMissing: false }
  const isLater = (file: LogFile) => (known ? byAge(file, known) > 0 : file.modifiedAt > modifiedAt)
  const between = files.filter((file) => file !== present && isLater(file)).sort(byAge)
  const rotated = between.filter(({ path }) => !isCompressed(path))
  return {
    files: [...rotated, ...(present ? [present] : [])],
    isPartMissing: rotated.length < between.length,
  }
}

/** Oldest first. File systems tell time in steps of some milliseconds; then the higher number is older. */
function byAge(a: LogFile, b: LogFile): number {
  return a.modifiedAt - b.modifiedAt || b.path.localeCompare(a.path, undefined, { numeric: true })
}

async function findFile(
  files: readonly LogFile[],
  position: LogPosition,
): Promise<LogFile | undefined> {
  const { device, inode, offset } = position
  const known = files.find((file) => file.device === device && file.inode === inode)
  if (!known || known.size < offset) return undefined
  const file = await open(known.path, 'r')
  try {
    return (await hasMark(file, position)) ? known : undefined
  } finally {
    await file.close()
  }
}

/** True where the bytes before the offset are still those that were read. */
export async function hasMark(
  file: FileHandle,
  { offset, mark }: Pick<LogPosition, 'offset' | 'mark'>,
): Promise<boolean> {
  const expected = Buffer.from(mark, 'base64')
  const found = Buffer.alloc(expected.length)
  const { bytesRead } = await file.read(found, 0, found.length, offset - expected.length)
  return bytesRead === expected.length && found.equals(expected)
}

/** The log and what rotation made of earlier ones: `mosquitto.log.1`, `mosquitto.log-20261122`, `.gz`. */
async function listLogs(path: string): Promise<LogFile[]> {
  const name = basename(path)
  const folder = dirname(path)
  const names = (await readdir(folder)).filter(
    (each) => each === name || each.startsWith(`${name}.`) || each.startsWith(`${name}-`),
  )
  const found = await Promise.all(names.map((each) => describe(join(folder, each))))
  return found.filter((file) => file !== null)
}

async function describe(path: string): Promise<LogFile | null> {
  try {
    const { dev, ino, size, mtimeMs } = await stat(path)
    return { path, device: dev, inode: ino, size, modifiedAt: mtimeMs }
  } catch {
    // It was renamed or deleted meanwhile.
    return null
  }
}

function isCompressed(path: string): boolean {
  return /\.(gz|xz|bz2|zst|lz4)$/.test(path)
}
