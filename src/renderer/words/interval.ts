import { formatCount } from './value.ts'

const monthDays = 30
const yearDays = 365
const mostYears = 1000

/** A long time in the unit that can be felt: "a day", "12 days", "3 months", "7 years", "more than 1,000 years". */
export function formatInterval(days: number): string {
  if (days < 2 * monthDays) return countOf(days, 'day')
  if (days < 2 * yearDays) return countOf(days / monthDays, 'month')
  if (days <= mostYears * yearDays) return countOf(days / yearDays, 'year')
  return `more than ${formatCount(mostYears)} years`
}

function countOf(amount: number, unit: string): string {
  const whole = Math.round(amount)
  return whole === 1 ? `a ${unit}` : `${formatCount(whole)} ${unit}s`
}
