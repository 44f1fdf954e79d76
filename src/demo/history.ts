import { setImmediate } from 'node:timers/promises'
import { slotsPerDay } from '../contract/model/time.ts'
import type { Sample } from '../station/datapoint.ts'
import { planSlot } from './behavior.ts'
import type { SimulatedDevice } from './fleet.ts'
import { controllerSamples, samplesOf } from './samples.ts'

/** Days of a history unless told otherwise: what AWS trains on. */
const historyDays = 14

/** All that a station measured of the fleet and the site controller in one slot. */
export interface HistorySlot {
  slot: number
  samples: Sample[]
}

/**
 * The slots of so many days before `untilSlot` (exclusive), oldest first, without any attack. The same
 * arguments give the same history, and live devices go on where it ends.
 */
export async function* simulateHistory(options: {
  fleet: readonly SimulatedDevice[]
  untilSlot: number
  days?: number
}): AsyncGenerator<HistorySlot, void> {
  const { fleet, untilSlot, days = historyDays } = options
  for (let slot = untilSlot - days * slotsPerDay; slot < untilSlot; slot += 1) {
    yield { slot, samples: fleetSamples(fleet, slot) }
    // Lets the process serve others while weeks are made up.
    await setImmediate()
  }
}

function fleetSamples(fleet: readonly SimulatedDevice[], slot: number): Sample[] {
  const ofDevices = fleet.flatMap((device) => samplesOf(device, slot, planSlot(device, slot)))
  return [...ofDevices, ...controllerSamples(fleet, slot)]
}
