import type { ExpectedRange } from '../model/explanation.ts'

/** "usually 20 to 60", "usually at most 5"; empty where both ends are open. */
export function rangeWords({ low, high }: ExpectedRange): string {
  if (low !== null && high !== null) {
    return plain(low) === plain(high)
      ? `usually ${plain(low)}`
      : `usually ${plain(low)} to ${plain(high)}`
  }
  if (high !== null) return `usually at most ${plain(high)}`
  return low === null ? '' : `usually at least ${plain(low)}`
}

/** Decimals only where they say something. */
export function plain(value: number): string {
  const maximumFractionDigits = Math.abs(value) >= 100 ? 0 : 1
  return value.toLocaleString('en', { maximumFractionDigits })
}
