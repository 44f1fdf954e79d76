import { z } from 'zod'
import { deviceId } from './device.ts'
import { metricId } from './metric.ts'
import { instant } from './time.ts'

/** Why an input from outside was refused. Each is counted by source and device. */
export const rejectionReason = z.enum([
  'malformed',
  'wrong-type',
  'oversized',
  'duplicate',
  'too-frequent',
  'spoofed',
  'bad-device-name',
  'bad-metric-name',
  'too-many-devices',
  'too-many-metrics',
  'too-late',
  'ahead-of-clock',
  'store-unavailable',
  'overload',
  'unsupported-protocol',
])
export type RejectionReason = z.infer<typeof rejectionReason>

export const rejection = z.object({
  sourceId: z.string(),
  /** Null where the input names no usable device. */
  deviceId: deviceId.nullable(),
  reason: rejectionReason,
  count: z.number().int(),
  firstAt: instant,
  lastAt: instant,
  /** What was wrong with the last one, in a sentence. May quote hostile text: show it inert. */
  lastDetail: z.string(),
})
export type Rejection = z.infer<typeof rejection>

/** What a source can say about a metric. Not measurable is never zero. */
export const capability = z.object({
  metricId,
  level: z.enum(['observed', 'partial', 'not-measurable']),
  reason: z.string(),
})
export type Capability = z.infer<typeof capability>

export const sourceStatus = z.object({
  id: z.string(),
  kind: z.enum([
    'embedded-broker',
    'mqtt',
    'emqx',
    'aws-lifecycle',
    'mosquitto-log',
    'mosquitto-topics',
    'history',
  ]),
  address: z.string(),
  state: z.enum(['connecting', 'connected', 'disconnected', 'stopped']),
  since: instant,
  /** What the state means and what to do, in a sentence. */
  sentence: z.string(),
  lastMessageAt: instant.nullable(),
  messages: z.number().int(),
  reportsAccepted: z.number().int(),
  rejected: z.number().int(),
  capabilities: capability.array(),
  /** What it saw that is no metric of a device, in sentences. */
  notices: z.string().array(),
})
export type SourceStatus = z.infer<typeof sourceStatus>

export const storeStatus = z.object({
  state: z.enum(['ok', 'newer', 'corrupt', 'read-only', 'full', 'unavailable']),
  sentence: z.string(),
  path: z.string(),
  bytes: z.number().int(),
  datapoints: z.number().int(),
  oldestAt: instant.nullable(),
  retentionDays: z.number().int(),
})
export type StoreStatus = z.infer<typeof storeStatus>

export const engineStatus = z.object({
  state: z.enum(['starting', 'up', 'down']),
  since: instant,
  restarts: z.number().int(),
  sentence: z.string(),
})
export type EngineStatus = z.infer<typeof engineStatus>

export const trainingStatus = z.object({
  state: z.enum(['collecting', 'training', 'trained', 'failed']),
  sentence: z.string(),
  /** 0..1 of the job under way, or of the datapoints to collect before the first. */
  progress: z.number().min(0).max(1),
  trainedAt: instant.nullable(),
  /** How long the last job took, milliseconds. */
  tookMs: z.number().nullable(),
})
export type TrainingStatus = z.infer<typeof trainingStatus>

/** History being read in. */
export const importStatus = z.object({
  label: z.string(),
  done: z.number().int(),
  total: z.number().int(),
  datapointsPerSecond: z.number(),
  remainingMs: z.number().nullable(),
})
export type ImportStatus = z.infer<typeof importStatus>

export const systemStatus = z.object({
  version: z.string(),
  siteName: z.string(),
  /** The station's own clock: ages are reckoned against this, not the viewer's clock. */
  now: instant,
  /** Seconds of station time in a real second: 1 but in a demo or rehearsal. */
  clockSpeed: z.number(),
  startedAt: instant,
  /** Start of the last slot in which anything was measured. */
  lastDatapointAt: instant.nullable(),
  devices: z.object({ total: z.number().int(), reporting: z.number().int() }),
  alarms: z.object({ active: z.number().int(), suppressed: z.number().int() }),
  rejected: z.number().int(),
  store: storeStatus,
  engine: engineStatus,
  training: trainingStatus,
  import: importStatus.nullable(),
  sources: sourceStatus.array(),
  /** Since when Picket listens only: it answers no report and tests nothing. Null: it does not. */
  listenOnlySince: instant.nullable(),
  /** Times at which the machine's clock was found to have jumped, newest last. */
  clockJumps: z.array(z.object({ at: instant, byMs: z.number() })),
})
export type SystemStatus = z.infer<typeof systemStatus>
