import {
  componentsOf,
  isDeparture,
  isUnrest,
  slotsOf,
  type Component,
  type Span,
} from './components.ts'
import type { Baseline } from './model.ts'
import { parameters } from './parameters.ts'
import type { SlidingPlan } from './sliding.ts'

/** Places are kept as whole numbers of this part of a scale. */
export const placeUnit = 2 ** 21

/** Where a component finds its numbers among the windows. */
export interface Reader {
  isFast: boolean
  isUnrest: boolean
  isDeparture: boolean
  statistic: Component['statistic']
  /** Its places; for departures the channel of those. */
  channel: number
  /** Slots it looks back on. */
  span: number
  clip: number
  /** Index of its sum (for departures: of theirs), of its ordered window; -1 where it has none. */
  sum: number
  ordered: number
  share: number
}

/** Channels of `places` are the metrics, then the relations. */
export interface GroupPlan {
  slotMs: number
  /** The window that a verdict depends on, its own slot included. */
  windowSlots: number
  places: SlidingPlan
  departures: SlidingPlan
  /** By channel of `departures`: the places, and the sum that they are held against. */
  sources: readonly { channel: number; sum: number }[]
  /** By metric index: of each component. */
  readers: Reader[][]
  /** By metric index: channel of what its partners leave; -1 without relation. */
  relationChannels: number[]
}

type Shape = Pick<Baseline, 'family' | 'relation'>

type Sum = SlidingPlan['sums'][number]

interface Draft {
  slotMs: number
  sums: Sum[]
  orderedChannels: number[]
  departureSums: Sum[]
  sources: { channel: number; sum: number }[]
}

export function planFor(metrics: readonly (Shape | null)[], slotMs: number): GroupPlan {
  let channels = metrics.length
  const relationChannels = metrics.map((metric) => (metric?.relation ? channels++ : -1))
  const draft: Draft = { slotMs, sums: [], orderedChannels: [], departureSums: [], sources: [] }
  const readers = metrics.map((metric, index) => {
    if (!metric) return []
    const channelOf = ({ of }: Component) =>
      of === 'metric' ? index : (relationChannels[index] ?? 0)
    return componentsOf(metric).map((each) => readerOf(each, channelOf(each), draft))
  })
  const windowSlots = slotsOf('day', slotMs)
  const { sums, orderedChannels, sources, departureSums } = draft
  const orderedSpan = slotsOf('fourHours', slotMs)
  const places = { channels, capacity: windowSlots + 1, sums, orderedChannels, orderedSpan }
  const departures = {
    channels: sources.length,
    capacity: slotsOf('hour', slotMs) + 1,
    sums: departureSums,
    orderedChannels: [],
    orderedSpan: 0,
  }
  return { slotMs, windowSlots, places, departures, sources, readers, relationChannels }
}

/** How many slots back a device's values are remembered: the window, for datapoints that come late too. */
export function rememberedSlots(slotMs: number): number {
  const { ms, least } = parameters.late
  return slotsOf('day', slotMs) + Math.max(least, Math.ceil(ms / slotMs))
}

function readerOf(component: Component, channel: number, draft: Draft): Reader {
  const { statistic, share, head } = component
  const span = slotsOf(component.span, draft.slotMs)
  const clip = statistic === 'count' ? 2 ** 30 : Math.round(component.clip * placeUnit)
  const flags = {
    isFast: head === 'fast',
    isUnrest: isUnrest(component),
    isDeparture: isDeparture(statistic),
  }
  const reader: Reader = {
    ...flags,
    statistic,
    channel,
    span,
    clip,
    sum: -1,
    ordered: -1,
    share,
  }
  switch (statistic) {
    case 'place':
      return reader
    case 'rank':
      return { ...reader, ordered: orderedIndex(draft, channel) }
    case 'mean':
    case 'count':
      return { ...reader, sum: addSum(draft.sums, { channel, span, clip, isSquare: false }) }
    default:
      return departureReader(draft, reader, component.before)
  }
}

/** Adds a channel for what the component departs by, and the sum that it departs from. */
function departureReader(draft: Draft, reader: Reader, before: Span): Reader {
  const { channel, clip, span, statistic } = reader
  const from = { channel, span: slotsOf(before, draft.slotMs), clip, isSquare: false }
  const departure = draft.sources.push({ channel, sum: addSum(draft.sums, from) }) - 1
  if (statistic === 'jolt') return { ...reader, channel: departure }
  const isSquare = statistic === 'turbulent'
  const sum = addSum(draft.departureSums, { channel: departure, span, clip, isSquare })
  return { ...reader, channel: departure, sum }
}

function addSum(sums: Sum[], sum: Sum): number {
  return sums.push(sum) - 1
}

function orderedIndex({ orderedChannels }: Draft, channel: number): number {
  const known = orderedChannels.indexOf(channel)
  return known >= 0 ? known : orderedChannels.push(channel) - 1
}
