import { bucketOf, dayKindOf, dayKinds, slotsPerDay } from './calendar.ts'
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
      const from = (day: number) => device.slots - (days - day) * perDay
      const levels = Float64Array.from({ length: days }, (_, day) =>
        levelOfDay(device, { metric, from: from(day), scratch }),
      )
      const kinds = levels.map((_, day) =>
        dayKindOf(bucketOf(device.fromSlot + from(day) + (perDay >> 1), slotMs)),
      )
      const move = moveIn(levels, kinds)
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

/**
 * The plainest one: all days before it lie to one side of all days after it, further than either scatter. Weekdays are
 * held against weekdays and weekends against weekends: a weekend is no move.
 */
function moveIn(levels: Float64Array, kinds: Float64Array): Move | null {
  const { fewestBefore, fewestAfter } = parameters.relevel
  let found: Move | null = null
  let clearest = 0
  for (let day = fewestBefore; day < levels.length - fewestAfter; day++) {
    const gaps = Array.from({ length: dayKinds }, (_, kind) => gapAt(levels, kinds, { day, kind }))
    const known = gaps.filter((gap) => gap.before.days > 0 && gap.after.days > 0)
    const decisive = known.find((gap) => gap.before.days >= fewestBefore)
    const clear = Math.min(...known.map(({ clear }) => clear))
    const isOneWay = new Set(known.map(({ before, after }) => after.low > before.high)).size === 1
    if (!decisive || !isOneWay || !(clear > clearest) || isHoliday(gaps)) continue
    clearest = clear
    found = { day, before: decisive.before.middle, after: decisive.after.middle }
  }
  return found
}

/** Weekdays alone that are much like the weekends before them, or the other way round: they are no lasting move. */
function isHoliday(gaps: readonly Gap[]): boolean {
  const last = gaps.find(({ after }) => after.days > 0)
  const other = gaps.find(({ after }) => after.days === 0)
  if (!last || !other) return false
  const { middle } = last.after
  return 2 * Math.abs(middle - other.before.middle) < Math.abs(middle - last.before.middle)
}

interface Gap {
  before: SpanOfDays
  after: SpanOfDays
  clear: number
}

/** How far the days of a kind before and after a day lie apart beyond what either scatters. */
function gapAt(
  levels: Float64Array,
  kinds: Float64Array,
  { day, kind }: { day: number; kind: number },
): Gap {
  const isOf = (each: number) => kinds[each] === kind
  const before = spanOf(levels.filter((_, each) => each < day && isOf(each)))
  const after = spanOf(levels.filter((_, each) => each > day && isOf(each)))
  const apart = Math.max(after.low - before.high, before.low - after.high)
  const scatter = Math.max(before.high - before.low, after.high - after.low)
  return { before, after, clear: apart - scatter }
}

/** Of days that have a level, log units. */
interface SpanOfDays {
  days: number
  low: number
  high: number
  middle: number
}

function spanOf(levels: Float64Array): SpanOfDays {
  let days = 0
  let low = Infinity
  let high = -Infinity
  for (const level of levels) {
    if (level !== level) continue
    days++
    if (level < low) low = level
    if (level > high) high = level
  }
  return { days, low, high, middle: (low + high) / 2 }
}

/** Of the day of the move itself, what still was at the old level. What was silent was so at any level. */
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
    const isSilent = log === 0 && before !== 0
    if (isOld && !isSilent) cells[at] = log + after - before
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
