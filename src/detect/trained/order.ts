/**
 * The value of this rank among values[from] to values[to - 1], 0 the smallest; NaN of nothing. Reorders them so that
 * none before the rank is greater and none after it smaller: Hoare's selection, linear on average, and quick on the
 * long runs of equal values that counters are made of.
 */
export function select(
  values: Float64Array,
  rank: number,
  { from, to }: { from: number; to: number } = { from: 0, to: values.length },
): number {
  let low = from
  let high = to - 1
  while (low < high) {
    const split = partition(values, low, high)
    if (from + rank <= split) high = split
    else low = split + 1
  }
  return to > from ? (values[from + rank] ?? NaN) : NaN
}

/** The upper of two middle values. Reorders. */
export function medianOf(values: Float64Array, part = { from: 0, to: values.length }): number {
  return select(values, (part.to - part.from) >> 1, part)
}

/** The value that a share of them lies below, by nearest rank. Reorders. */
export function quantileOf(values: Float64Array, share: number): number {
  return select(values, Math.min(values.length - 1, Math.floor(share * values.length)))
}

/** Median absolute value times 1.4826: the standard deviation, were it normal. Reorders and overwrites. */
export function robustSpread(deviations: Float64Array): number {
  for (let index = 0; index < deviations.length; index++) {
    deviations[index] = Math.abs(deviations[index] ?? 0)
  }
  return 1.4826 * medianOf(deviations)
}

/** Returns an index such that nothing up to it is greater than anything after it. */
function partition(values: Float64Array, low: number, high: number): number {
  const pivot = values[(low + high) >> 1] ?? 0
  let left = low - 1
  let right = high + 1
  for (;;) {
    do left++
    while ((values[left] ?? 0) < pivot)
    do right--
    while ((values[right] ?? 0) > pivot)
    if (left >= right) return right
    const swapped = values[left] ?? 0
    values[left] = values[right] ?? 0
    values[right] = swapped
  }
}
