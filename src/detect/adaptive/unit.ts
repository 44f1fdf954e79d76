/**
 * A series in units of its first value that is not zero, rounded to 24 bits: whatever unit it was reported in, the
 * numbers from here on are the same ones, ties included, and none is too large to be squared.
 */
export interface Unit {
  /** NaN where the value is not a finite number. */
  into: (value: number) => number
  /** Back to the unit of the series. */
  outOf: (value: number) => number
}

const largest = 1e150
const roundingFactor = 2 ** 29 + 1

export function createUnit(): Unit {
  let unit = 0
  return {
    into(value) {
      if (!Number.isFinite(value)) return NaN
      if (unit === 0) unit = Math.abs(value)
      return unit === 0 ? 0 : rounded(Math.max(-largest, Math.min(largest, value / unit)))
    },
    outOf: (value) => value * unit,
  }
}

/** Veltkamp's splitting keeps the leading bits ("A floating-point technique", Dekker 1971, section 4). */
function rounded(value: number): number {
  const scaled = value * roundingFactor
  return scaled - (scaled - value)
}
