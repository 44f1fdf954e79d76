import { journalEntry, type JournalEntry } from '../../contract/model/journal.ts'
import type { ReadHandle } from '../store/handles.ts'
import { listJournalRows } from '../store/journal.ts'
import type { JournalRow } from './chain.ts'
import { parsedJson } from './checkpoint.ts'

/** Newest first. */
export function listEntries(
  read: ReadHandle,
  query: Parameters<typeof listJournalRows>[1],
): JournalEntry[] {
  return listJournalRows(read, query).map(entryOfRow)
}

function entryOfRow(row: JournalRow): JournalEntry {
  const detail = journalEntry.shape.detail.safeParse(parsedJson(row.detail))
  return { ...row, detail: detail.data ?? null }
}
