import { bucketCount, dayKinds, slotsPerDay } from './calendar.ts'
import type { DeviceCells } from './device-cells.ts'
import { gather, wholeOver, type FitRange } from './fit-range.ts'
import type { GatheredHistory } from './gathered-history.ts'
import {
  createGathered,
  fleetShapeOf,
  hourMediansOf,
  levelOf,
  type Gathered,
  type HourMedians,
} from './hour-medians.ts'
import { fromLog } from './log-scale.ts'
import type { Baseline } from './model.ts'
import { medianOf, quantileOf, robustSpread } from './order.ts'
import { parameters } from './parameters.ts'
import { fitRates } from './rates.ts'
import { emptyTable } from './device-table.ts'
import { knownDays, marginsOf, unseen, unseenMargin, type KnownDays } from './known-days.ts'
import type { Traits } from './traits.ts'

/** What a fit of one metric needs. */
export interface Fitting {
  history: GatheredHistory
  metric: number
  /** The metric whose logs are taken off; null where none. */
  over: number | null
  traits: Traits
  range: FitRange
}

interface DeviceFit {
  device: DeviceCells
  hours: HourMedians
  /** As many as there would be in the whole history. */
  datapoints: number
  level: number
  scale: number
}

/** What was learned of a metric, and the way to give one more device its row. */
export interface Fitted {
  baseline: Baseline
  /** Its device must be among the history's ids. */
  admit(device: DeviceCells): void
}

/**
 * Learns what each device normally does: its own medians by time of day, drawn to its level in the fleet's common
 * day where it has few datapoints, and a scale drawn a little to the fleet's. Habits are still to come.
 */
export function fitBaseline(fitting: Fitting): Fitted {
  const { family, unit, isSigned } = fitting.traits
  const common = { family, unit, isSigned, relation: null, ratio: null }
  if (family === 'dense') return fitDense(fitting, common)
  const { devices, admit } = fitRates(fitting)
  const shape = new Float64Array(bucketCount)
  return { baseline: { ...common, shape, between: 0, devices }, admit }
}

function fitDense(
  fitting: Fitting,
  common: Pick<Baseline, 'family' | 'unit' | 'isSigned' | 'relation' | 'ratio'>,
): Fitted {
  const { history } = fitting
  const gathered = createGathered(Math.max(1, ...history.kept.map(({ slots }) => slots)))
  const all = history.kept.map((device) => hoursOf(fitting, device, gathered))
  const seen = all.filter(({ datapoints }) => datapoints > 0)
  const settled = settledOf(seen, history.slotMs)
  const shape = fleetShapeOf(settled.map(({ hours }) => hours))
  for (const fit of seen) settleIn(fitting, fit, { shape, gathered })
  const fleet = fleetOf(settled, shape)
  const devices = emptyTable(history.deviceIds)
  for (const fit of seen) writeRow(devices, fit, { fitting, fleet })
  writeFleetRow(devices, fleet, fitting)
  const between = betweenOf(settled, fleet.level)
  return {
    baseline: { ...common, shape, between, devices },
    admit: (device) => {
      const room = createGathered(device.slots)
      const fit = hoursOf(fitting, device, room)
      if (fit.datapoints === 0) return
      settleIn(fitting, fit, { shape, gathered: room })
      writeRow(devices, fit, { fitting, fleet })
    },
  }
}

function settleIn(
  fitting: Fitting,
  fit: DeviceFit,
  { shape, gathered }: { shape: Float64Array; gathered: Gathered },
): void {
  fit.level = levelOf(fit.hours, shape)
  fit.scale = ownScaleOf(fitting, { fit, shape, gathered })
}

function fleetOf(settled: readonly DeviceFit[], shape: Float64Array): Fleet {
  const scales = Float64Array.from(settled, ({ scale }) => scale)
  return {
    level: medianOf(Float64Array.from(settled, ({ level }) => level)),
    scale: medianOf(scales.slice()),
    cautiousScale: quantileOf(scales, parameters.place.cautiousShare),
    shape,
    days: knownDays(settled, shape),
  }
}

interface Fleet {
  level: number
  scale: number
  cautiousScale: number
  shape: Float64Array
  days: KnownDays
}

