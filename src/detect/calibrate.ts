import { slotsPerDay } from '../contract/model/time.ts'
import { bucketCount } from './calendar.ts'
import { fitBaselines } from './fit.ts'
import { at } from './median.ts'
import type { Baselines, Tail, Traits } from './model.ts'
import { baselineFor, fittedPlaceOf } from './placement.ts'
import {
  countOf,
  everyOther,
  isSettled,
  spanOf,
  splitAt,
  type Prepared,
} from './prepared-history.ts'
import { RarestDays } from './rarest-days.ts'
import { fitTail } from './tail.ts'

/** The end of the history that the tails are calibrated on, judged by what came before. */
const heldOutSlots = 3 * slotsPerDay
const shortestForHoldingOut = 3.5 * slotsPerDay

/** With fewer datapoints at the end, two halves are judged by each other, so that all of them count. */
const fewestHeldOut = 25_000

/** Fewer distances than this say nothing of a tail. */
const fewestDistances = 100

/** Datapoints and the history by which they are judged. */
interface Fold {
  fitted: Prepared[]
  judged: Prepared[]
}

/**
 * Learns how far from their centres the fleet's values normally lie, by judging datapoints with baselines
 * that have not seen them. Null where there are too few.
 */
export function calibrate(
  histories: readonly Prepared[],
  traits: Traits,
): { above: Tail; below: Tail } | null {
  const folds = foldsOf(histories).filter(
    ({ fitted, judged }) => countOf(fitted) * countOf(judged) > 0,
  )
  const rarest = new RarestDays()
  const parts = folds.map(({ fitted, judged }) => {
    const baselines = fitBaselines(fitted, traits)
    return distancesOf(baselines, acquainted(baselines, judged), rarest)
  })
  const ascending = joined(parts).sort()
  return ascending.length < fewestDistances ? null : tailsOf(ascending, rarest)
}

function tailsOf(ascending: Float64Array, rarest: RarestDays): { above: Tail; below: Tail } {
  const quantile = (share: number) => at(ascending, Math.floor(share * (ascending.length - 1)))
  const range = quantile(0.95) - quantile(0.05)
  const { highest, lowest } = rarest.limits()
  const below = ascending.map((distance) => Math.min(-distance, -lowest))
  const above = ascending.map((distance) => Math.min(distance, highest)).reverse()
  return {
    above: fitTail(above, { range, rarest: highest }),
    below: fitTail(below, { range, rarest: -lowest }),
  }
}

function foldsOf(histories: readonly Prepared[]): Fold[] {
  const { fromSlot, toSlot } = spanOf(histories)
  const slots = toSlot + 1 - fromSlot
  if (slots >= shortestForHoldingOut) {
    const fold = heldOutFold(histories, toSlot + 1 - heldOutSlots)
    if (countOf(fold.judged) >= fewestHeldOut) return [fold]
  }
  const period = slots >= 2 * slotsPerDay ? slotsPerDay : slotsPerDay / 24
  return crossedFolds(histories, period)
}

function heldOutFold(histories: readonly Prepared[], slot: number): Fold {
  const halves = histories.map((history) => splitAt(history, slot))
  const fitted = halves.map(([before]) => before)
  const judged = halves.map(([, after]) => after)
  return { fitted: withoutEmpty(fitted), judged: withoutEmpty(judged) }
}

function crossedFolds(histories: readonly Prepared[], period: number): Fold[] {
  const half = (parity: 0 | 1) =>
    withoutEmpty(histories.map((history) => everyOther(history, { period, parity })))
  const even = half(0)
  const odd = half(1)
  return [
    { fitted: even, judged: odd },
    { fitted: odd, judged: even },
  ]
}

function withoutEmpty(histories: readonly Prepared[]): Prepared[] {
  return histories.filter(({ slots }) => slots.length > 0)
}

/** Devices of which a day is known; all where none is. Newcomers have wide spreads that would blur the tail. */
function acquainted(baselines: Baselines, judged: readonly Prepared[]): readonly Prepared[] {
  const known = judged.filter(({ deviceId }) =>
    isSettled(baselineFor(baselines, deviceId).datapoints),
  )
  return known.length > 0 ? known : judged
}

/** Distances from the centre in spreads, signed. */
function distancesOf(
  baselines: Baselines,
  histories: readonly Prepared[],
  rarest: RarestDays,
): Float64Array {
  const distances = new Float64Array(countOf(histories))
  let offset = 0
  for (const history of histories) {
    const own = distances.subarray(offset, offset + history.slots.length)
    measure(history, baselines, own)
    rarest.add(history.slots, own)
    offset += own.length
  }
  return distances
}

function measure(history: Prepared, baselines: Baselines, distances: Float64Array): void {
  const { centres, spreads } = placesOf(baselines, history.deviceId)
  for (let index = 0; index < distances.length; index++) {
    const bucket = at(history.buckets, index)
    distances[index] = (at(history.logs, index) - at(centres, bucket)) / at(spreads, bucket)
  }
}

function placesOf(
  baselines: Baselines,
  deviceId: string,
): { centres: Float64Array; spreads: Float64Array } {
  const device = baselineFor(baselines, deviceId)
  const buckets = Array.from({ length: bucketCount }, (_, bucket) => bucket)
  const places = buckets.map((bucket) => fittedPlaceOf(baselines, device, bucket))
  const centres = Float64Array.from(places, ({ centre }) => centre)
  return { centres, spreads: Float64Array.from(places, ({ spread }) => spread) }
}

function joined(parts: readonly Float64Array[]): Float64Array {
  const whole = new Float64Array(parts.reduce((length, part) => length + part.length, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}
