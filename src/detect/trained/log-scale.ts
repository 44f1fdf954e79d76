/**
 * Straight up to about one `unit`, logarithmic beyond, mirrored for negative values. Turns "twice as much" into a
 * fixed distance, keeps 0 at 0, and is the same whatever unit the values are counted in.
 */
export function toLog(value: number, unit: number): number {
  return value < 0 ? -Math.log1p(-value / unit) : Math.log1p(value / unit)
}

/** The inverse of `toLog`. */
export function fromLog(log: number, unit: number): number {
  return log < 0 ? -Math.expm1(-log) * unit : Math.expm1(log) * unit
}
