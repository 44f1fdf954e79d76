import type { JournalHead, JournalVerification } from '../../contract/model/journal.ts'
import type { Core } from '../core.ts'
import { stationKey } from '../journal/journal-key.ts'
import { verifyJournal } from '../journal/verify.ts'

export async function checkJournal(
  { store, settings, ports }: Core,
  { keys, noted }: { keys?: string[] | undefined; noted?: JournalHead | undefined },
): Promise<JournalVerification> {
  const own = keys ? null : await stationKey(ports.secrets)
  const known = keys ?? (own === null ? null : [own])
  return verifyJournal(store.read, { folder: settings.data, keys: known, noted })
}

export async function getJournalKey({ ports }: Core): Promise<{ key: string | null }> {
  return { key: await stationKey(ports.secrets) }
}
