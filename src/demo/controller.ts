import { deviceId, type DeviceId } from '../contract/model/device.ts'
import { commandSizes } from './behavior.ts'
import type { SimulatedDevice } from './fleet.ts'

/**
 * The site's own MQTT client, the only one that sends commands. It is no device of the fleet and makes no
 * reports, but a station sees its messages as it sees anyone's.
 */
export const controllerId: DeviceId = deviceId.parse('site-controller')

/** Nobody but the controller may publish here, and it never does. */
export const controllerSettingsTopic = `site/${controllerId}/settings`

interface Command {
  device: SimulatedDevice
  /** When in the slot it is sent, as a part of the slot. */
  phase: number
  /** Payload bytes. */
  size: number
}

/** The commands to the whole fleet in a slot, in sending order. */
export function commandsOf(fleet: readonly SimulatedDevice[], slot: number): Command[] {
  return fleet
    .flatMap((device) => commandsTo(device, slot))
    .sort((first, second) => first.phase - second.phase)
}

function commandsTo(device: SimulatedDevice, slot: number): Command[] {
  const sizes = commandSizes(device, slot)
  return sizes.map((size, place) => ({
    device,
    phase: 0.45 + (0.35 * (place + 1)) / sizes.length - 0.05 * device.stagger,
    size,
  }))
}
