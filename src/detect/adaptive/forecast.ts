import { at } from '../median.ts'
import { clipped } from './moving-average.ts'
import { parameters } from './parameters.ts'

/** Forecasts the next value of a series around 0 from the last ones, and learns from how it was wrong. */
export interface Forecast {
  /** How far off the forecast of this value was. `spread` is the scale of the series. */
  miss: (value: number, spread: number) => number
}

/**
 * An autoregression by normalised least mean squares (Haykin, "Adaptive Filter Theory", chapter 6) that begins with
 * "as before" and learns from outliers no more than from what is usual.
 */
export function createForecast(): Forecast {
  const { lags, step, regularity, mostSpreads } = parameters.forecast
  const weights = new Float64Array(lags)
  const last = new Float64Array(lags)
  weights[0] = 1
  return {
    miss(value, spread) {
      const error = value - dot(weights, last)
      const lesson = clipped(error, mostSpreads * spread)
      const rate = (step * lesson) / (regularity * spread * spread + dot(last, last))
      for (let lag = 0; lag < lags; lag++) weights[lag] = at(weights, lag) + rate * at(last, lag)
      last.copyWithin(1, 0)
      last[0] = value
      return error
    },
  }
}

function dot(left: Float64Array, right: Float64Array): number {
  let sum = 0
  for (let index = 0; index < left.length; index++) sum += at(left, index) * at(right, index)
  return sum
}
