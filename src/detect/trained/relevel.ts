import { slotsPerDay } from './calendar.ts'
import type { DeviceCells } from './device-cells.ts'
import { medianOf } from './order.ts'
import { parameters } from './parameters.ts'
import type { Traits } from './traits.ts'

/**
 * Where a device's level moved once and stayed, brings what was before to the new level: what is normal now is learned
 * from the whole history, and the move itself is not learned as something that devices do.
 */
export function bringToLevel(
  device: DeviceCells,
  traits: readonly (Traits | null)[],
  slotMs: number,
): void {
  const perDay = slotsPerDay(slotMs)
  const days = Math.floor(device.slots / perDay)
  const scratch = new Float64Array(perDay)
  traits.forEach((each, metric) => {
    if (each?.family !== 'dense') return
    for (let moves = 0; moves < parameters.relevel.mostMoves; moves++) {
      const levels = Float64Array.from({ length: days }, (_, day) =>
        levelOfDay(device, { metric, from: device.slots - (days - day) * perDay, scratch }),
      )
      const move = moveIn(levels)
      if (!move) return
      liftBefore(device, { metric, move, perDay, days })
      device.lifted[metric] = (device.lifted[metric] ?? 0) + move.after - move.before
    }
  })
}

/** From one level to another on a day of the table, log units. */
interface Move {
  day: number
  before: number
  after: number
}

/** The plainest one: all days before it lie to one side of all days after it, further than either scatter. */
function moveIn(levels: Float64Array): Move | null {
  const { fewestBefore, fewestAfter } = parameters.relevel
  let found: Move | null = null
  let clearest = 0
  for (let day = fewestBefore; day < levels.length - fewestAfter; day++) {
    const before = spanOf(levels, 0, day)
    const after = spanOf(levels, day + 1, levels.length)
    const apart = Math.max(after.low - before.high, before.low - after.high)
    const scatter = Math.max(before.high - before.low, after.high - after.low)
    // Without any level on one of the sides they are infinitely far apart.
    if (apart === Infinity || !(apart - scatter > clearest)) continue
    clearest = apart - scatter
    found = { day, before: before.middle, after: after.middle }
  }
  return found
}

function spanOf(
  levels: Float64Array,
  from: number,
  to: number,
): { low: number; high: number; middle: number } {
  let low = Infinity
  let high = -Infinity
  for (let day = from; day < to; day++) {
    const level = levels[day] ?? NaN
    if (level < low) low = level
    if (level > high) high = level
  }
  return { low, high, middle: (low + high) / 2 }
}

/** Of the day of the move itself, what still was at the old level. */
function liftBefore(
  { cells, metrics, slots }: DeviceCells,
  {
    metric,
    move: { day, before, after },
    perDay,
    days,
  }: { metric: number; move: Move; perDay: number; days: number },
): void {
  const from = slots - (days - day) * perDay
  for (let row = 0; row < from + perDay; row++) {
    const at = row * metrics + metric
    const log = cells[at] ?? NaN
    const isOld = row < from || Math.abs(log - before) < Math.abs(log - after)
    if (isOld) cells[at] = log + after - before
  }
}

/** NaN where less than half of the day is there. */
function levelOfDay(
  { cells, metrics }: DeviceCells,
  { metric, from, scratch }: { metric: number; from: number; scratch: Float64Array },
): number {
  let count = 0
  for (let row = from; row < from + scratch.length; row++) {
    const log = cells[row * metrics + metric] ?? NaN
    if (log === log) scratch[count++] = log
  }
  return 2 * count < scratch.length ? NaN : medianOf(scratch, { from: 0, to: count })
}
