import { chownSync } from 'node:fs'
import { onTestFinished } from 'vitest'

/** A user who may do no more than any other. */
const nobody = 65_534

/**
 * No permission stops root. Where the tests run as root, they go on as somebody else, who owns these paths, until the
 * test is over.
 */
export function giveUpRoot(owned: readonly string[]): void {
  if (process.getuid?.() !== 0) return
  for (const path of owned) chownSync(path, nobody, nobody)
  process.seteuid?.(nobody)
  onTestFinished(() => process.seteuid?.(0))
}
