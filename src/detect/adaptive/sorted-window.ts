import { at } from '../median.ts'

/**
 * The last so many numbers, kept in order as well: what a quantile of the recent past is read from. Sorted blocks
 * of at most `blockSize`, so that a number goes in or out by moving one block's part and not the whole window's.
 * Memory grows with what was seen, up to about 24 bytes for each number of the capacity.
 */
export interface SortedWindow {
  readonly capacity: number
  /** In order of arrival; a ring once full. */
  arrivals: Float64Array
  oldest: number
  size: number
  /** Ascending within a block and from block to block; none is empty unless it is the only one. */
  readonly blocks: Float64Array[]
  readonly sizes: number[]
}

const blockSize = 512
const firstArrivals = 256

export function createSortedWindow(capacity: number): SortedWindow {
  return {
    capacity,
    arrivals: new Float64Array(Math.min(capacity, firstArrivals)),
    oldest: 0,
    size: 0,
    blocks: [new Float64Array(blockSize)],
    sizes: [0],
  }
}

/** Takes a finite number in, and the oldest one out where the window is full. */
export function slideIn(window: SortedWindow, value: number): void {
  if (window.size === window.capacity) {
    removeSorted(window, at(window.arrivals, window.oldest))
    window.arrivals[window.oldest] = value
    window.oldest = (window.oldest + 1) % window.capacity
  } else {
    if (window.size === window.arrivals.length) growArrivals(window)
    window.arrivals[window.size++] = value
  }
  insertSorted(window, value)
}

/** How many are smaller. */
export function countBelow(window: SortedWindow, value: number): number {
  const index = firstBlockReaching(window, value)
  let count = 0
  for (let before = 0; before < index; before++) count += at(window.sizes, before)
  return count + lowerBound(blockAt(window, index), at(window.sizes, index), value)
}

/** How many are smaller or equal. */
export function countUpTo(window: SortedWindow, value: number): number {
  let count = countBelow(window, value)
  while (count < window.size && ranked(window, count) === value) {
    count += equalsInBlock(window, { rank: count, value })
  }
  return count
}

/** The number of this rank, 0 the smallest; NaN where there is none. */
export function ranked(window: SortedWindow, rank: number): number {
  let index = 0
  let rest = rank
  while (index < window.sizes.length - 1 && rest >= at(window.sizes, index)) {
    rest -= at(window.sizes, index++)
  }
  return rest < at(window.sizes, index) ? at(blockAt(window, index), rest) : NaN
}

/** The number that this share lies below, by nearest rank. */
export function quantile(window: SortedWindow, share: number): number {
  return ranked(window, Math.min(window.size - 1, Math.floor(share * window.size)))
}

interface Outer {
  count: number
  from: number
  /** Most that one number adds. */
  most: number
}

/** Sum of how far the highest `count` lie above `from`. */
export function excessOfHighest(window: SortedWindow, { count, from, most }: Outer): number {
  let rest = count
  let sum = 0
  for (let index = window.blocks.length - 1; index >= 0 && rest > 0; index--) {
    const block = blockAt(window, index)
    const size = at(window.sizes, index)
    const end = Math.max(0, size - rest)
    for (let rank = size - 1; rank >= end; rank--) sum += Math.min(most, at(block, rank) - from)
    rest -= size - end
  }
  return sum
}

/** Sum of how far the lowest `count` lie below `from`. */
export function excessOfLowest(window: SortedWindow, { count, from, most }: Outer): number {
  let rest = count
  let sum = 0
  for (let index = 0; index < window.blocks.length && rest > 0; index++) {
    const block = blockAt(window, index)
    const end = Math.min(at(window.sizes, index), rest)
    for (let rank = 0; rank < end; rank++) sum += Math.min(most, from - at(block, rank))
    rest -= end
  }
  return sum
}

function equalsInBlock(window: SortedWindow, { rank, value }: { rank: number; value: number }) {
  let index = 0
  let rest = rank
  while (rest >= at(window.sizes, index)) rest -= at(window.sizes, index++)
  const size = at(window.sizes, index)
  return upperBound(blockAt(window, index), size, value) - rest
}

function insertSorted(window: SortedWindow, value: number): void {
  const index = firstBlockReaching(window, value)
  const block = blockAt(window, index)
  const size = at(window.sizes, index)
  const place = lowerBound(block, size, value)
  block.copyWithin(place + 1, place, size)
  block[place] = value
  window.sizes[index] = size + 1
  if (size + 1 === blockSize) split(window, index)
}

function removeSorted(window: SortedWindow, value: number): void {
  const index = firstBlockReaching(window, value)
  const block = blockAt(window, index)
  const size = at(window.sizes, index)
  const place = lowerBound(block, size, value)
  block.copyWithin(place, place + 1, size)
  window.sizes[index] = size - 1
  if (size - 1 < blockSize / 8) mergeIntoNeighbour(window, index)
}

/** Two small blocks become one, so that there are never many; an empty one goes with any neighbour. */
function mergeIntoNeighbour(window: SortedWindow, index: number): void {
  if (window.blocks.length === 1) return
  const [left, right] = index === 0 ? [0, 1] : [index - 1, index]
  const [before, after] = [at(window.sizes, left), at(window.sizes, right)]
  if (before > 0 && after > 0 && before + after > blockSize / 2) return
  const target = blockAt(window, left)
  target.set(blockAt(window, right).subarray(0, after), before)
  window.sizes[left] = before + after
  window.blocks.splice(right, 1)
  window.sizes.splice(right, 1)
}

function split(window: SortedWindow, index: number): void {
  const block = blockAt(window, index)
  const half = blockSize / 2
  const upper = new Float64Array(blockSize)
  upper.set(block.subarray(half))
  window.blocks.splice(index + 1, 0, upper)
  window.sizes[index] = half
  window.sizes.splice(index + 1, 0, blockSize - half)
}

function growArrivals(window: SortedWindow): void {
  const grown = new Float64Array(Math.min(window.capacity, window.arrivals.length * 2))
  grown.set(window.arrivals)
  window.arrivals = grown
}

/** Index of the first block whose greatest is not smaller, else of the last. */
function firstBlockReaching(window: SortedWindow, value: number): number {
  let low = 0
  let high = window.blocks.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (at(blockAt(window, middle), at(window.sizes, middle) - 1) >= value) high = middle
    else low = middle + 1
  }
  return low
}

function lowerBound(block: Float64Array, size: number, value: number): number {
  let low = 0
  let high = size
  while (low < high) {
    const middle = (low + high) >> 1
    if (at(block, middle) >= value) high = middle
    else low = middle + 1
  }
  return low
}

function upperBound(block: Float64Array, size: number, value: number): number {
  let low = 0
  let high = size
  while (low < high) {
    const middle = (low + high) >> 1
    if (at(block, middle) > value) high = middle
    else low = middle + 1
  }
  return low
}

function blockAt(window: SortedWindow, index: number): Float64Array {
  return window.blocks[index] ?? nothing
}

const nothing = new Float64Array(0)
