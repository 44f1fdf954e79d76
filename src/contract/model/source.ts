import { z } from 'zod'
import { capability, sourceStatus } from './status.ts'
import { instant } from './time.ts'

export const sourceId = z.string().regex(/^[a-z0-9-]{1,64}$/, '1-64 of a-z 0-9 -')

/** Where a broker listens. A login has fields of its own: in an address it would be shown. */
export const brokerUrl = z
  .string()
  .max(300)
  .regex(/^mqtts?:\/\/[^/@\s]+$/, 'an address such as mqtt://127.0.0.1:1883 or mqtts://broker:8883')

/** A topic one part of which names the device. */
export const deviceTopic = z
  .string()
  .max(500)
  .regex(/^([^{}#+/]+\/)*\{device\}(\/[^{}#+/]+)*(\/#)?$/, 'a topic such as site/{device}/#')

export const systemdUnit = z
  .string()
  .max(256)
  .regex(/^[A-Za-z0-9_@][A-Za-z0-9_@.:-]*$/, 'the name of a systemd unit')

/** What a person writes to connect a broker that is reached over MQTT; nothing in it is secret. */
const linkDraft = {
  id: sourceId,
  url: brokerUrl,
  username: z.string().min(1).max(256).optional(),
  clientId: z.string().min(1).max(128).optional(),
  /**
   * Takes any certificate for the broker's: who decided so, and why, in a person's words. It is kept, and shown
   * wherever the source is.
   */
  trustAnyCertificate: z.object({ reason: z.string().trim().min(5).max(200) }).optional(),
}

const reports = z.boolean().default(true)

/** The sources that can be added while the station runs, as in the configuration file but for files. */
export const sourceDraft = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('mosquitto-log'),
    id: sourceId,
    /** On the station's machine. */
    input: z.discriminatedUnion('kind', [
      z.strictObject({
        kind: z.literal('file'),
        path: z.string().max(1024).regex(/^\//, 'a whole path, which begins with /'),
      }),
      z.strictObject({ kind: z.literal('journal'), unit: systemdUnit }),
    ]),
  }),
  z.strictObject({ kind: z.literal('mosquitto-topics'), ...linkDraft }),
  z.strictObject({ kind: z.literal('emqx'), ...linkDraft, reports }),
  z.strictObject({ kind: z.literal('aws-lifecycle'), ...linkDraft }),
  z.strictObject({
    kind: z.literal('mqtt'),
    ...linkDraft,
    reports,
    deviceTopics: deviceTopic.array().max(50).default([]),
    sparkplug: z.boolean().default(false),
  }),
])
export type SourceDraft = z.infer<typeof sourceDraft>

const secretNames = ['password', 'key', 'cert', 'ca'] as const
export type SecretName = (typeof secretNames)[number]

const pem = (what: string) =>
  z
    .string()
    .max(65_536)
    .regex(/^\s*(?:[^-][^\n]*\n)*-----BEGIN [A-Z0-9 ]+-----/, `${what} as PEM text: -----BEGIN ...`)

/** Secrets go to the station and never come back. Absent: as it is kept. Null: none from now on. */
export const sourceSecrets = z.strictObject({
  password: z.string().min(1).max(4096).nullable().optional(),
  /** The key of the client certificate. */
  key: pem('a private key').nullable().optional(),
  cert: pem('a certificate').nullable().optional(),
  /** The authority that signed the broker's certificate. */
  ca: pem('a certificate').nullable().optional(),
})
export type SourceSecrets = z.infer<typeof sourceSecrets>

/** Which secrets are kept. */
export const secretsSet = z.record(z.enum(secretNames), z.boolean())
export type SecretsSet = z.infer<typeof secretsSet>

/** A source that the station watches. */
export const sourceEntry = z.object({
  status: sourceStatus,
  /** One from the configuration file cannot be changed from the page. */
  origin: z.enum(['file', 'page']),
  /** Without secrets; null where the page has no form for it. */
  draft: sourceDraft.nullable(),
  secretsSet,
  /** Since when any certificate is taken for the broker's; null while it is checked, or where nobody knows. */
  uncheckedSince: instant.nullable(),
})
export type SourceEntry = z.infer<typeof sourceEntry>

/** One thing that the test found. */
const probeFinding = z.object({
  level: z.enum(['good', 'warning', 'problem']),
  /** May quote the broker: show it inert. */
  sentence: z.string(),
})
export type ProbeFinding = z.infer<typeof probeFinding>

/** Lines for somebody to add, and where. */
const probeAdvice = z.object({ title: z.string(), sentence: z.string(), text: z.string() })
export type ProbeAdvice = z.infer<typeof probeAdvice>

/** What the test found, in words. */
export const probeReport = z.object({
  isReached: z.boolean(),
  broker: z.object({
    kind: z.enum(['mosquitto', 'emqx', 'aws', 'unknown']),
    /** As the broker says it: show it inert. */
    version: z.string().nullable(),
  }),
  findings: probeFinding.array(),
  advice: probeAdvice.array(),
  /** What could be measured with what was found; empty where nothing was reached. */
  capabilities: capability.array(),
  tookMs: z.number(),
})
export type ProbeReport = z.infer<typeof probeReport>
