import { parameters } from './parameters.ts'

export type Span = keyof typeof parameters.spans

/**
 * What comes suddenly, what lasts, and what does not go with the other metrics: each kind is joined in a head of its
 * own, for a burst that all of its components see must not hide what one of the others sees alone.
 */
export const headNames = ['fast', 'slow', 'joint'] as const

export type HeadName = (typeof headNames)[number]

/**
 * What is computed of the places of a window (distances from the centre in scales, or event counts). Of the places
 * themselves: the last `place`, the one `held` (nearest to the centre where all are on one side), their `mean` clipped
 * at `clip`, the `rank` that `share` of them lie below, and `count`, how unlikely so many events are at the device's
 * rate. Of each place's distance from the mean of the `before` places: the mean size (`restless`), the root of the
 * mean square (`turbulent`), and the largest size where an older one counts less (`jolt`). Of the values: for how many
 * slots they have been nothing but 0 (`run`).
 */
export interface Component {
  name: string
  head: HeadName
  /**
   * The metric itself, what is left of it once the metrics it goes with are known, its ratio to the nearest one, or its
   * silence.
   */
  of: 'metric' | 'relation' | 'ratio' | 'silence'
  statistic: 'place' | 'held' | 'mean' | 'rank' | 'count' | 'run' | Departure
  span: Span
  /** What each place of the span is held against. */
  before: Span
  clip: number
  share: number
  /** A device's habit of it is taken to have no smaller slope: in scales, of a ratio in log units. */
  leastSlope: number
  /** Which sides of its own usual value can be strange. */
  sides: 'both' | 'above' | 'below'
  /**
   * Whether a device's habit is drawn to the other devices' and that of an unknown one taken from them. A metric that is
   * 0 for good, as the ports of a device without any, has no silence in common with one that never is.
   */
  isShared: boolean
}

export type Departure = 'restless' | 'turbulent' | 'jolt'

const usual = {
  of: 'metric',
  before: 'slot',
  clip: 6,
  share: 0,
  leastSlope: 0,
  sides: 'above',
  isShared: true,
} as const
const fast = { ...usual, head: 'fast', clip: 12 } as const
const slow = { ...usual, head: 'slow' } as const
const joint = { ...usual, head: 'joint' } as const
const rank = {
  ...slow,
  statistic: 'rank',
  span: 'fourHours',
  leastSlope: parameters.habit.leastSlopeOfRanks,
} as const

/** The value's own is the first in every family. */
export const denseComponents: readonly Component[] = [
  { ...fast, name: 'value', statistic: 'place', span: 'slot', sides: 'both' },
  { ...fast, name: 'held', statistic: 'held', span: 'quarter', sides: 'both' },
  { ...fast, name: 'held over an hour', statistic: 'held', span: 'hour', sides: 'both' },
  { ...fast, name: 'jolt', statistic: 'jolt', span: 'hour', before: 'twoHours' },
  { ...fast, name: 'change', statistic: 'restless', span: 'quarter' },
  { ...fast, name: 'turbulence', statistic: 'turbulent', span: 'hour', before: 'quarter' },
  { ...slow, name: 'hour', statistic: 'mean', span: 'hour', sides: 'both' },
  { ...slow, name: 'shift', statistic: 'mean', span: 'fourHours', sides: 'both' },
  { ...rank, name: 'low', share: 0.1 },
  { ...rank, name: 'high', share: 0.9, sides: 'below' },
  {
    ...slow,
    of: 'silence',
    name: 'silence',
    statistic: 'run',
    span: 'fourHours',
    isShared: false,
  },
]

export const jointComponents: readonly Component[] = [
  {
    ...joint,
    of: 'relation',
    name: 'joint shift',
    statistic: 'mean',
    span: 'fourHours',
    sides: 'both',
  },
  { ...rank, head: 'joint', of: 'relation', name: 'joint low', share: 0.25 },
  { ...rank, head: 'joint', of: 'relation', name: 'joint high', share: 0.75, sides: 'below' },
]

const ratio = { ...joint, of: 'ratio', sides: 'both' } as const
const burst = { ...ratio, clip: 12, leastSlope: parameters.ratio.leastSlope } as const

export const ratioComponents: readonly Component[] = [
  { ...burst, name: 'joint value', statistic: 'place', span: 'slot' },
  { ...burst, name: 'joint held', statistic: 'held', span: 'quarter' },
  { ...ratio, name: 'joint hour', statistic: 'mean', span: 'hour' },
  { ...ratio, name: 'joint mean', statistic: 'mean', span: 'fourHours' },
]

export const sparseComponents: readonly Component[] = [
  { ...fast, name: 'events', statistic: 'count', span: 'slot' },
  { ...fast, name: 'events in an hour', statistic: 'count', span: 'hour' },
  { ...slow, name: 'events in a day', statistic: 'count', span: 'day' },
]

/** Whether it looks at how much a metric moves rather than at where it is. */
export function isDeparture(statistic: Component['statistic']): statistic is Departure {
  return statistic === 'restless' || statistic === 'turbulent' || statistic === 'jolt'
}

/**
 * Whether it counts for the device as a whole: what moves together in several metrics tells more than where each of
 * them stands.
 */
export function isUnrest({ statistic, head }: Component): boolean {
  return isDeparture(statistic) || (statistic === 'count' && head === 'fast')
}

/** Whether it tells of a burst, or of what lasts. */
export function courseOf({ head, statistic }: Component): 'fast' | 'slow' {
  if (head !== 'joint') return head
  return statistic === 'mean' || statistic === 'rank' ? 'slow' : 'fast'
}

/** The heads that a metric has, in the order of `headNames`. */
export function headsOf(metric: Parameters<typeof componentsOf>[0]): number {
  const hasJoint = metric.family === 'dense' && Boolean(metric.relation ?? metric.ratio)
  return hasJoint ? headNames.length : headNames.length - 1
}

/** Length of a span in slots. */
export function slotsOf(span: Span, slotMs: number): number {
  const { ms, least } = parameters.spans[span]
  return Math.max(least, Math.round(ms / Math.max(slotMs, parameters.shortestSlotMs)))
}

/** The components of a metric: what `Verdict.components` and a model's habits are indexed by. */
export function componentsOf(metric: {
  family: 'dense' | 'sparse'
  relation: object | null
  ratio: object | null
}): readonly Component[] {
  if (metric.family === 'sparse') return sparseComponents
  if (metric.ratio) return metric.relation ? withBoth : withRatio
  return metric.relation ? withJoint : denseComponents
}

const withJoint: readonly Component[] = [...denseComponents, ...jointComponents]
const withRatio: readonly Component[] = [...denseComponents, ...ratioComponents]
const withBoth: readonly Component[] = [...withJoint, ...ratioComponents]
