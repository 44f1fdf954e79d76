import { bucketOf, slotsPerDay } from './calendar.ts'
import { recall, type DeviceMemory } from './device-memory.ts'
import type { MetricModel } from './model.ts'
import { medianOf } from './order.ts'
import { parameters } from './parameters.ts'

const shortestDays = 1 / 24

/**
 * Seats a new device at the middle of its own last day, this slot not included, in the fleet's shape: drawn to the
 * fleet's level in its first minutes, and widened by as much as that day is short.
 */
export function seatNewcomer(
  memory: DeviceMemory,
  metric: MetricModel,
  at: { index: number; slot: number; slotMs: number },
): void {
  const { index, slotMs } = at
  const { seat } = memory
  const fleet = metric.devices.rows.size
  const levels = ownLevels(memory, metric, at)
  const trust = Math.min(1, levels.length / parameters.place.levelDatapoints)
  const fleetLevel = metric.devices.levels[fleet] ?? 0
  const own = levels.length > 0 ? medianOf(levels) : fleetLevel
  seat.levels[index] = trust * own + (1 - trust) * fleetLevel
  const days = Math.max(shortestDays, levels.length / slotsPerDay(slotMs))
  const within = (metric.devices.scales[fleet] ?? 1) ** 2 * (1 + 1 / days)
  seat.scales[index] = Math.sqrt(within + ((1 - trust) * metric.between) ** 2)
}

/** Its logs of the last day with the fleet's shape taken off. */
function ownLevels(
  memory: DeviceMemory,
  { shape }: MetricModel,
  { index, slot, slotMs }: { index: number; slot: number; slotMs: number },
): Float64Array {
  const window = slotsPerDay(slotMs)
  const found = new Float64Array(window)
  let count = 0
  for (let before = slot - window + 1; before < slot; before++) {
    const from = recall(memory, before)
    const log = from < 0 ? NaN : (memory.measures[from + index] ?? NaN)
    if (log === log) found[count++] = log - (shape[bucketOf(before, slotMs)] ?? 0)
  }
  return found.subarray(0, count)
}
