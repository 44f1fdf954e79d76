import {
  componentsOf,
  headNames,
  isDeparture,
  isUnrest,
  slotsOf,
  type Component,
} from './components.ts'
import type { Baseline } from './model.ts'
import { parameters } from './parameters.ts'
import { layoutOf, type SlidingLayout, type SlidingPlan } from './sliding-layout.ts'

/** Places are kept as whole numbers of this part of a scale. */
export const placeUnit = 2 ** 21

const { farthest } = parameters.place

/** Where a component finds its numbers among the windows. */
export interface Reader {
  /** Index in `headNames`. */
  head: number
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

/** Channels of `places` are the metrics, then the relations, the ratios and the silences. */
export interface GroupPlan {
  slotMs: number
  /** The window that a verdict depends on, its own slot included. */
  windowSlots: number
  /** The part of it that anything but counts looks back on. */
  placeSlots: number
  /** The part of that in which departures count: none looks back further than `departures` can. */
  departureSlots: number
  /** Channels of sparse metrics. */
  countChannels: Int32Array
  places: SlidingLayout
  departures: SlidingLayout
  /** By channel of `departures`: the places, and the sum that they are held against. */
  sources: readonly { channel: number; sum: number }[]
  /** By metric index: of each component. */
  readers: Reader[][]
  /** By metric index: channel of what its partners leave; -1 without relation. */
  relationChannels: number[]
  /** By metric index: channel of how it lies to its partner; -1 without ratio. */
  ratioChannels: number[]
  /** By metric index: channel of how long it has been 0, slots; -1 of a sparse metric. */
  silenceChannels: number[]
  /** No silence is longer, in places: what a day that begins in the middle of one still shows. */
  longestSilence: number
}

type Shape = Pick<Baseline, 'family' | 'relation' | 'ratio'>

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
  const ratioChannels = metrics.map((metric) => (metric?.ratio ? channels++ : -1))
  const silenceChannels = metrics.map((metric) => (metric?.family === 'dense' ? channels++ : -1))
  const channelsOf = { relation: relationChannels, ratio: ratioChannels, silence: silenceChannels }
  const draft: Draft = { slotMs, sums: [], orderedChannels: [], departureSums: [], sources: [] }
  const readers = metrics.map((metric, index) => {
    if (!metric) return []
    const channelOf = ({ of }: Component) =>
      of === 'metric' ? index : (channelsOf[of][index] ?? 0)
    return componentsOf(metric).map((each) => readerOf(each, channelOf(each), draft))
  })
  const windowSlots = slotsOf('day', slotMs)
  const { sums, orderedChannels, sources, departureSums } = draft
  const orderedSpan = slotsOf('fourHours', slotMs)
  const places = layoutOf({ channels, capacity: orderedSpan, sums, orderedChannels, orderedSpan })
  const departures = layoutOf({
    channels: sources.length,
    capacity: slotsOf('hour', slotMs),
    sums: departureSums,
    orderedChannels: [],
    orderedSpan: 0,
  })
  return {
    slotMs,
    windowSlots,
    placeSlots: longestLookBack(metrics, slotMs),
    departureSlots: slotsOf('hour', slotMs),
    countChannels: countChannelsOf(metrics),
    places,
    departures,
    sources,
    readers,
    relationChannels,
    ratioChannels,
    silenceChannels,
    longestSilence: placeUnit * Math.min(farthest, windowSlots - slotsOf('hour', slotMs)),
  }
}

function countChannelsOf(metrics: readonly (Shape | null)[]): Int32Array {
  return Int32Array.from([...metrics.keys()].filter((index) => metrics[index]?.family === 'sparse'))
}

/** In slots; of what is computed of places, with the places that those are held against. */
function longestLookBack(metrics: readonly (Shape | null)[], slotMs: number): number {
  const lookBack = ({ statistic, span, before }: Component) =>
    slotsOf(span, slotMs) + (isDeparture(statistic) ? slotsOf(before, slotMs) : 0)
  return metrics
    .flatMap((metric) => (metric?.family === 'dense' ? componentsOf(metric) : []))
    .reduce((longest, component) => Math.max(longest, lookBack(component)), 0)
}

/** How many slots back a datapoint is held against what was told. */
export function newsSlots(slotMs: number): number {
  const { ms, least } = parameters.news
  return Math.max(least, Math.round(ms / slotMs))
}

/** How many slots back a device's scores are remembered: as many, for datapoints that come late too. */
export function scoredSlots(slotMs: number): number {
  const { ms, least } = parameters.late
  return newsSlots(slotMs) + Math.max(least, Math.ceil(ms / slotMs))
}

/** How many slots back its values are: the window of each of those. */
export function rememberedSlots(slotMs: number): number {
  return slotsOf('day', slotMs) + scoredSlots(slotMs)
}

function readerOf(component: Component, channel: number, draft: Draft): Reader {
  const { statistic, share, head } = component
  const span = slotsOf(component.span, draft.slotMs)
  const clip = statistic === 'count' ? 2 ** 30 : Math.round(component.clip * placeUnit)
  const source = isDeparture(statistic) ? addSource(draft, component, { channel, clip }) : channel
  // One literal, so that all readers have one hidden class: they are what a verdict spends its time on.
  return {
    head: headNames.indexOf(head),
    isUnrest: isUnrest(component),
    isDeparture: isDeparture(statistic),
    statistic,
    channel: source,
    span,
    clip,
    sum: sumOf(draft, statistic, { channel: source, span, clip }),
    ordered: statistic === 'rank' ? orderedIndex(draft, channel) : -1,
    share,
  }
}

function sumOf(
  { sums, departureSums }: Draft,
  statistic: Component['statistic'],
  sum: Omit<Sum, 'isSquare'>,
): number {
  switch (statistic) {
    case 'mean':
    case 'count':
      return addSum(sums, { ...sum, isSquare: false })
    case 'restless':
    case 'turbulent':
      return addSum(departureSums, { ...sum, isSquare: statistic === 'turbulent' })
    default:
      return -1
  }
}

/** Adds a channel for what the component departs by, and the sum that it departs from. */
function addSource(
  { sources, sums, slotMs }: Draft,
  { before }: Component,
  { channel, clip }: { channel: number; clip: number },
): number {
  const sum = addSum(sums, { channel, span: slotsOf(before, slotMs), clip, isSquare: false })
  return sources.push({ channel, sum }) - 1
}

function addSum(sums: Sum[], sum: Sum): number {
  return sums.push(sum) - 1
}

function orderedIndex({ orderedChannels }: Draft, channel: number): number {
  const known = orderedChannels.indexOf(channel)
  return known >= 0 ? known : orderedChannels.push(channel) - 1
}
