import { stepFields, type SlidingLayout } from './sliding-layout.ts'

/**
 * Sums and order statistics over the last so many slots of many channels at once. What goes in are whole numbers, so
 * that sums slide without drift: whatever was added is taken off again to the last bit, and a window that was
 * refilled equals one that ran for weeks. The numbers of one slot lie side by side: most of what a slot looks at
 * is not in the processor's cache, and spans of one length find what leaves in one place.
 */
export interface Sliding {
  layout: SlidingLayout
  /** A ring of rows for the channels of each length. */
  rings: Int32Array
  /** Slots taken in; the newest is at this, modulo the length of a ring. */
  newest: number
  /** By sum of the plan: the sum, and how many are present. */
  sums: Float64Array
  counts: Int32Array
  /** By ordered window of the plan: ascending. */
  ordered: Int32Array
  orderedCounts: Int32Array
}

/** No number in this slot. */
export const missing = -0x8000_0000

/** Squares are of numbers cut by this, so that their sums stay exact. */
export const squareCut = 32

export function createSliding(layout: SlidingLayout): Sliding {
  const { entries, spans, orderedWindows, orderedSpan } = layout
  return {
    layout,
    newest: 0,
    sums: new Float64Array(spans.length),
    counts: new Int32Array(spans.length),
    orderedCounts: new Int32Array(orderedWindows),
    ordered: new Int32Array(orderedWindows * orderedSpan),
    rings: new Int32Array(entries).fill(missing),
  }
}

/** Forgets everything. */
export function clear(sliding: Sliding): void {
  sliding.rings.fill(missing)
  sliding.newest = 0
  sliding.sums.fill(0)
  sliding.counts.fill(0)
  sliding.orderedCounts.fill(0)
}

/** Puts a channel's number of the newest slot, which `newest` was moved on to, in its place; `missing` for none. */
export function enter(sliding: Sliding, channel: number, entering: number): void {
  sliding.rings[entryOf(sliding, channel, 0)] = entering
}

/** Takes what entered into the sums and ordered windows, and what is too long ago out of them. */
export function follow(sliding: Sliding): void {
  const { layout, rings, newest } = sliding
  const { steps, orderedChannels } = layout
  for (let at = 0; at < steps.length; at += stepFields) {
    const start = steps[at + 1] ?? 0
    const stride = steps[at + 2] ?? 0
    const mask = steps[at + 3] ?? 0
    const entering = rings[start + stride * (newest & mask)] ?? missing
    const leaving = rings[start + stride * ((newest - (steps[at + 4] ?? 0)) & mask)] ?? missing
    // Where nothing changes nothing is to be done; most often that is because nothing is there.
    if (leaving !== entering) changeSum(sliding, steps[at] ?? 0, { leaving, entering })
  }
  for (let each = 0; each < orderedChannels.length; each++)
    followInOrder(sliding, orderedChannels[each] ?? 0)
}

/** Works out the sums and ordered windows anew, from all that has entered. */
export function settle(sliding: Sliding): void {
  const { layout, rings, newest, sums, counts } = sliding
  const { steps } = layout
  for (let at = 0; at < steps.length; at += stepFields) {
    const sum = steps[at] ?? 0
    sums[sum] = 0
    counts[sum] = 0
    for (let ago = (steps[at + 4] ?? 0) - 1; ago >= 0; ago--) {
      const position = (newest - ago) & (steps[at + 3] ?? 0)
      const entering = rings[(steps[at + 1] ?? 0) + (steps[at + 2] ?? 0) * position] ?? missing
      if (entering !== missing) changeSum(sliding, sum, { leaving: missing, entering })
    }
  }
  for (const channel of layout.orderedChannels) settleInOrder(sliding, channel)
}

function settleInOrder(sliding: Sliding, channel: number): void {
  const { layout, orderedCounts } = sliding
  const window = layout.orderedOf[channel] ?? -1
  orderedCounts[window] = 0
  for (let ago = layout.orderedSpan - 1; ago >= 0; ago--) {
    const entering = placeAgo(sliding, channel, ago)
    if (entering !== missing) changeOrdered(sliding, window, { leaving: missing, entering })
  }
}

function followInOrder(sliding: Sliding, channel: number): void {
  const { layout } = sliding
  const entering = placeAgo(sliding, channel, 0)
  const leaving = placeAgo(sliding, channel, layout.orderedSpan)
  const window = layout.orderedOf[channel] ?? -1
  if (leaving !== entering) changeOrdered(sliding, window, { leaving, entering })
}

