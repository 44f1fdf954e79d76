import { createHash } from 'node:crypto'

/** An entry of the journal as it is stored. */
export interface JournalRow {
  /** 1 for the first entry; each has the number after the one before. */
  sequence: number
  /** Epoch ms. */
  at: number
  kind: string
  by: string
  subject: string | null
  /** A JSON object: `canonicalJson`. */
  detail: string
  /** 64 hex digits: `hashOf`. */
  hash: string
}

/** Tells these hashes from all others that are made of the same bytes, and from those of a later version. */
const entryDomain = 'picket-journal-entry-1\n'

/** What stands before the first entry in the place of a hash. */
export const noHash = '0'.repeat(64)

/**
 * SHA-256 over the domain, the hash of the entry before (32 bytes) and the entry: a JSON array without spaces of
 * sequence, at, kind, by, subject and the detail's text, in UTF-8. No two entries have the same array.
 */
export function hashOf(entry: Omit<JournalRow, 'hash'>, previousHash: string): string {
  const { sequence, at, kind, by, subject, detail } = entry
  return createHash('sha256')
    .update(entryDomain)
    .update(Buffer.from(previousHash, 'hex'))
    .update(JSON.stringify([sequence, at, kind, by, subject, detail]))
    .digest('hex')
}

/** JSON without spaces whose keys are in order: the same facts are the same text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (isObject(part) ? inOrder(part) : part))
}

function isObject(part: unknown): part is object {
  return typeof part === 'object' && part !== null && !Array.isArray(part)
}

function inOrder(part: object): object {
  return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
}
