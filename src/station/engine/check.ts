import { checkIntegrity } from '../store/care.ts'
import { closeReader, openReader } from '../store/open.ts'
import type { Soundness } from './protocol.ts'

/** Reads the whole database through a connection of its own. */
export function check(databasePath: string): Soundness {
  const reader = openReader(databasePath)
  try {
    return checkIntegrity(reader)
  } finally {
    closeReader(reader)
  }
}