/** Puts another number in the place of a channel's newest. */
export function replaceNewest(sliding: Sliding, channel: number, entering: number): void {
  const { layout, rings } = sliding
  const at = entryOf(sliding, channel, 0)
  const leaving = rings[at] ?? missing
  if (leaving === entering) return
  for (const sum of layout.sumsOf[channel] ?? nothing)
    changeSum(sliding, sum, { leaving, entering })
  const window = layout.orderedOf[channel] ?? -1
  if (window >= 0) changeOrdered(sliding, window, { leaving, entering })
  rings[at] = entering
}

/** What a channel had `ago` slots before the newest. */
export function placeAgo(sliding: Sliding, channel: number, ago: number): number {
  return sliding.rings[entryOf(sliding, channel, ago)] ?? missing
}

function entryOf({ layout, newest }: Sliding, channel: number, ago: number): number {
  const position = (newest - ago) & (layout.masks[channel] ?? 0)
  return (layout.starts[channel] ?? 0) + position * (layout.strides[channel] ?? 0)
}

/** Mean of a sum's window, a whole number; missing where less than half of it is there. */
export function meanPlace({ sums, counts, layout }: Sliding, sum: number): number {
  const count = counts[sum] ?? 0
  if (2 * count < (layout.spans[sum] ?? 0)) return missing
  return Math.round((sums[sum] ?? 0) / count)
}

/** The same as it was before the newest was taken in. */
export function meanPlaceBefore(sliding: Sliding, channel: number, sum: number): number {
  const { layout, sums, counts } = sliding
  const span = layout.spans[sum] ?? 0
  const entered = placeAgo(sliding, channel, 0)
  const left = placeAgo(sliding, channel, span)
  const count = (counts[sum] ?? 0) + Number(left !== missing) - Number(entered !== missing)
  if (2 * count < span) return missing
  const change = weightOf(layout, sum, left) - weightOf(layout, sum, entered)
  return Math.round(((sums[sum] ?? 0) + change) / count)
}

/** What a number adds to a sum. */
function weightOf({ clips, areSquares }: SlidingLayout, sum: number, place: number): number {
  if (place === missing) return 0
  const clip = clips[sum] ?? 0
  const clipped = place > clip ? clip : place < -clip ? -clip : place
  if (areSquares[sum] === 0) return clipped
  const cut = (clipped / squareCut) | 0
  return cut * cut
}

/** Two numbers that differ; one of them may be missing. */
interface Exchange {
  leaving: number
  entering: number
}

function changeSum(
  { layout, sums, counts }: Sliding,
  sum: number,
  { leaving, entering }: Exchange,
): void {
  const change = weightOf(layout, sum, entering) - weightOf(layout, sum, leaving)
  sums[sum] = (sums[sum] ?? 0) + change
  if (leaving === missing) counts[sum] = (counts[sum] ?? 0) + 1
  else if (entering === missing) counts[sum] = (counts[sum] ?? 0) - 1
}

function changeOrdered(
  { layout, ordered, orderedCounts }: Sliding,
  window: number,
  { leaving, entering }: Exchange,
): void {
  const from = window * layout.orderedSpan
  let to = from + (orderedCounts[window] ?? 0)
  let index = to
  if (leaving === missing) to++
  else index = firstAtLeast(ordered, leaving, { from, to })
  if (entering === missing) {
    for (to--; index < to; index++) ordered[index] = ordered[index + 1] ?? 0
  } else {
    // What leaves makes room, and those between it and the place of what enters move up.
    for (; index > from && (ordered[index - 1] ?? 0) > entering; index--) {
      ordered[index] = ordered[index - 1] ?? 0
    }
    for (; index + 1 < to && (ordered[index + 1] ?? 0) < entering; index++) {
      ordered[index] = ordered[index + 1] ?? 0
    }
    ordered[index] = entering
  }
  orderedCounts[window] = to - from
}

/** One after the other: what is looked at by halves comes from memory by one cold line after another. */
function firstAtLeast(
  ascending: Int32Array,
  value: number,
  { from, to }: { from: number; to: number },
): number {
  let index = from
  while (index < to && (ascending[index] ?? 0) < value) index++
  return index
}

const nothing = new Int32Array(0)
