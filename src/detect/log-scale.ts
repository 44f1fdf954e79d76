/** log(1 + v), mirrored for negative values. Turns "twice as much" into a fixed distance, and keeps 0 at 0. */
export function toLog(value: number): number {
  return value < 0 ? -Math.log1p(-value) : Math.log1p(value)
}

/** The inverse of `toLog`. */
export function fromLog(log: number): number {
  return log < 0 ? -Math.expm1(-log) : Math.expm1(log)
}
