import { slotsPerDay } from './calendar.ts'
import type { DeviceCells } from './device-cells.ts'
import { toLog } from './log-scale.ts'
import type { Baseline } from './model.ts'
import { quantileOf } from './order.ts'
import { parameters } from './parameters.ts'

/** What is known of a metric's values whatever the device. */
export interface Traits extends Pick<Baseline, 'family' | 'unit' | 'isSigned'> {
  /** Only whole numbers were seen. */
  isWhole: boolean
  /** A small value of the metric, but not zero. */
  small: number
}

/** Sizes that the unit is taken from. */
const sampleSize = 100_000

/** By metric index. */
export function traitsOf(
  devices: readonly DeviceCells[],
  { metrics, slotMs }: { metrics: number; slotMs: number },
): Traits[] {
  const perDay = slotsPerDay(slotMs)
  return Array.from({ length: metrics }, (_, metric) => {
    const traits = traitsOfMetric(devices, metric)
    const { small } = traits
    const unit = traits.family === 'sparse' ? small : unitOf(devices, metric, { small, perDay })
    return { ...traits, unit }
  })
}

function traitsOfMetric(devices: readonly DeviceCells[], metric: number): Omit<Traits, 'unit'> {
  const seen = { values: 0, zeros: 0, isWhole: true, isSigned: false }
  const total = devices.reduce((sum, { slots }) => sum + slots, 0)
  const stride = Math.max(1, Math.ceil(total / sampleSize))
  const sizes: number[] = []
  for (const { cells, metrics } of devices) {
    for (let index = metric, row = 0; index < cells.length; index += metrics, row++) {
      const value = cells[index] ?? NaN
      if (value !== value) continue
      seen.values++
      if (value === 0) seen.zeros++
      else if (row % stride === 0) sizes.push(Math.abs(value))
      if (value < 0) seen.isSigned = true
      if (value % 1 !== 0) seen.isWhole = false
    }
  }
  return traitsFrom(seen, sizes)
}

function traitsFrom(
  seen: { values: number; zeros: number; isWhole: boolean; isSigned: boolean },
  sizes: readonly number[],
): Omit<Traits, 'unit'> {
  const { isWhole, isSigned } = seen
  const isRare = seen.values - seen.zeros < parameters.sparseBelow * seen.values
  const small = quantileOf(Float64Array.from(sizes), parameters.unit.quantile)
  const family = isRare && isWhole && !isSigned ? 'sparse' : 'dense'
  return { family, small: small > 0 ? small : 1, isSigned, isWhole }
}

/**
 * The unit of the log scale in which the days of a device are most alike: a small one, so that noise in proportion
 * to the value is even, or a large one, which leaves noise that is even already as it is. By likelihood, the scale of
 * each device its own (Box and Cox 1964, section 3).
 */
function unitOf(
  devices: readonly DeviceCells[],
  metric: number,
  { small, perDay }: { small: number; perDay: number },
): number {
  const step = Math.max(1, Math.floor(devices.length / parameters.unit.devices))
  const asked = devices.filter((_, index) => index % step === 0)
  let best = { unit: small, likelihood: -Infinity }
  for (const factor of parameters.unit.factors) {
    const unit = small * factor
    const likelihoods = asked.map((device) => dayLikelihood(device, metric, { unit, perDay }))
    const known = likelihoods.filter(Number.isFinite)
    const likelihood = known.reduce((sum, each) => sum + each, 0) / known.length
    if (likelihood > best.likelihood) best = { unit, likelihood }
  }
  return best.unit
}

/** Mean log-likelihood of a datapoint given the one a day before, Laplace distributed; NaN where nothing varies. */
function dayLikelihood(
  { cells, metrics }: DeviceCells,
  metric: number,
  { unit, perDay }: { unit: number; perDay: number },
): number {
  let differences = 0
  let stretch = 0
  let count = 0
  for (let index = metric + perDay * metrics; index < cells.length; index += metrics) {
    const now = cells[index] ?? NaN
    const before = cells[index - perDay * metrics] ?? NaN
    if (now !== now || before !== before) continue
    differences += Math.abs(toLog(now, unit) - toLog(before, unit))
    stretch += Math.log(unit + Math.abs(now))
    count++
  }
  return differences > 0 ? -Math.log(differences / count) - stretch / count : NaN
}
