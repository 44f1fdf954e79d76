/**
 * Sums and order statistics over the last so many slots of many channels at once. What goes in are whole numbers, so
 * that sums slide without drift: whatever was added is taken off again to the last bit, and a window that was
 * refilled equals one that ran for weeks.
 */
export interface Sliding {
  plan: SlidingPlan
  layout: SumLayout
  /** A ring of rows, one entry a channel. */
  rows: Int32Array
  /** Index of the newest row. */
  newest: number
  /** By sum of the plan: the sum, and how many are present. */
  sums: Float64Array
  counts: Int32Array
  /** By ordered window of the plan: ascending. */
  ordered: Int32Array
  orderedCounts: Int32Array
}

export interface SlidingPlan {
  channels: number
  /** Rows in the ring; more than the longest span. */
  capacity: number
  /** Of what to keep sums: over `span` rows of a channel, clipped at +-`clip`; `isSquare` of squares of 1/32. */
  sums: readonly { channel: number; span: number; clip: number; isSquare: boolean }[]
  orderedChannels: readonly number[]
  orderedSpan: number
}

/** `SlidingPlan.sums`, a field an array: it is gone through once a slot and device. */
interface SumLayout {
  channels: Int32Array
  spans: Int32Array
  /** How far back in `rows` lies what leaves when a row is written, counted from that row's beginning. */
  backs: Int32Array
  clips: Float64Array
  areSquares: Uint8Array
}

/** No number in this slot. */
export const missing = -0x8000_0000

/** Squares are of numbers cut by this, so that their sums stay exact. */
export const squareCut = 32

export function createSliding(plan: SlidingPlan): Sliding {
  const sliding = {
    plan,
    layout: layoutOf(plan),
    rows: new Int32Array(plan.capacity * plan.channels),
    newest: plan.capacity - 1,
    sums: new Float64Array(plan.sums.length),
    counts: new Int32Array(plan.sums.length),
    ordered: new Int32Array(plan.orderedChannels.length * plan.orderedSpan),
    orderedCounts: new Int32Array(plan.orderedChannels.length),
  }
  sliding.rows.fill(missing)
  return sliding
}

function layoutOf({ sums, channels }: SlidingPlan): SumLayout {
  return {
    channels: Int32Array.from(sums, ({ channel }) => channel),
    spans: Int32Array.from(sums, ({ span }) => span),
    backs: Int32Array.from(sums, ({ channel, span }) => span * channels - channel),
    clips: Float64Array.from(sums, ({ clip }) => clip),
    areSquares: Uint8Array.from(sums, ({ isSquare }) => Number(isSquare)),
  }
}

/** Forgets everything. */
export function clear(sliding: Sliding): void {
  sliding.rows.fill(missing)
  sliding.sums.fill(0)
  sliding.counts.fill(0)
  sliding.orderedCounts.fill(0)
}

/** Takes in the next slot, `missing` where a channel has nothing. */
export function push(sliding: Sliding, row: Int32Array): void {
  const { plan, rows } = sliding
  const position = (sliding.newest + 1) % plan.capacity
  slideSums(sliding, row, position)
  slideOrdered(sliding, row, position)
  const base = position * plan.channels
  for (let channel = 0; channel < plan.channels; channel++) {
    rows[base + channel] = row[channel] ?? missing
  }
  sliding.newest = position
}

/** A copy to come back to after the next push; valid until the second. */
export type Snapshot = Pick<Sliding, 'newest' | 'sums' | 'counts' | 'ordered' | 'orderedCounts'> & {
  overwritten: Int32Array
}

export function snapshotOf(sliding: Sliding): Snapshot {
  const { plan, rows, newest, sums, counts, ordered, orderedCounts } = sliding
  const next = ((newest + 1) % plan.capacity) * plan.channels
  return {
    newest,
    sums: sums.slice(),
    counts: counts.slice(),
    ordered: ordered.slice(),
    orderedCounts: orderedCounts.slice(),
    overwritten: rows.slice(next, next + plan.channels),
  }
}

