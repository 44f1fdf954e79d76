import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Debian keeps servers here, which is not on every user's PATH. */
const serverFolders = ['/usr/sbin', '/usr/local/sbin']

/** The path of a program, or null where it is not installed. */
export function findProgram(name: string): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...serverFolders]
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null
}
