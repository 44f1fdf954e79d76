import { parameters } from './parameters.ts'

/**
 * What the unrest of a device's metrics adds up to: the strangest counts in full, each further one less, so that one
 * metric gone wild and several a little uneasy both show. Sorts what it is given; NaN counts as nothing.
 */
export function deviceSum(unrest: Float64Array): number {
  unrest.sort()
  let sum = 0
  let weight = 1
  for (let index = unrest.length - 1; index >= 0; index--) {
    const decades = unrest[index] ?? 0
    // NaN sorts last.
    if (decades !== decades) continue
    if (decades <= 0) break
    sum += weight * decades
    weight *= parameters.device.further
  }
  return sum
}
