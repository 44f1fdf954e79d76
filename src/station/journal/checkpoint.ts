import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto'
import { z } from 'zod'
import { journalKey } from '../../contract/model/journal.ts'
import { instant } from '../../contract/model/time.ts'
import { byStation } from './append.ts'
import { canonicalJson, hashOf, type JournalRow } from './chain.ts'

/** The station's word that the journal up to here is as it was written. An entry of the journal itself. */
export const checkpoint = z.object({
  /** Its own number in the journal. */
  sequence: z.number().int().min(1),
  at: instant,
  previousHash: z.string().regex(/^[0-9a-f]{64}$/),
  /** The public key that made the signature. */
  key: journalKey,
  signature: z.string().regex(/^[0-9a-f]{128}$/),
})
export type Checkpoint = z.infer<typeof checkpoint>

const signed = checkpoint.pick({ key: true, signature: true })

/** Keeps these signatures from being taken for any others of the same key. */
const checkpointDomain = 'picket-journal-checkpoint-1\n'

/** A new private key, as PEM text. */
export function makeKey(): string {
  const { privateKey } = generateKeyPairSync('ed25519')
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** The public part of a private key, as 64 hex digits. Throws where the text is no Ed25519 key. */
export function publicKeyOf(privateKey: string): string {
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' })
  return journalKey.parse(Buffer.from(x ?? '', 'base64url').toString('hex'))
}

/** Ed25519 (RFC 8032) over the domain and a JSON array without spaces of all fields but the signature. */
export function signCheckpoint(
  fields: Pick<Checkpoint, 'sequence' | 'at' | 'previousHash'>,
  privateKey: string,
): Checkpoint {
  const unsigned = { ...fields, key: publicKeyOf(privateKey) }
  const signature = sign(null, messageOf(unsigned), createPrivateKey(privateKey)).toString('hex')
  return { ...unsigned, signature }
}

export function isSignatureGood(checkpoint: Checkpoint): boolean {
  const key = createPublicKey({ key: jwkOf(checkpoint.key), format: 'jwk' })
  return verify(null, messageOf(checkpoint), key, Buffer.from(checkpoint.signature, 'hex'))
}

/** The public key as PEM text, for other programs. */
export function pemOf(key: string): string {
  const known = createPublicKey({ key: jwkOf(key), format: 'jwk' })
  return known.export({ type: 'spki', format: 'pem' }).toString()
}

/** The one entry that this checkpoint may stand in. */
export function entryOf({ sequence, at, previousHash, key, signature }: Checkpoint): JournalRow {
  const detail = canonicalJson({ key, signature })
  const entry = { sequence, at, kind: 'checkpoint', by: byStation, subject: null, detail }
  return { ...entry, hash: hashOf(entry, previousHash) }
}

/** The checkpoint in an entry; null where there is none that could be checked. */
export function checkpointOf(row: JournalRow, previousHash: string): Checkpoint | null {
  const parsed = signed.safeParse(parsedJson(row.detail))
  if (!parsed.success) return null
  return checkpoint.safeParse({ ...row, previousHash, ...parsed.data }).data ?? null
}

function messageOf({ sequence, at, previousHash, key }: Omit<Checkpoint, 'signature'>): Buffer {
  return Buffer.from(checkpointDomain + JSON.stringify([sequence, at, previousHash, key]))
}

function jwkOf(key: string) {
  return { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(key, 'hex').toString('base64url') }
}

/** Null where the text is not JSON. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
