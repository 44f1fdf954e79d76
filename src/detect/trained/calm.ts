import { componentsOf } from './components.ts'
import { placeUnit, type Reader } from './group-plan.ts'
import { fieldOf, readHabits } from './habit-table.ts'
import { fromStrangeness } from './habit.ts'
import type { Baseline } from './model.ts'
import { missing, placeAgo, squareCut } from './sliding.ts'
import type { Windows } from './windows.ts'

/** More than is lost by a Float32 and by the steps that lead to it. */
const rounding = 1e-6

/**
 * Low and high of each component, a row a device as in the table of habits: between them it adds nothing, whatever the
 * rounding. Dense: in places; counts: as a deviance. `quiet`: `quietLimits`.
 */
export function calmTable(metric: Baseline, quiet: Float64Array): Float32Array {
  const components = componentsOf(metric).length
  const rows = metric.devices.rows.size + 1
  const table = new Float32Array(2 * rows * components)
  const unit = metric.family === 'dense' ? placeUnit : 1
  for (let at = 0; at < rows * components; at++) {
    const component = at % components
    const field = fieldOf(metric, (at - component) / components, component)
    const { centre, above, below } = readHabits(metric.devices.habits, field)
    const highest = fromStrangeness(quiet[2 * component] ?? 0, above)
    const lowest = fromStrangeness(quiet[2 * component + 1] ?? 0, below)
    table[2 * at] = -shortOf(-centre, lowest) * unit
    table[2 * at + 1] = shortOf(centre, highest) * unit
  }
  return table
}

function shortOf(centre: number, reach: number): number {
  return reach === Infinity ? Infinity : centre + reach - rounding * (Math.abs(centre) + reach)
}

/** Where components are looked up: their windows, and between what they are calm (`calmTable`). */
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

function isFlowCalm(reader: Reader, { windows, calm }: Lookup, at: number): boolean {
  const count = windows.departures.counts[reader.sum] ?? 0
  if (2 * count < reader.span) return true
  const sum = windows.departures.sums[reader.sum] ?? 0
  return isWithin(calm, at, Math.sqrt(sum / count) * squareCut)
}
