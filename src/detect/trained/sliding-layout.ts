export interface SlidingPlan {
  channels: number
  /** Slots of a channel that can be looked back on, beside those of its sums. */
  capacity: number
  /** Of what to keep sums: over `span` slots of a channel, clipped at +-`clip`; `isSquare` of squares of 1/32. */
  sums: readonly { channel: number; span: number; clip: number; isSquare: boolean }[]
  orderedChannels: readonly number[]
  orderedSpan: number
}

/** A `SlidingPlan`, a field an array: it is gone through once a slot and device. */
export interface SlidingLayout {
  channels: number
  /** Of all rings. */
  entries: number
  /** By channel: its first entry, how far it is to the next, and the ring's length less one, a power of two. */
  starts: Int32Array
  strides: Int32Array
  masks: Int32Array
  /** By channel. */
  sumsOf: readonly Int32Array[]
  /** By channel: its ordered window; -1 where it has none. */
  orderedOf: Int32Array
  orderedSpan: number
  orderedWindows: number
  /** By sum. */
  spans: Int32Array
  clips: Float64Array
  areSquares: Uint8Array
  /** `stepFields` a sum: its number, where its channel's entries are, and its span. */
  steps: Int32Array
  /** Channels with an ordered window. */
  orderedChannels: Int32Array
}

/** Of `SlidingLayout.steps`. */
export const stepFields = 5

export function layoutOf(plan: SlidingPlan): SlidingLayout {
  const { sums, channels, orderedChannels, orderedSpan } = plan
  const all = Array.from({ length: channels }, (_, channel) => channel)
  const rings = ringsOf(all.map((channel) => ringLength(plan, channel)))
  return {
    channels,
    ...rings,
    steps: stepsOf(sums, rings),
    orderedChannels: Int32Array.from(orderedChannels),
    sumsOf: all.map((channel) =>
      Int32Array.from([...sums.keys()].filter((sum) => sums[sum]?.channel === channel)),
    ),
    orderedOf: Int32Array.from(all, (channel) => orderedChannels.indexOf(channel)),
    orderedSpan,
    orderedWindows: orderedChannels.length,
    spans: Int32Array.from(sums, ({ span }) => span),
    clips: Float64Array.from(sums, ({ clip }) => clip),
    areSquares: Uint8Array.from(sums, ({ isSquare }) => Number(isSquare)),
  }
}

type Rings = Pick<SlidingLayout, 'entries' | 'starts' | 'strides' | 'masks'>

function stepsOf(sums: SlidingPlan['sums'], { starts, strides, masks }: Rings): Int32Array {
  const steps = sums.flatMap(({ channel, span }, sum) => {
    const ring = [starts[channel] ?? 0, strides[channel] ?? 0, masks[channel] ?? 0]
    return [sum, ...ring, span]
  })
  return Int32Array.from(steps)
}

function ringsOf(lengths: readonly number[]): Rings {
  const starts = new Int32Array(lengths.length)
  const strides = Int32Array.from(
    lengths,
    (length) => lengths.filter((each) => each === length).length,
  )
  let entries = 0
  for (const length of new Set(lengths)) {
    let column = 0
    lengths.forEach((each, channel) => {
      if (each === length) starts[channel] = entries + column++
    })
    entries += length * column
  }
  return { entries, starts, strides, masks: Int32Array.from(lengths, (length) => length - 1) }
}

/** More than the longest span: what leaves is still there when a slot is written. */
function ringLength({ sums, capacity, orderedSpan }: SlidingPlan, channel: number): number {
  const spans = sums.filter((sum) => sum.channel === channel).map(({ span }) => span)
  return 2 ** Math.ceil(Math.log2(Math.max(capacity, orderedSpan, ...spans) + 1))
}
