/** Exponentially weighted mean of a series that was 0 before; weight 2 / (span + 1) for the latest. */
export function createMovingAverage(span: number): (value: number) => number {
  const weight = 2 / (span + 1)
  let mean = 0
  return (value) => (mean += weight * (value - mean))
}

/** No further from 0 than this: what is averaged, one wild value must not stand for many. */
export function clipped(value: number, limit: number): number {
  return Math.max(-limit, Math.min(limit, value))
}
