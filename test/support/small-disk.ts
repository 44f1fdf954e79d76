import { spawnSync } from 'node:child_process'
import { onTestFinished } from 'vitest'
import { findProgram } from './programs.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** A disk of its own in a folder. */
export interface SmallDisk {
  folder: string
  setReadOnly(isReadOnly: boolean): void
}

/** Mounts a disk of so many megabytes until the test is over. Null where this user may not mount one. */
export function mountSmallDisk(megabytes: number): SmallDisk | null {
  const folder = temporaryFolder()
  if (!run('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder)) return null
  onTestFinished(() => void run('umount', '--lazy', folder))
  return {
    folder,
    setReadOnly: (isReadOnly) =>
      void run('mount', '-o', `remount,${isReadOnly ? 'ro' : 'rw'}`, folder),
  }
}

/** False where the program is missing or refuses. */
function run(name: string, ...args: string[]): boolean {
  const program = findProgram(name)
  return program !== null && spawnSync(program, args).status === 0
}
