import { placeUnit, type Reader } from './group-plan.ts'
import { missing, placeAgo, squareCut, type Sliding } from './sliding.ts'
import { parameters } from './parameters.ts'
import type { Windows } from './windows.ts'

const { borneOut, least, share } = parameters.lasting

/**
 * A component's value at the newest slot; NaN where its metric has no value there or too few before it. Dense: in
 * scales. Counts: how far they exceed `rate` events a slot, as a root of the Poisson deviance.
 */
export function componentValue(reader: Reader, windows: Windows, rate: number): number {
  switch (reader.statistic) {
    case 'restless':
      return meanOf(windows.departures, reader)
    case 'turbulent':
      return turbulenceOf(windows.departures, reader)
    case 'jolt':
      return joltOf(windows, reader)
    default:
      return valueOfPlaces(reader, windows.places, rate)
  }
}

function valueOfPlaces(reader: Reader, places: Sliding, rate: number): number {
  const place = placeAgo(places, reader.channel, 0)
  if (place === missing) return NaN
  if (reader.statistic === 'place' || reader.statistic === 'run') return place / placeUnit
  if (reader.statistic === 'mean') return lastingMean(places, reader)
  if (reader.statistic === 'held') return heldOf(places, reader)
  return reader.statistic === 'rank' ? rankOf(places, reader) : tooMany(places, reader, rate)
}

/** Signed root of the Poisson deviance (McCullagh and Nelder, Generalized Linear Models, table 2.1). */
export function deviance(events: number, expected: number): number {
  const logPart = events > 0 ? events * Math.log(events / expected) : 0
  const root = Math.sqrt(Math.max(0, 2 * (logPart - (events - expected))))
  return events < expected ? -root : root
}

/** Rare events that stay away are nothing strange, and a burst that is over is told no more. */
function tooMany(places: Sliding, reader: Reader, rate: number): number {
  const { sums, counts } = places
  const events = sums[reader.sum] ?? 0
  if (events === 0 || !isGoingOn(places, reader)) return 0
  return Math.max(0, deviance(events, rate * (counts[reader.sum] ?? 0)))
}

function isGoingOn(places: Sliding, { channel, span }: Reader): boolean {
  for (let ago = recentSlots(span) - 1; ago >= 0; ago--) {
    const events = placeAgo(places, channel, ago)
    if (events !== missing && events > 0) return true
  }
  return false
}

/** So many of the last slots say of a count whether it is still going on. */
export function recentSlots(span: number): number {
  return Math.min(span, Math.max(least, Math.round(span * share)))
}

/** The place nearest to the centre where all are on one side of it; 0 where they are not. */
function heldOf(places: Sliding, { channel, span }: Reader): number {
  let nearest = placeAgo(places, channel, 0)
  let count = 1
  for (let ago = 1; ago < span && nearest !== 0; ago++) {
    const place = placeAgo(places, channel, ago)
    if (place === missing) continue
    count++
    if (nearest > 0) nearest = place < 0 ? 0 : Math.min(nearest, place)
    else nearest = place > 0 ? 0 : Math.max(nearest, place)
  }
  // After a gap a few values have not held on.
  return 2 * count < span ? 0 : nearest / placeUnit
}

/** A mean that the last three places do not bear out any more is of what is over: 0. */
function lastingMean(places: Sliding, reader: Reader): number {
  const whole = (places.sums[reader.sum] ?? 0) / (places.counts[reader.sum] ?? 1)
  const recent = middlePlace(places, reader.channel)
  const isOver = whole > 0 ? recent < whole * borneOut : recent > whole * borneOut
  return isOver ? 0 : meanOf(places, reader)
}

/** The middle one of the last three; the newest where one of them is missing. */
function middlePlace(places: Sliding, channel: number): number {
  const last = placeAgo(places, channel, 0)
  const before = placeAgo(places, channel, 1)
  const first = placeAgo(places, channel, 2)
  if (before === missing || first === missing) return last
  return Math.max(Math.min(last, before), Math.min(Math.max(last, before), first))
}

/** A mean of fewer scatters more; drawn in by as much. NaN below half of them. */
function meanOf({ sums, counts }: Sliding, { sum, span }: Reader): number {
  const count = counts[sum] ?? 0
  if (2 * count < span) return NaN
  return (sums[sum] ?? 0) / (placeUnit * Math.sqrt(count * span))
}

function turbulenceOf({ sums, counts }: Sliding, { sum, span }: Reader): number {
  const count = counts[sum] ?? 0
  if (2 * count < span) return NaN
  return (Math.sqrt((sums[sum] ?? 0) / count) * squareCut) / placeUnit
}

/** The largest departure of the span, the older the less it counts: none is larger until a larger one comes. */
function joltOf({ departures, peaks }: Windows, { channel, span, clip }: Reader): number {
  let largest = missing
  for (let ago = 0; ago < span; ago++) {
    const departure = placeAgo(departures, channel, ago)
    if (departure === missing) continue
    const fresh = (departure < clip ? departure : clip) * (span - ago)
    if (fresh > largest) largest = fresh
  }
  if (largest === missing) return NaN
  peaks[channel] = largest / span
  return largest / span / placeUnit
}

function rankOf({ layout, ordered, orderedCounts }: Sliding, reader: Reader): number {
  const count = orderedCounts[reader.ordered] ?? 0
  if (2 * count < reader.span) return NaN
  const rank = Math.min(count - 1, Math.floor(reader.share * count))
  return (ordered[reader.ordered * layout.orderedSpan + rank] ?? 0) / placeUnit
}
