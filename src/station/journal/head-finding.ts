import { entryOf, isSignatureGood, type Checkpoint } from './checkpoint.ts'
import { headFileName } from './head-file.ts'

/** The end of the journal, as the database has it. */
interface JournalEnd {
  last: { sequence: number; hash: string }
  /** Number of the last checkpoint; 0 where there is none. */
  checkpointed: number
  /** Of the head's entry at least, where there is one of its number. */
  hashes: ReadonlyMap<number, string>
  /** Whose signature counts; none: any. */
  keys: readonly string[]
}

/** What the head says against the database, in a sentence; null where they agree. */
export function headFinding(head: Checkpoint | null, end: JournalEnd): string | null {
  const { last, checkpointed, keys } = end
  if (!head) return checkpointed > 0 ? missing : null
  const { sequence, key, previousHash } = head
  if (!isSignatureGood(head)) return `The signature in ${headFileName} is not good.`
  if (keys.length > 0 && !keys.includes(key)) {
    return `${headFileName} is signed by another key, ${key}.`
  }
  if (end.hashes.get(sequence) === entryOf(head).hash) return null
  // Picket ended after it had written the head and before the database had it.
  if (sequence === last.sequence + 1 && previousHash === last.hash) return null
  const at = new Date(head.at).toISOString()
  return sequence > last.sequence
    ? `Entries after ${last.sequence} are missing: at ${at} there were ${sequence}. Somebody shortened the journal, or an older database was put back.`
    : `Entry ${sequence} is not the one that was signed at ${at}.`
}

const missing = `${headFileName} is missing or cannot be read, so nobody can tell whether the newest entries were taken away.`
