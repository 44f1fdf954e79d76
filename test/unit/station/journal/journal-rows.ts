import { createPrivateKey } from 'node:crypto'
import fc from 'fast-check'
import { hashOf, noHash, type JournalRow } from '../../../../src/station/journal/chain.ts'
import {
  checkpointOf,
  entryOf,
  publicKeyOf,
  signCheckpoint,
  type Checkpoint,
} from '../../../../src/station/journal/checkpoint.ts'
import { createVerifier } from '../../../../src/station/journal/verifier.ts'

/** What stands before the 32 secret bytes of an Ed25519 key in PKCS #8 (RFC 8410, section 7). */
const keyPrefix = '302e020100300506032b657004220420'

/** The same key for the same number from 0 to 255, as PEM text. */
export function keyNumber(number: number): string {
  const key = Buffer.concat([Buffer.from(keyPrefix, 'hex'), Buffer.alloc(32, number)])
  const privateKey = createPrivateKey({ key, format: 'der', type: 'pkcs8' })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

export const privateKey = keyNumber(1)
export const publicKey = publicKeyOf(privateKey)

/** A journal whose newest signed entry is the head. */
export interface Journal {
  rows: JournalRow[]
  head: Checkpoint
}

/** What an entry says, or null for a checkpoint in its place. */
type Content = Omit<JournalRow, 'sequence' | 'hash'> | null

const content = fc.record({
  at: fc.nat({ max: 2 ** 41 }),
  kind: fc.constantFrom('alarm-verified', 'source-added', 'station-stopped'),
  by: fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }),
  subject: fc.option(fc.string({ unit: 'binary', minLength: 1, maxLength: 8 })),
  detail: fc
    .dictionary(fc.string(), fc.nat(), { maxKeys: 2 })
    .map((facts) => JSON.stringify(facts)),
})

/** 2 to 24 entries, signed here and there, with or without some at the end that are not signed yet. */
export const journals = fc
  .tuple(
    fc.array(fc.option(content, { freq: 3 }), { maxLength: 20 }),
    content,
    fc.array(content, { maxLength: 2 }),
  )
  .map(([early, entry, unsigned]) => journalOf([...early, entry, null, ...unsigned]))

export function journalOf(contents: readonly Content[], key = privateKey): Journal {
  const rows: JournalRow[] = []
  let head: Checkpoint | null = null
  for (const each of contents) {
    const sequence = rows.length + 1
    const previousHash = rows.at(-1)?.hash ?? noHash
    if (each) {
      rows.push({ ...each, sequence, hash: hashOf({ ...each, sequence }, previousHash) })
      continue
    }
    head = signCheckpoint({ sequence, at: sequence, previousHash }, key)
    rows.push(entryOf(head))
  }
  if (!head) throw new Error('nothing is signed')
  return { rows, head }
}

/** The same entries with hashes that fit, as somebody who knows how they are made would leave them. */
export function withHashesThatFit(rows: readonly JournalRow[]): JournalRow[] {
  const fitting: JournalRow[] = []
  for (const row of rows) {
    const hash = hashOf(row, fitting.at(-1)?.hash ?? noHash)
    fitting.push({ ...row, hash })
  }
  return fitting
}

/**
 * What somebody leaves who has the whole data folder and knows how it is made, but has not the key: numbers, hashes and
 * the head fit, and the signatures are those that were there.
 */
export function forged(rows: readonly JournalRow[]): Journal {
  const fitting = withHashesThatFit(numbered(rows))
  const heads = fitting.map((row, index) =>
    row.kind === 'checkpoint' ? checkpointOf(row, fitting[index - 1]?.hash ?? noHash) : null,
  )
  const head = heads.findLast((each) => each !== null)
  if (!head) throw new Error('nothing is signed')
  return { rows: fitting, head }
}

export function numbered(rows: readonly JournalRow[]): JournalRow[] {
  return rows.map((row, index) => ({ ...row, sequence: index + 1 }))
}

export function verified(
  { rows, head }: { rows: readonly JournalRow[]; head: Checkpoint | null },
  against: Partial<Parameters<typeof createVerifier>[0]> = {},
) {
  const verifier = createVerifier({ head, keys: [publicKey], ...against })
  for (const row of rows) verifier.take(row)
  return verifier.conclude()
}
