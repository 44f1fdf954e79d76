import { bucketOf, slotsPerDay } from './calendar.ts'
import type { DeviceMemory } from './device-memory.ts'
import type { MetricModel } from './model.ts'
import { medianOf } from './order.ts'
import { parameters } from './parameters.ts'

const shortestDays = 1 / 24

/**
 * Seats a new device at the middle of its own last day, this slot not included, in the fleet's shape: drawn to the
 * fleet's level in its first minutes, and widened by as much as that day is short. True if that is another place.
 */
export function seatNewcomer(
  memory: DeviceMemory,
  metric: MetricModel,
  at: { index: number; slot: number; slotMs: number; scratch: Float64Array },
): boolean {
  const { index, slotMs } = at
  const { seat } = memory
  const fleet = metric.devices.rows.size
  const levels = ownLevels(memory, metric, at)
  const trust = Math.min(1, levels.length / parameters.place.levelDatapoints)
  const fleetLevel = metric.devices.levels[fleet] ?? 0
  const own = levels.length > 0 ? medianOf(levels) : fleetLevel
  const [level, scale] = [seat.levels[index], seat.scales[index]]
  seat.levels[index] = trust * own + (1 - trust) * fleetLevel
  const days = Math.max(shortestDays, levels.length / slotsPerDay(slotMs))
  const within = (metric.devices.scales[fleet] ?? 1) ** 2 * (1 + 1 / days)
  seat.scales[index] = Math.sqrt(within + ((1 - trust) * metric.between) ** 2)
  return seat.levels[index] !== level || seat.scales[index] !== scale
}

/** Its logs of the last day with the fleet's shape taken off, in the scratch. */
function ownLevels(
  memory: DeviceMemory,
  { shape }: MetricModel,
  { index, slot, slotMs, scratch }: Parameters<typeof seatNewcomer>[2],
): Float64Array {
  const { slots, measures } = memory
  const metrics = measures.length / slots.length
  const first = slot - slotsPerDay(slotMs) + 1
  let count = 0
  for (let place = 0; place < slots.length; place++) {
    const before = slots[place] ?? NaN
    const log = measures[place * metrics + index] ?? NaN
    if (!(before >= first && before < slot) || log !== log) continue
    scratch[count++] = log - (shape[bucketOf(before, slotMs)] ?? 0)
  }
  return scratch.subarray(0, count)
}
