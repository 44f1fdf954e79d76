import { parameters } from './parameters.ts'
import { countBelow, createSortedWindow, slideIn } from './sorted-window.ts'

/**
 * Share of a series' datapoints that have this score or more: as common as in the series it was measured on, or as it
 * was in this one if that was more often.
 */
export function createChance(): (score: number) => number {
  const past = createSortedWindow(parameters.memory)
  const { ramp } = parameters.chance
  let seen = 0
  return (score) => {
    const common = shareOfAllSeries((score * seen) / (seen + ramp))
    const own = past.size === 0 ? 0 : (past.size - countBelow(past, score)) / past.size
    slideIn(past, score)
    seen++
    return Math.max(common, own)
  }
}

/** Linear in decades between the knots, and beyond the last one as before it. */
function shareOfAllSeries(score: number): number {
  const { knots } = parameters.chance
  let upper = 1
  while (upper < knots.length - 1 && (knots[upper]?.score ?? Infinity) < score) upper++
  const [from, to] = [knots[upper - 1], knots[upper]]
  if (!from || !to) return 1
  const slope = (to.decades - from.decades) / (to.score - from.score)
  return 10 ** -(from.decades + (score - from.score) * slope)
}
