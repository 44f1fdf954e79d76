import { z } from 'zod'
import { call, page, range } from './call.ts'
import { violationId } from './model/alarm.ts'
import { deviceId } from './model/device.ts'
import { isolationId } from './model/isolation-id.ts'
import {
  actionParameters,
  mitigationAction,
  mitigationExecution,
  mitigationTask,
  taskRequest,
} from './model/mitigation.ts'
import {
  approval,
  controllerEntry,
  isolation,
  isolationEvent,
  person,
  protection,
  quarantinePlan,
  quarantineReason,
  releaseAfterMinutes,
  releaseManner,
} from './model/quarantine.ts'

/** Taking devices off the network, and putting them back. */
export const quarantine = {
  controllers: call.output(controllerEntry.array()),
  /** Isolated ones first, then history, newest first. */
  list: call
    .input(z.object({ deviceId: deviceId.optional(), ...page }))
    .output(z.object({ total: z.number().int(), isolations: isolation.array() })),
  get: call
    .input(z.object({ id: isolationId }))
    .output(z.object({ isolation, events: isolationEvent.array() })),
  /** A dry run: changes nothing. */
  plan: call.input(z.object({ deviceId })).output(quarantinePlan),
  /** Does what the plan of this digest says. Throws QUARANTINE_PLAN_CHANGED where it is not so any more. */
  isolate: call
    .input(
      z.object({
        deviceId,
        digest: quarantinePlan.shape.digest,
        /** The device's name, typed. */
        confirmation: z.string().max(128),
        reason: quarantineReason,
        by: person,
        releaseAfterMinutes: releaseAfterMinutes.nullable(),
        alarmIds: violationId.array().max(25).default([]),
        approval: approval.optional(),
      }),
    )
    .output(isolation),
  /** Without `manner`, throws BROKER_CHANGED where the broker is not as the isolation left it. */
  release: call
    .input(
      z.object({
        id: isolationId,
        by: person,
        reason: quarantineReason,
        manner: releaseManner.optional(),
      }),
    )
    .output(isolation),
  /** Reads the broker's state back and looks at the device's traffic anew. */
  verify: call.input(z.object({ id: isolationId })).output(isolation),
  /** Another time of release; null: until a person releases it. */
  extend: call
    .input(
      z.object({
        id: isolationId,
        by: person,
        releaseAfterMinutes: releaseAfterMinutes.nullable(),
      }),
    )
    .output(isolation),
  /** Devices that must not be isolated, or not by one person alone. */
  protections: call.output(z.array(z.object({ deviceId, protection }))),
  protect: call
    .input(z.object({ deviceId, protection, by: person }))
    .output(z.object({ deviceId, protection })),
  /** People who may agree, by name; PINs never come back. */
  approvers: call.output(z.array(person)),
  /** Sets, changes (with the PIN as it was) or removes (null) a person's PIN. */
  setPin: call
    .input(
      z.object({
        person,
        pin: approval.shape.pin.nullable(),
        formerPin: approval.shape.pin.optional(),
      }),
    )
    .output(z.object({ person })),
}

/** AWS's mitigation actions and tasks. */
export const mitigation = {
  actions: call.output(mitigationAction.array()),
  saveAction: call
    .input(
      z.object({
        name: mitigationAction.shape.name,
        parameters: actionParameters,
        /** Null: none from now on. Absent: as it is kept. */
        secret: z.string().min(1).max(4096).nullable().optional(),
        replaces: z.boolean().default(false),
        by: person,
      }),
    )
    .output(mitigationAction),
  removeAction: call
    .input(z.object({ name: mitigationAction.shape.name, by: person }))
    .output(z.object({ name: z.string() })),
  /** The dry run of a task: whom it would act on, and the plan of each device that it would isolate. */
  planTask: call
    .input(taskRequest)
    .output(z.object({ deviceIds: deviceId.array(), plans: quarantinePlan.array() })),
  /** `digests`: of the plans as they were shown. `confirmation`: the device's name, or `7 devices`. */
  startTask: call
    .input(
      taskRequest.extend({
        digests: z.record(z.string(), quarantinePlan.shape.digest).default({}),
        confirmation: z.string().max(128).default(''),
        approval: approval.optional(),
      }),
    )
    .output(mitigationTask),
  tasks: call.input(z.object(page)).output(mitigationTask.array()),
  task: call
    .input(z.object({ taskId: taskRequest.shape.taskId }))
    .output(z.object({ task: mitigationTask, executions: mitigationExecution.array() })),
  /** Stops what is left. What was done stays done. */
  cancelTask: call.input(z.object({ taskId: taskRequest.shape.taskId })).output(mitigationTask),
  /** By time, as AWS's ListDetectMitigationActionsExecutions. */
  executions: call
    .input(z.object({ ...range, deviceId: deviceId.optional(), ...page }))
    .output(mitigationExecution.array()),
}
