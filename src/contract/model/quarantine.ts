import { z } from 'zod'
import { violationId } from './alarm.ts'
import { deviceId } from './device.ts'
import { isolationId } from './isolation-id.ts'
import { sourceId } from './source.ts'
import { instant } from './time.ts'

/** Who did something, as they call themselves. Picket's own deeds are by `Picket`. */
export const person = z
  .string()
  .trim()
  .min(1)
  .max(128)
  .refine((name) => !/[\u0000-\u001f\u007f-\u009f]/.test(name), 'no control characters')

export const quarantineReason = z.string().trim().min(3).max(1000)

export const releaseAfterMinutes = z.number().int().min(1).max(525_600)

/** What takes a device off a broker. `ticket`: a person does, by what Picket writes down. */
export const controllerKind = z.enum([
  'embedded-broker',
  'mosquitto-dynamic-security',
  'mosquitto-files',
  'emqx',
  'ticket',
])
export type ControllerKind = z.infer<typeof controllerKind>

/** What a controller can promise, or cannot. */
export const guarantee = z.object({ holds: z.boolean(), sentence: z.string() })
export type Guarantee = z.infer<typeof guarantee>

/** A broker's control, as the page lists it. */
export const controllerEntry = z.object({
  sourceId,
  kind: controllerKind,
  address: z.string(),
  guarantees: guarantee.array(),
})
export type ControllerEntry = z.infer<typeof controllerEntry>

/** One thing that will be done: in words, and exactly (a command, a request, a change of a file). */
export const quarantineCall = z.object({ sentence: z.string(), exact: z.string() })
export type QuarantineCall = z.infer<typeof quarantineCall>

/** Who listens to what the device publishes, and so loses data. */
export const dataLoser = z.object({ client: z.string(), filter: z.string() })
export type DataLoser = z.infer<typeof dataLoser>

/** What isolating a device means at one broker. Nothing was changed to find it out. */
export const brokerPlan = z.object({
  ...controllerEntry.shape,
  /** What is blocked there, in words: `the user name pump-7`. */
  identity: z.string(),
  calls: quarantineCall.array(),
  /** How it is undone. */
  undo: quarantineCall.array(),
  /** What is kept so that it can be undone, in sentences. */
  recorded: z.string().array(),
  /** Others that share the identity and go with it. */
  shares: z.string().array(),
  /** Null: this broker does not tell. */
  losers: dataLoser.array().nullable(),
  /** What is lost for good, in sentences. */
  losses: z.string().array(),
  /** Why it must not be done; empty: it may. */
  forbidden: z.string().array(),
})
export type BrokerPlan = z.infer<typeof brokerPlan>

/** A dry run. */
export const quarantinePlan = z.object({
  deviceId,
  plannedAt: instant,
  /** Of all that is in it: what is done later must be what was shown. */
  digest: z.string(),
  brokers: brokerPlan.array().min(1),
  /** Why it must not be done, whatever the broker. */
  forbidden: z.string().array(),
  /** A second person must agree with a PIN. */
  needsApproval: z.boolean(),
})
export type QuarantinePlan = z.infer<typeof quarantinePlan>

/** How Picket knows, or does not, that a device is isolated, or back. */
export const quarantineProof = z.object({
  /** `unproven`: no source sees this device's messages. */
  state: z.enum(['watching', 'isolated', 'not-isolated', 'back', 'not-back', 'unproven']),
  /** `isolated: 0 messages in 60 s, 14 refused attempts`, or what to do. */
  sentence: z.string(),
  /** Since when it was watched. */
  since: instant,
  checkedAt: instant,
  /** Messages of the device that the broker took since; null: cannot be seen. */
  messages: z.number().int().nullable(),
  /** Connections and publishes that the broker refused since; null: cannot be seen. */
  refusedAttempts: z.number().int().nullable(),
  /** What the broker itself says, read back. */
  readBack: z.string(),
})
export type QuarantineProof = z.infer<typeof quarantineProof>

/**
 * `failed`: it could not be done and was undone. `changed`: the broker's state is not what the isolation left, so
 * a person must say how to release. Released and failed ones are history.
 */
export const isolationState = z.enum([
  'isolating',
  'isolated',
  'releasing',
  'changed',
  'released',
  'failed',
])
export type IsolationState = z.infer<typeof isolationState>

/** A device off the network: since when, by whom, why, until when, and how that is known. */
export const isolation = z.object({
  id: isolationId,
  deviceId,
  state: isolationState,
  /** What the state means and what to do. */
  sentence: z.string(),
  reason: quarantineReason,
  by: person,
  approvedBy: person.nullable(),
  alarmIds: violationId.array(),
  startedAt: instant,
  /** Null: until a person releases it. */
  releaseAt: instant.nullable(),
  endedAt: instant.nullable(),
  /** Each broker where it is, or was to be, isolated. */
  brokers: z.array(
    z.object({
      sourceId,
      kind: controllerKind,
      state: z.enum(['pending', 'isolated', 'released', 'failed']),
      sentence: z.string(),
    }),
  ),
  proof: quarantineProof,
  /** What changed at the broker meanwhile, in sentences; empty: nothing that is known. */
  differences: z.string().array(),
})
export type Isolation = z.infer<typeof isolation>

/** One line of an isolation's history. */
export const isolationEvent = z.object({
  isolationId,
  deviceId,
  at: instant,
  by: person,
  kind: z.enum([
    'requested',
    'isolated',
    'proved',
    'not-proved',
    'failed',
    'resumed',
    'extended',
    'release-requested',
    'changed',
    'released',
    'back',
    'not-back',
  ]),
  sentence: z.string(),
})
export type IsolationEvent = z.infer<typeof isolationEvent>

/** How a release treats what changed at the broker meanwhile. */
export const releaseManner = z.enum([
  /** Just the recorded state, whatever changed. */
  'restore',
  /** Only takes Picket's block away; other changes stay. */
  'lift',
])
export type ReleaseManner = z.infer<typeof releaseManner>

/** `do-not-isolate`: never. `safety-critical`: only with a second person's PIN. */
export const protection = z.enum(['none', 'do-not-isolate', 'safety-critical'])
export type Protection = z.infer<typeof protection>

/** A second person's agreement. */
export const approval = z.object({ by: person, pin: z.string().min(4).max(64) })
export type Approval = z.infer<typeof approval>
