/** A point as Chart.js takes it without parsing. NaN breaks the line. */
export interface Point {
  x: number
  y: number
}

/** Points of one line, broken wherever a bucket is missing: a gap is not a value between its neighbours. */
export function pointsOf(
  at: readonly number[],
  values: readonly number[],
  bucketMs: number,
): Point[] {
  const points: Point[] = []
  let before: number | undefined
  at.forEach((x, index) => {
    if (before !== undefined && x - before > bucketMs * 1.5)
      points.push({ x: before + bucketMs, y: NaN })
    points.push({ x, y: values[index] ?? NaN })
    before = x
  })
  return points
}

/** Index of the entry of sorted `at` nearest to `time`; -1 when there is none within `withinMs`. */
export function nearestIndex(at: readonly number[], time: number, withinMs: number): number {
  let [low, high] = [0, at.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((at[middle] ?? 0) < time) low = middle + 1
    else high = middle
  }
  const distance = (index: number) => Math.abs((at[index] ?? Infinity) - time)
  const best = low > 0 && distance(low - 1) <= distance(low) ? low - 1 : low
  return distance(best) <= withinMs ? best : -1
}