function hoursOf(fitting: Fitting, device: DeviceCells, gathered: Gathered): DeviceFit {
  gather(fitting.history, device, { ...fitting, gathered })
  const hours = hourMediansOf(gathered)
  const datapoints = hours.datapoints * wholeOver(fitting.range, fitting.history)
  return { device, hours, datapoints, level: NaN, scale: NaN }
}

/** Those with a day of history; all where none has. */
function settledOf(fits: readonly DeviceFit[], slotMs: number): readonly DeviceFit[] {
  const settled = fits.filter(({ datapoints }) => datapoints >= slotsPerDay(slotMs))
  return settled.length > 0 ? settled : fits
}

/** A fleet of a few devices says little of the next one: one log unit, with the weight of two devices. */
function betweenOf(settled: readonly DeviceFit[], middle: number): number {
  const spread = robustSpread(Float64Array.from(settled, ({ level }) => level - middle))
  return Math.sqrt((settled.length * spread ** 2 + 2) / (settled.length + 2))
}

/** Of the device's logs about its own centres. */
function ownScaleOf(
  fitting: Fitting,
  { fit, shape, gathered }: { fit: DeviceFit; shape: Float64Array; gathered: Gathered },
): number {
  gather(fitting.history, fit.device, { ...fitting, gathered })
  const centres = centresOf(fit, shape)
  const deviations = gathered.sorted.subarray(0, gathered.length)
  let sum = 0
  for (let index = 0; index < deviations.length; index++) {
    const centre = centres[gathered.buckets[index] ?? 0] ?? 0
    deviations[index] = Math.abs((gathered.logs[index] ?? 0) - centre)
    sum += deviations[index] ?? 0
  }
  // Where more than half of the values are alike the median says nothing; the mean deviation still does.
  return Math.max(
    1.4826 * medianOf(deviations),
    (0.5 * 1.2533 * sum) / Math.max(1, deviations.length),
  )
}

function centresOf({ hours, level }: DeviceFit, shape: Float64Array): Float32Array {
  const centres = new Float32Array(bucketCount)
  for (let bucket = 0; bucket < bucketCount; bucket++) {
    const count = hours.counts[bucket] ?? 0
    const trust = count / (count + parameters.place.quarterPrior)
    const expected = level + (shape[bucket] ?? 0)
    const own = count > 0 ? (hours.medians[bucket] ?? 0) : expected
    centres[bucket] = trust * own + (1 - trust) * expected
  }
  return centres
}

function writeRow(
  table: Baseline['devices'],
  fit: DeviceFit,
  { fitting, fleet }: { fitting: Fitting; fleet: Fleet },
): void {
  const row = table.rows.get(fit.device.deviceId) ?? 0
  const { datapoints } = fit
  const trust =
    ((1 - parameters.place.fleetShare) * datapoints) / (datapoints + parameters.place.scalePrior)
  const scale = trust * fit.scale + (1 - trust) * fleet.scale
  table.datapoints[row] = datapoints
  table.levels[row] = fit.level
  const days = datapoints / slotsPerDay(fitting.history.slotMs)
  table.scales[row] =
    Math.max(scale, smallestScale(fitting.traits, fit.level)) * Math.sqrt(1 + 1 / Math.max(1, days))
  table.margins.set(
    marginsOf(fleet.days, fit.hours, unseenMargin(fit.level, fitting.traits.unit)),
    row * dayKinds,
  )
  table.centres.set(centresOf(fit, fleet.shape), row * bucketCount)
}

function writeFleetRow(table: Baseline['devices'], fleet: Fleet, { traits }: Fitting): void {
  const row = table.rows.size
  table.levels[row] = fleet.level
  table.scales[row] = Math.max(fleet.cautiousScale, smallestScale(traits, fleet.level))
  table.margins.set(
    marginsOf(fleet.days, unseen, unseenMargin(fleet.level, traits.unit)),
    row * dayKinds,
  )
  table.doubts.set(fleet.days.doubts)
  table.centres.set(
    fleet.shape.map((offset) => fleet.level + offset),
    row * bucketCount,
  )
}

/** About a percent of the value or of a small one, and for whole numbers half a step. */
function smallestScale({ isWhole, unit, small }: Traits, level: number): number {
  const { smallestScale: share, smallestSteps } = parameters.place
  const value = Math.abs(fromLog(level, unit))
  const least = Math.max(share * value, share * small, isWhole ? smallestSteps : 0)
  // A little more at a value v changes log(1 + v/unit) by 1/(unit + v) of it.
  return least / (unit + value)
}
