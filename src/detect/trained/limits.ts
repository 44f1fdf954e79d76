import type { ConfidenceLevel } from '../../contract/model/profile.ts'
import { confidenceScore } from '../confidence.ts'
import { componentsOf, headNames } from './components.ts'
import { fieldOf, readHabits } from './habit-table.ts'
import { fromStrangeness } from './habit.ts'
import type { MetricModel } from './model.ts'
import { parameters } from './parameters.ts'
import { costOfChoice } from './scoring.ts'
import { reachOf } from './tail.ts'

/** A value of less than this share of a limit does not reach it, whatever the rounding. */
export const nearLimit = 0.99

export const levels = ['LOW', 'MEDIUM', 'HIGH'] as const satisfies ConfidenceLevel[]

/**
 * By level, above then below: how strange a value may be before it reaches the level by itself, in units of the
 * device's habit; Infinity where no value does.
 */
export function strangenessLimits(metric: MetricModel): Float64Array {
  const limits = levels.flatMap((level) =>
    ([0, 1] as const).map((side) =>
      strangenessAt(metric, { component: 0, side, score: confidenceScore[level] }),
    ),
  )
  return Float64Array.from(limits)
}

/** How strange a component may be before the score is reached by it alone; side 0 is above. */
export function strangenessAt(
  metric: MetricModel,
  { component, side, score }: { component: number; side: 0 | 1; score: number },
): number {
  const { threshold, cap } = parameters.head
  const tail = metric.tails[2 * component + side]
  if (!tail) return Infinity
  const head = metric.heads[headNames.indexOf(componentsOf(metric)[component]?.head ?? 'fast')]
  const needed = score + costOfChoice(metric.heads.length)
  const decades = head ? reachOf(head, needed) : Infinity
  const inHead = decades < cap ? reachOf(tail, decades + threshold) : Infinity
  return component === 0 ? Math.min(inHead, reachOf(tail, needed)) : inHead
}

/**
 * By level, above then below: how far a value of this row's device may lie from its centre before it reaches the
 * level by itself. Dense: in scales. Sparse: as a signed root of the deviance.
 */
export function distanceLimits(
  metric: MetricModel,
  limits: Float64Array,
  row: number,
): Float64Array {
  const { centre, above, below } = readHabits(metric.devices.habits, fieldOf(metric, row, 0))
  return limits.map((strange, index) =>
    index % 2 === 0
      ? centre + fromStrangeness(strange, above)
      : fromStrangeness(strange, below) - centre,
  )
}
