import { z } from 'zod'
import { violationId } from './alarm.ts'
import { deviceId } from './device.ts'
import { isolationId } from './isolation-id.ts'
import { person, quarantineReason, releaseAfterMinutes } from './quarantine.ts'
import { brokerUrl } from './source.ts'
import { instant } from './time.ts'

/** AWS's names of actions and tasks. */
const mitigationName = z.string().regex(/^[a-zA-Z0-9_-]{1,128}$/, '1-128 of a-z A-Z 0-9 _ -')

/** Where a `notify` action tells of an alarm. */
export const notificationTarget = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('webhook'),
    url: z.url({ protocol: /^https?$/ }).max(2000),
  }),
  z.strictObject({
    kind: z.literal('mqtt'),
    url: brokerUrl,
    username: z.string().min(1).max(256).optional(),
    topic: z
      .string()
      .min(1)
      .max(500)
      .regex(/^[^+#$][^+#]*$/, 'a topic without wildcards'),
  }),
  z.strictObject({
    kind: z.literal('syslog'),
    host: z.string().min(1).max(255),
    port: z.number().int().min(1).max(65_535).default(514),
    transport: z.enum(['udp', 'tcp']).default('udp'),
  }),
])
export type NotificationTarget = z.infer<typeof notificationTarget>

/** What an action does, by its type. */
export const actionParameters = z.discriminatedUnion('type', [
  /** AWS's ADD_THINGS_TO_THING_GROUP: takes the device off its brokers. */
  z.strictObject({
    type: z.literal('quarantine'),
    /** Null: until a person releases it. */
    releaseAfterMinutes: releaseAfterMinutes.nullable().default(null),
  }),
  z.strictObject({ type: z.literal('release') }),
  z.strictObject({ type: z.literal('notify'), target: notificationTarget }),
  /** Runs nothing: writes down what a person is to do. */
  z.strictObject({ type: z.literal('ticket') }),
])
export type ActionParameters = z.infer<typeof actionParameters>

/** As AWS's mitigation action: its name cannot be changed later. */
export const mitigationAction = z.object({
  name: mitigationName,
  parameters: actionParameters,
  createdAt: instant,
  changedAt: instant,
  /** A password or token for the target is kept; it is never shown. */
  isSecretSet: z.boolean(),
})
export type MitigationAction = z.infer<typeof mitigationAction>

/** As AWS's DetectMitigationActionsTaskTarget, or a device by its name. */
export const taskTarget = z.union([
  z.strictObject({ violationIds: violationId.array().min(1).max(25) }),
  z.strictObject({ securityProfileName: z.string(), behaviorName: z.string() }),
  z.strictObject({ deviceId }),
])
export type TaskTarget = z.infer<typeof taskTarget>

/** As AWS's StartDetectMitigationActionsTask, with what Picket wants before it takes a device off the network. */
export const taskRequest = z.strictObject({
  taskId: mitigationName,
  target: taskTarget,
  /** Names, run in this order for each device; after a failure the rest is skipped. */
  actions: mitigationName.array().min(1).max(5),
  includeOnlyActiveViolations: z.boolean().default(true),
  includeSuppressedAlerts: z.boolean().default(false),
  violationEventOccurrenceRange: z
    .strictObject({ startTime: instant, endTime: instant })
    .optional(),
  by: person,
  reason: quarantineReason,
})
export type TaskRequest = z.infer<typeof taskRequest>

export const executionStatus = z.enum(['IN_PROGRESS', 'SUCCESSFUL', 'FAILED', 'SKIPPED'])

/** As AWS's DetectMitigationActionExecution. */
export const mitigationExecution = z.object({
  taskId: mitigationName,
  violationId: violationId.nullable(),
  actionName: mitigationName,
  deviceId,
  executionStartDate: instant,
  executionEndDate: instant.nullable(),
  status: executionStatus,
  errorCode: z.string().nullable(),
  message: z.string().max(2048),
  /** The isolation that it began or ended. */
  isolationId: isolationId.nullable(),
})
export type MitigationExecution = z.infer<typeof mitigationExecution>

export const taskStatus = z.enum(['IN_PROGRESS', 'SUCCESSFUL', 'FAILED', 'CANCELED'])

/** As AWS's DetectMitigationActionsTaskSummary. */
export const mitigationTask = z.object({
  taskId: mitigationName,
  taskStatus,
  taskStartTime: instant,
  taskEndTime: instant.nullable(),
  target: taskTarget,
  actions: mitigationName.array(),
  by: person,
  reason: quarantineReason,
  taskStatistics: z.object({
    actionsExecuted: z.number().int(),
    actionsSkipped: z.number().int(),
    actionsFailed: z.number().int(),
  }),
})
export type MitigationTask = z.infer<typeof mitigationTask>
