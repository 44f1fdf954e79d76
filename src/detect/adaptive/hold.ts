import { parameters } from './parameters.ts'

/**
 * Of one lasting anomaly, lets the first score through and after that only what exceeds it, by a demand that fades over
 * the next datapoints; 0 for the rest. What a series with little past says is weakened.
 */
export function createHold(): (score: number) => number {
  const { datapoints, factor, ramp, least } = parameters.hold
  let demanded = 0
  let age: number = datapoints
  let seen = 0
  return (score) => {
    const weighed = (score * seen) / (seen + ramp)
    seen++
    age++
    if (weighed <= least || weighed <= demanded * Math.max(0, 1 - age / datapoints)) return 0
    demanded = factor * weighed
    age = 0
    return weighed
  }
}
