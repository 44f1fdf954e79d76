import { createHash } from 'node:crypto'
import { journalDraft, type JournalDraft } from '../../contract/model/journal.ts'
import type { Core } from '../core.ts'
import { insertJournalRow, readLastJournalRow } from '../store/journal.ts'
import { canonicalJson, hashOf, noHash, type JournalRow } from './chain.ts'

/** Who did it, where nobody in particular is known: whoever may use the page or the command line. */
export const byAnalyst = 'an analyst'

export const byStation = 'the station'

/** Of one entry's detail, as UTF-8. */
const mostDetailBytes = 16_384

/**
 * Writes down that something was done. Call it in the transaction that does it: both are kept or neither is. Throws
 * what the store throws, and a ZodError for a draft that is not one.
 */
export function appendToJournal(
  { store: { write }, clock }: Pick<Core, 'store' | 'clock'>,
  draft: JournalDraft,
): JournalRow {
  const { kind, by, subject, detail } = journalDraft.parse(draft)
  const last = readLastJournalRow(write)
  const entry = {
    sequence: (last?.sequence ?? 0) + 1,
    at: clock.now(),
    kind,
    // Half a surrogate pair would not come back from the database as it was hashed.
    by: by.toWellFormed(),
    subject: subject?.toWellFormed() ?? null,
    detail: withinSize(canonicalJson(detail)),
  }
  const row = { ...entry, hash: hashOf(entry, last?.hash ?? noHash) }
  insertJournalRow(write, row)
  return row
}

/** Nothing may fail because there is much to tell of it; the hash still proves what it was. */
function withinSize(text: string): string {
  const bytes = Buffer.byteLength(text)
  if (bytes <= mostDetailBytes) return text
  return canonicalJson({
    omittedBytes: bytes,
    sha256: createHash('sha256').update(text).digest('hex'),
  })
}
