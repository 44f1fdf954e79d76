import type { Secrets } from '../ports.ts'
import type { ReadHandle } from '../store/handles.ts'
import { readLastCheckpointRow } from '../store/journal.ts'
import { checkpoint, parsedJson, publicKeyOf } from './checkpoint.ts'

/** Where the host keeps the private key. */
export const journalKeyName = 'journal/signing-key'

/** The station's public key; null before it has one. Throws SECRETS_UNAVAILABLE. */
export async function stationKey(secrets: Secrets): Promise<string | null> {
  const privateKey = await secrets.get(journalKeyName)
  return privateKey === null ? null : publicKeyOf(privateKey)
}

/** The key of the newest checkpoint; null where there is none. */
export function lastSigner(handle: ReadHandle): string | null {
  const row = readLastCheckpointRow(handle)
  const signed = checkpoint.pick({ key: true }).safeParse(row && parsedJson(row.detail))
  return signed.data?.key ?? null
}
