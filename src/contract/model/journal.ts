import { z } from 'zod'
import { instant } from './time.ts'

/** What is written into the journal. A kind is never taken off this list: old entries have it. */
export const journalKind = z.enum([
  'station-started',
  'station-stopped',
  /** Settings of the configuration file are not those of the start before. */
  'settings-changed',
  /** A setting was changed while the station ran. */
  'setting-changed',
  'source-added',
  'source-changed',
  'source-removed',
  'history-imported',
  'model-published',
  /** What was learned of some metrics is not calibrated: they keep their earlier model, where they have one. */
  'model-refused',
  'alarm-verified',
  'mitigation-planned',
  'mitigation-acted',
  'mitigation-proved',
  'mitigation-failed',
  'mitigation-released',
  'mitigation-canceled',
  /** The journal is signed by another key from here on. */
  'signing-key-changed',
  /** At its start the station found entries missing that it had signed. */
  'journal-broken',
  /** The signature of all entries up to it. */
  'checkpoint',
])

const detail = z.record(z.string(), z.json())

/** What is to be written down. */
export const journalDraft = z.object({
  kind: journalKind.exclude(['checkpoint']),
  /** Who, in words. */
  by: z.string().min(1).max(128),
  /** Id of the device, alarm or source that it is about. */
  subject: z.string().min(1).max(256).nullable(),
  /** The facts. Never a secret: the journal cannot forget. */
  detail,
})
export type JournalDraft = z.infer<typeof journalDraft>

/** An entry as it is read. Somebody may have tampered with the file: show every text inert. */
export const journalEntry = z.object({
  sequence: z.number().int(),
  at: instant,
  kind: z.string(),
  by: z.string(),
  subject: z.string().nullable(),
  /** Null where what is stored is not an object. */
  detail: detail.nullable(),
  hash: z.string(),
})
export type JournalEntry = z.infer<typeof journalEntry>

/** A public Ed25519 key (RFC 8032) as 64 hex digits. */
export const journalKey = z.string().regex(/^[0-9a-f]{64}$/, '64 hex digits')

/** An entry by its number and hash: with it, everything up to this entry is known. */
export const journalHead = z.object({
  sequence: z.number().int().min(1),
  hash: z.string().regex(/^[0-9a-f]{64}$/, '64 hex digits'),
})
export type JournalHead = z.infer<typeof journalHead>

/** What a check of the whole journal found. */
export const journalVerification = z.object({
  /** No findings. */
  isSound: z.boolean(),
  entries: z.number().int(),
  /** Up to this entry everything is signed; 0 where nothing is. */
  signedThrough: z.number().int(),
  /** The newest entry. */
  head: journalHead.nullable(),
  /** The public keys that signatures were judged by. */
  keys: journalKey.array(),
  /** What is wrong, in sentences; at most twenty. */
  findings: z.string().array(),
  /** What is as it may be and yet should be known. */
  notices: z.string().array(),
})
export type JournalVerification = z.infer<typeof journalVerification>
