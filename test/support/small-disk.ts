import { spawnSync } from 'node:child_process'
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { findProgram } from './programs.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** A disk of its own in a folder. */
export interface SmallDisk {
  folder: string
  /** Takes all room that is left. */
  fill(): void
  /** Gives that room back. */
  makeRoom(): void
  setReadOnly(isReadOnly: boolean): void
}

const ballastName = 'ballast'

/** Mounts a disk of so many megabytes until the test is over. Null where this user may not mount one. */
export function mountSmallDisk(megabytes: number): SmallDisk | null {
  const folder = temporaryFolder()
  if (!run('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder)) return null
  onTestFinished(() => void run('umount', '--lazy', folder))
  const ballast = join(folder, ballastName)
  return {
    folder,
    fill: () => fillWith(ballast),
    makeRoom: () => rmSync(ballast),
    setReadOnly: (isReadOnly) =>
      void run('mount', '-o', `remount,${isReadOnly ? 'ro' : 'rw'}`, folder),
  }
}

/** False where the program is missing or refuses. */
function run(name: string, ...args: string[]): boolean {
  const program = findProgram(name)
  return program !== null && spawnSync(program, args).status === 0
}

function fillWith(file: string): void {
  const descriptor = openSync(file, 'a')
  try {
    for (const bytes of [65_536, 4096, 1]) while (hasRoomFor(descriptor, bytes));
  } finally {
    closeSync(descriptor)
  }
}

function hasRoomFor(descriptor: number, bytes: number): boolean {
  try {
    return writeSync(descriptor, Buffer.alloc(bytes)) > 0
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false
    throw error
  }
}
