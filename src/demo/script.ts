import { slotMs, slotOf, slotsPerDay } from '../contract/model/time.ts'
import type { History } from '../station/history.ts'
import type { Clock } from '../station/ports.ts'
import type { Attack } from './attack.ts'
import { controllerId } from './controller.ts'
import type { SimulatedDevice } from './fleet.ts'
import { simulateHistory } from './history.ts'

const historyDays = 14

/** AWS's 13 metrics. */
const metricsPerDevice = 13

/** Slots that the attack lasts. */
const attackSlots = 3

/** The attack begins so many slots after going live, or fewer where that would take longer than this. */
const attackAfterSlots = 3
const attackWithinMs = 45_000

/** Few enough that a fleet of three devices can be learned from two weeks. */
const minimumDatapoints = 5000

/** A station with a broker of its own that the fleet can connect to. `data`: the data folder. */
export function demoSettings(data: string) {
  return {
    data,
    site: 'demo site',
    training: { minimumDatapoints },
    sources: [{ kind: 'embedded-broker' as const, port: 0, gateways: { [controllerId]: ['*'] } }],
  }
}

/** Two weeks of the fleet up to the clock's time. */
export function demoHistory(fleet: readonly SimulatedDevice[], clock: Clock): History {
  return {
    label: 'Simulated history',
    total: fleet.length * metricsPerDevice * historyDays * slotsPerDay,
    slots: simulateHistory({ fleet, untilSlot: slotOf(clock.now()), days: historyDays }),
  }
}

/** An attack that begins soon after `clock`'s time, real time. */
export function planAttack(fleet: readonly SimulatedDevice[], clock: Clock, seed: number): Attack {
  const slots = Math.floor((attackWithinMs * clock.speed) / slotMs)
  const fromSlot = slotOf(clock.now()) + Math.max(1, Math.min(attackAfterSlots, slots))
  const target = fleet[seed % fleet.length] ?? fleet[0]
  if (!target) throw new RangeError('a fleet without devices')
  return { deviceId: target.id, kind: 'exfiltration', fromSlot, toSlot: fromSlot + attackSlots }
}