export function comeBackTo(sliding: Sliding, snapshot: Snapshot): void {
  sliding.newest = snapshot.newest
  sliding.sums.set(snapshot.sums)
  sliding.counts.set(snapshot.counts)
  sliding.ordered.set(snapshot.ordered)
  sliding.orderedCounts.set(snapshot.orderedCounts)
  const { capacity, channels } = sliding.plan
  sliding.rows.set(snapshot.overwritten, ((snapshot.newest + 1) % capacity) * channels)
}

/** What a channel had `ago` slots before the newest. */
export function placeAgo({ plan, rows, newest }: Sliding, channel: number, ago: number): number {
  const position = newest < ago ? newest - ago + plan.capacity : newest - ago
  return rows[position * plan.channels + channel] ?? missing
}

/** Mean of a sum's window, a whole number; missing where less than half of it is there. */
export function meanPlace({ sums, counts, layout }: Sliding, sum: number): number {
  const count = counts[sum] ?? 0
  if (2 * count < (layout.spans[sum] ?? 0)) return missing
  return Math.round((sums[sum] ?? 0) / count)
}

function slideSums(sliding: Sliding, row: Int32Array, position: number): void {
  const { rows, sums, counts, layout } = sliding
  const { backs, channels, clips, areSquares } = layout
  const base = position * sliding.plan.channels
  for (let index = 0; index < sums.length; index++) {
    const back = base - (backs[index] ?? 0)
    const leaving = rows[back < 0 ? back + rows.length : back] ?? missing
    const entering = row[channels[index] ?? 0] ?? missing
    // Where nothing changes nothing is to be done; most often that is because nothing is there.
    if (leaving === entering) continue
    const clip = clips[index] ?? 0
    const isSquare = areSquares[index] === 1
    let change = 0
    if (leaving !== missing) change -= weightOf(leaving, clip, isSquare)
    if (entering !== missing) change += weightOf(entering, clip, isSquare)
    sums[index] = (sums[index] ?? 0) + change
    if (leaving === missing) counts[index] = (counts[index] ?? 0) + 1
    else if (entering === missing) counts[index] = (counts[index] ?? 0) - 1
  }
}

function weightOf(place: number, clip: number, isSquare: boolean): number {
  const clipped = place > clip ? clip : place < -clip ? -clip : place
  if (!isSquare) return clipped
  const cut = (clipped / squareCut) | 0
  return cut * cut
}

function slideOrdered(sliding: Sliding, row: Int32Array, position: number): void {
  const { plan, rows, ordered, orderedCounts } = sliding
  const span = plan.orderedSpan
  const from = position < span ? position - span + plan.capacity : position - span
  for (let index = 0; index < plan.orderedChannels.length; index++) {
    const channel = plan.orderedChannels[index] ?? 0
    const leaving = rows[from * plan.channels + channel] ?? missing
    const entering = row[channel] ?? missing
    if (leaving === entering) continue
    let count = orderedCounts[index] ?? 0
    if (leaving !== missing) takeOut(ordered, leaving, { from: index * span, count: count-- })
    if (entering !== missing) putIn(ordered, entering, { from: index * span, count: count++ })
    orderedCounts[index] = count
  }
}

interface Part {
  from: number
  count: number
}

function takeOut(ordered: Int32Array, place: number, { from, count }: Part): void {
  const last = from + count - 1
  let index = from
  while ((ordered[index] ?? 0) !== place) index++
  for (; index < last; index++) ordered[index] = ordered[index + 1] ?? 0
}

function putIn(ordered: Int32Array, place: number, { from, count }: Part): void {
  let index = from + count
  for (; index > from && (ordered[index - 1] ?? 0) > place; index--) {
    ordered[index] = ordered[index - 1] ?? 0
  }
  ordered[index] = place
}
