/**
 * The middle value, the upper of two; NaN of nothing. Reorders the part it looks at: Hoare's selection,
 * linear on average, and quick on the long runs of equal values that counters are made of.
 */
export function median(values: Float64Array, from = 0, to = values.length): number {
  if (to <= from) return NaN
  const middle = from + ((to - from) >> 1)
  let low = from
  let high = to - 1
  while (low < high) {
    const split = partition(values, low, high)
    if (middle <= split) high = split
    else low = split + 1
  }
  return at(values, middle)
}

/** An entry that is known to be there. */
export function at(values: ArrayLike<number>, index: number): number {
  return values[index] ?? NaN
}

/** Returns an index such that nothing up to it is greater than anything after it. */
function partition(values: Float64Array, low: number, high: number): number {
  const pivot = at(values, (low + high) >> 1)
  let left = low - 1
  let right = high + 1
  for (;;) {
    do left++
    while (at(values, left) < pivot)
    do right--
    while (at(values, right) > pivot)
    if (left >= right) return right
    const swapped = at(values, left)
    values[left] = at(values, right)
    values[right] = swapped
  }
}
