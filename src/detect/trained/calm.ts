import { componentsOf } from './components.ts'
import { placeUnit, type Reader } from './group-plan.ts'
import { fieldOf, readHabits } from './habit-table.ts'
import { fromStrangeness } from './habit.ts'
import { nearLimit } from './limits.ts'
import type { Baseline } from './model.ts'
import { missing, placeAgo, squareCut } from './sliding.ts'
import type { Windows } from './windows.ts'

/** More than is lost by a Float32 and by the steps that lead to it. */
const rounding = 1e-6

/**
 * Low and high of each component of a metric for the device of this row: between them it adds nothing, whatever the
 * rounding, and the value is not near the end of a range. Dense: in places; counts: as a deviance. `quiet`:
 * `quietLimits`; `limits`: `strangenessLimits`.
 */
export function calmLimits(
  metric: Baseline,
  { quiet, limits }: { quiet: Float64Array; limits: Float64Array },
  row: number,
): number[] {
  const unit = metric.family === 'dense' ? placeUnit : 1
  return componentsOf(metric).flatMap((_each, component) => {
    const field = fieldOf(metric, row, component)
    const { centre, above, below } = readHabits(metric.devices.habits, field)
    const most = (side: 0 | 1) => {
      const own = component === 0 ? nearLimit * (limits[side] ?? 0) : Infinity
      return Math.min(quiet[2 * component + side] ?? 0, own)
    }
    const highest = fromStrangeness(most(0), above)
    const lowest = fromStrangeness(most(1), below)
    return [-shortOf(-centre, lowest) * unit, shortOf(centre, highest) * unit]
  })
}

function shortOf(centre: number, reach: number): number {
  return reach === Infinity ? Infinity : centre + reach - rounding * (Math.abs(centre) + reach)
}

/** Where components are looked up: their windows, and between what they are calm (`calmLimits`). */
interface Lookup {
  windows: Windows
  calm: Float32Array
}

/**
 * Whether a component is known to add nothing; false where it would have to be worked out to say. `at`: where its
 * limits begin. Asked ten times a datapoint, so that nothing is allocated on the way.
 */
export function isCalm(reader: Reader, lookup: Lookup, at: number): boolean {
  switch (reader.statistic) {
    case 'place':
    case 'run':
    case 'held':
      return isPlaceCalm(reader, lookup, at)
    case 'mean':
      return isMeanCalm(reader, lookup, at)
    case 'rank':
      return isRankCalm(reader, lookup, at)
    case 'restless':
      return isRestCalm(reader, lookup, at)
    case 'turbulent':
      return isFlowCalm(reader, lookup, at)
    case 'jolt':
      return isJoltCalm(reader, lookup, at)
    case 'count':
      return lookup.windows.places.sums[reader.sum] === 0 && isWithin(lookup.calm, at, 0)
    default:
      return false
  }
}

function isWithin(calm: Float32Array, at: number, value: number): boolean {
  return value >= (calm[at] ?? 0) && value <= (calm[at + 1] ?? 0)
}

/** The newest place; what it held lies between it and 0. What has none adds nothing. */
function isPlaceCalm(reader: Reader, { windows: { places }, calm }: Lookup, at: number): boolean {
  const place = placeAgo(places, reader.channel, 0)
  return place === missing || (isWithin(calm, at, place) && isWithin(calm, at, 0))
}

/** Where it is over it comes to 0. As all of these: what is of too few says nothing, and adds nothing. */
function isMeanCalm(reader: Reader, { windows: { places }, calm }: Lookup, at: number): boolean {
  const count = places.counts[reader.sum] ?? 0
  if (2 * count < reader.span) return true
  const mean = (places.sums[reader.sum] ?? 0) / Math.sqrt(count * reader.span)
  return isWithin(calm, at, mean) && isWithin(calm, at, 0)
}

function isRankCalm(reader: Reader, { windows: { places }, calm }: Lookup, at: number): boolean {
  const count = places.orderedCounts[reader.ordered] ?? 0
  if (2 * count < reader.span) return true
  const rank = Math.min(count - 1, Math.floor(reader.share * count))
  const place = places.ordered[reader.ordered * places.layout.orderedSpan + rank] ?? 0
  return isWithin(calm, at, place)
}

function isRestCalm(reader: Reader, { windows, calm }: Lookup, at: number): boolean {
  const count = windows.departures.counts[reader.sum] ?? 0
  if (2 * count < reader.span) return true
  const sum = windows.departures.sums[reader.sum] ?? 0
  return isWithin(calm, at, sum / Math.sqrt(count * reader.span))
}

function isJoltCalm(reader: Reader, { windows, calm }: Lookup, at: number): boolean {
  return isWithin(calm, at, windows.peaks[reader.channel] ?? 0) && isWithin(calm, at, 0)
}

function isFlowCalm(reader: Reader, { windows, calm }: Lookup, at: number): boolean {
  const count = windows.departures.counts[reader.sum] ?? 0
  if (2 * count < reader.span) return true
  const sum = windows.departures.sums[reader.sum] ?? 0
  return isWithin(calm, at, Math.sqrt(sum / count) * squareCut)
}
