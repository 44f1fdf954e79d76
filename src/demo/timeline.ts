import type { DeviceId } from '../contract/model/device.ts'
import { slotMs, slotStartAt } from '../contract/model/time.ts'
import type { Attack } from './attack.ts'
import { planSlot } from './behavior.ts'
import { commandsOf, controllerId, controllerSettingsTopic } from './controller.ts'
import type { SimulatedDevice } from './fleet.ts'
import { commandPayload, deniedPayload, telemetryPayload } from './payload.ts'
import type { SlotPlan } from './plan.ts'
import { drawFor } from './random.ts'
import { encodeReport, isShort, reportAt, reportTopic } from './report.ts'

/** One thing a client does, and when (epoch ms of the station's clock). */
export interface Action {
  at: number
  clientId: DeviceId
  act: Reconnect | Publish
}

interface Reconnect {
  kind: 'reconnect'
}

export interface Publish {
  kind: 'publish'
  topic: string
  payload: string | Uint8Array
  qos: 0 | 1
}

/**
 * Everything the fleet and the site controller do in a slot, in order. All lies between 15 % and 85 % of
 * the slot, so that late arrival never moves it to the next. Interruptions come first and leave a gap for
 * the new connection; a device's last message is always telemetry.
 */
export function slotActions(
  fleet: readonly SimulatedDevice[],
  slot: number,
  attack?: Attack,
): Action[] {
  const ofDevices = fleet.flatMap((device) => deviceActions(device, slot, attack))
  return [...ofDevices, ...controllerActions(fleet, slot)].sort(
    (first, second) => first.at - second.at,
  )
}

function deviceActions(device: SimulatedDevice, slot: number, attack?: Attack): Action[] {
  const plan = planSlot(device, slot, attack)
  return [
    ...interruptionActions(device, slot, plan),
    ...telemetryActions(device, slot, plan),
    reportAction(device, slot, plan),
  ]
}

function interruptionActions(device: SimulatedDevice, slot: number, plan: SlotPlan): Action[] {
  const at = atPhase(slot, 0.16)
  const actions: Action[] = []
  if (plan.reconnects > 0) actions.push({ at, clientId: device.id, act: { kind: 'reconnect' } })
  if (plan.deniedPublishes > 0) {
    actions.push({ at, clientId: device.id, act: publish(controllerSettingsTopic, deniedPayload) })
  }
  return actions
}

function telemetryActions(device: SimulatedDevice, slot: number, plan: SlotPlan): Action[] {
  const draw = drawFor(device.key, slot, 'readings')
  const topic = `site/${device.id}/telemetry`
  const messages = plan.telemetrySizes.length
  return plan.telemetrySizes.map((size, place) => ({
    at: atPhase(slot, 0.46 + (0.38 * (place + 1)) / messages - 0.08 * device.stagger),
    clientId: device.id,
    act: publish(topic, telemetryPayload(device.kind, size, draw)),
  }))
}

function reportAction(device: SimulatedDevice, slot: number, plan: SlotPlan): Action {
  const report = publish(reportTopic(device), encodeReport(device, slot, plan.report))
  // The agents that send short tags are the ones that wait for the broker's word.
  const qos = isShort(device.reportFormat) ? 1 : 0
  return { at: reportAt(device, slot), clientId: device.id, act: { ...report, qos } }
}

function controllerActions(fleet: readonly SimulatedDevice[], slot: number): Action[] {
  return commandsOf(fleet, slot).map(({ device, phase, size }) => ({
    at: atPhase(slot, phase),
    clientId: controllerId,
    act: publish(`site/${device.id}/commands`, commandPayload(size)),
  }))
}

/** QoS 0: a refused message of a higher one would be sent again after each reconnect, forever. */
function publish(topic: string, payload: string | Uint8Array): Publish {
  return { kind: 'publish', topic, payload, qos: 0 }
}

function atPhase(slot: number, phase: number): number {
  return slotStartAt(slot) + Math.round(phase * slotMs)
}
