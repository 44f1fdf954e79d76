import { StationError } from '../../contract/errors.ts'
import type { MitigationAction, NotificationTarget } from '../../contract/model/mitigation.ts'
import type { Isolation } from '../../contract/model/quarantine.ts'
import type { Core } from '../core.ts'
import { notificationOf } from '../notify/notification.ts'
import { sendNotification } from '../notify/send.ts'
import { activeIsolation } from './isolations.ts'
import { shownIsolation } from './kept-isolation.ts'
import { secretOf } from './mitigation-actions.ts'
import type { Outcome } from './mitigation-tasks.ts'
import type { QuarantineDesk } from './quarantine-desk.ts'
import { assertMayAct } from './quarantine-plan.ts'
import type { TaskDevice } from './task-targets.ts'
import { whereSeen } from './where-seen.ts'

/** One action for one device. */
export interface ActionOrder {
  taskId: string
  device: TaskDevice
  action: MitigationAction
  by: string
  reason: string
  approvedBy: string | null
  /** Of the dry runs that were shown, by device. */
  digests: Readonly<Record<string, string>>
}

/** What actions act with. */
export interface ActionMeans {
  core: Core
  desk: QuarantineDesk
  /** Client ids that Picket connects with. */
  ownClients: Set<string>
}

/** Runs it and says what came of it. Throws StationErrors. */
export function runAction(means: ActionMeans, order: ActionOrder): Promise<Outcome> {
  const { parameters } = order.action
  switch (parameters.type) {
    case 'quarantine':
      return quarantine(means, order, parameters.releaseAfterMinutes)
    case 'release':
      return release(means, order)
    case 'notify':
      return tell(means, order, parameters.target)
    case 'ticket':
      return writeTickets(means, order)
  }
}

async function quarantine(
  { desk }: ActionMeans,
  { device, by, reason, approvedBy, digests }: ActionOrder,
  releaseAfterMinutes: number | null,
): Promise<Outcome> {
  const { deviceId, alarms } = device
  const digest = digests[deviceId]
  if (digest === undefined) throw new StationError('QUARANTINE_PLAN_CHANGED')
  const alarmIds = alarms.map(({ id }) => id).slice(0, mostAlarms)
  const order = { deviceId, digest, reason, by, approvedBy, releaseAfterMinutes, alarmIds }
  return outcomeOf(await desk.carryOut(order), 'isolated')
}

const mostAlarms = 25

async function release(
  { core, desk }: ActionMeans,
  { device, by, reason }: ActionOrder,
): Promise<Outcome> {
  const kept = activeIsolation(core.isolations, device.deviceId)
  if (!kept) throw new StationError('QUARANTINE_UNKNOWN', 'This device is not isolated.')
  return outcomeOf(await desk.release({ id: kept.id, by, reason }), 'released')
}

function outcomeOf({ id, state, sentence }: Isolation, wanted: Isolation['state']): Outcome {
  const isDone = state === wanted
  // What waits for a broker is not done, though it will be: nobody may read SUCCESSFUL for it.
  const errorCode = isDone ? null : state === 'failed' ? 'BROKER_REFUSED' : 'BROKER_UNREACHABLE'
  return { status: isDone ? 'SUCCESSFUL' : 'FAILED', errorCode, message: sentence, isolationId: id }
}

async function tell(
  { core, ownClients }: ActionMeans,
  order: ActionOrder,
  target: NotificationTarget,
): Promise<Outcome> {
  // What listens only sends nothing to any broker; a chat or a log is none.
  if (target.kind === 'mqtt') assertMayAct(core)
  const secret = await secretOf(core, order.action.name)
  const connections = { clock: core.ports.clock, links: core.links, ownClients }
  const message = await sendNotification(target, secret, {
    message: notificationFor(core, order),
    connections,
  })
  return { status: 'SUCCESSFUL', errorCode: null, message, isolationId: null }
}

function notificationFor(core: Core, { taskId, device, action, by, reason }: ActionOrder) {
  const { deviceId, alarms } = device
  const kept = activeIsolation(core.isolations, deviceId)
  const shown = kept && shownIsolation(kept)
  return notificationOf({
    id: `${taskId}/${action.name}/${deviceId}`,
    site: core.settings.site,
    sentAt: new Date(core.clock.now()).toISOString(),
    ...{ deviceId, by, reason, alarms },
    isolation: shown && {
      id: shown.id,
      state: shown.state,
      startedAt: shown.startedAt,
      releaseAt: shown.releaseAt,
    },
  })
}

/** One for each broker that has the device. */
async function writeTickets(
  { core, desk }: ActionMeans,
  { device }: ActionOrder,
): Promise<Outcome> {
  assertMayAct(core)
  const written: string[] = []
  for (const at of whereSeen(core, desk.controllers, device.deviceId)) {
    const controller = desk.controllers.of(at.brokerId, 'ticket')
    const { record } = await controller.prepare(at.target)
    await controller.isolate(record)
    written.push((await controller.inspect(record)).sentence)
  }
  const message = written.length === 0 ? 'No source has seen this device.' : written.join(' ')
  const status = written.length === 0 ? 'FAILED' : 'SUCCESSFUL'
  const errorCode = written.length === 0 ? 'QUARANTINE_FORBIDDEN' : null
  return { status, errorCode, message, isolationId: null }
}
