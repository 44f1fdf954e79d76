import { join } from 'node:path'
import type { JournalEntry, JournalHead, JournalVerification } from '../contract/model/journal.ts'
import { createSecretsFile } from '../station/host/secrets-file.ts'
import { stationKey } from '../station/journal/journal-key.ts'
import { listEntries } from '../station/journal/list.ts'
import { verifyJournal } from '../station/journal/verify.ts'
import type { ReadHandle } from '../station/store/handles.ts'
import { closeReader, openReader } from '../station/store/open.ts'

/** The journal of a folder on which no station runs. Throws the store's StationErrors. */
export function listFile(
  folder: string,
  query: Parameters<typeof listEntries>[1],
): Promise<JournalEntry[]> {
  return reading(folder, (reader) => listEntries(reader, query))
}

export function verifyFile(
  folder: string,
  { keys, noted }: { keys: string[] | undefined; noted: JournalHead | undefined },
): Promise<JournalVerification> {
  return reading(folder, async (reader) => {
    const own = keys ? null : await keptKey(folder)
    return verifyJournal(reader, { folder, keys: keys ?? (own === null ? null : [own]), noted })
  })
}

/** Null also where the host has sealed it, so that it alone can read it. */
export async function keptKey(folder: string): Promise<string | null> {
  try {
    return await stationKey(createSecretsFile(folder))
  } catch {
    return null
  }
}

async function reading<Answer>(
  folder: string,
  work: (reader: ReadHandle) => Answer | Promise<Answer>,
): Promise<Answer> {
  const reader = openReader(join(folder, 'picket.db'))
  try {
    return await work(reader)
  } finally {
    closeReader(reader)
  }
}
