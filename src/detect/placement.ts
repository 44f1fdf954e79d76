import { slotsPerDay } from '../contract/model/time.ts'
import { ownLevelShare } from './fit.ts'
import { at } from './median.ts'
import type { Baselines, DeviceBaseline, MetricModel } from './model.ts'
import { reachOf } from './tail.ts'
import { confidenceScore } from './verdict.ts'

/** About one percent of the value. Nothing is known more precisely than that. */
const smallestSpread = 0.01

/** Shortest history that is believed to narrow the spread. */
const shortestDays = 0.25

/** Half an event: a centre below it is a device from which no event is expected in this slot. */
const quietCentre = Math.log1p(0.5)

/** Where a value should be and how far it may stray, log units. */
export interface Place {
  centre: number
  spread: number
}

export function baselineFor(baselines: Baselines, deviceId: string): DeviceBaseline {
  return baselines.devices.get(deviceId) ?? baselines.unknown
}

/** The place as a verdict uses it. */
export function placeOf(model: MetricModel, device: DeviceBaseline, bucket: number): Place {
  const { centre, spread } = fittedPlaceOf(model.baselines, device, bucket)
  return { centre, spread: Math.max(spread, quietSpread(model, centre)) }
}

/** The place before the tails are known. They are calibrated on distances from it. */
export function fittedPlaceOf(
  { between }: Baselines,
  device: DeviceBaseline,
  bucket: number,
): Place {
  const centre = at(device.centres, bucket)
  const within = Math.max(device.spread, smallestSpread, countingSpread(device, centre))
  const days = Math.max(device.datapoints / slotsPerDay, shortestDays)
  const misplaced = (1 - ownLevelShare(device.datapoints)) * between
  return { centre, spread: Math.sqrt(within ** 2 * (1 + 1 / days) + misplaced ** 2) }
}

/**
 * Standard deviation of log(1 + n), n counted with mean l and variance dispersion x l: by the delta method
 * sqrt(dispersion l) / (1 + l). Where less than one event is expected the mean rate speaks, not the median.
 */
function countingSpread({ rate, dispersion }: DeviceBaseline, centre: number): number {
  const expected = Math.max(0, Math.expm1(centre))
  const mean = expected >= 1 ? expected : Math.min(1, Math.max(expected, rate))
  return Math.sqrt(dispersion * mean) / (1 + mean)
}

/**
 * One event where none is expected is a first event, however long the silence before: so wide that it alone
 * stays short of HIGH.
 */
function quietSpread({ baselines, above }: MetricModel, centre: number): number {
  if (!baselines.traits.isCount || centre >= quietCentre) return 0
  const reach = reachOf(above, confidenceScore.HIGH)
  return (1.05 * (Math.LN2 - centre)) / reach
}
