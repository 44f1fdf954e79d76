import type { ExpectedRange } from '../../contract/model/explanation.ts'
import type { Metric } from '../../contract/model/metric.ts'

const whole = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 })
const precise = new Intl.NumberFormat('en-GB', { maximumSignificantDigits: 3 })
const tellingRatio = 1.1
const byteUnits = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const

/** Unit of a value that says how rare something is: 6 is one in 1,000,000. */
export const decades = 'decades'

/** A count, with its thousands told apart: "2,016,000". */
export function formatCount(count: number): string {
  return whole.format(count)
}

/** A number without its unit: whole ones whole, others to three digits. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return '–'
  return Number.isInteger(value) || Math.abs(value) >= 1000
    ? whole.format(value)
    : precise.format(value)
}

/** A number of bytes, in powers of 1000: "1.2 MB". */
export function formatBytes(bytes: number): string {
  let size = Math.abs(bytes)
  let unit = 0
  while (size >= 1000 && unit < byteUnits.length - 1) {
    size /= 1000
    unit += 1
  }
  const number = unit === 0 ? formatNumber(size) : precise.format(size)
  return `${bytes < 0 ? '-' : ''}${number} ${byteUnits[unit]}`
}

/** A value with its unit: "412 messages", "1 message", "1.2 MB", "1 in 3,200", or the bare number of a custom metric. */
export function formatValue(value: number, metric: Pick<Metric, 'unit'>): string {
  if (metric.unit === decades) return formatOdds(10 ** value)
  if (metric.unit === 'bytes') return value === 1 ? '1 byte' : formatBytes(value)
  if (metric.unit === '') return formatNumber(value)
  return `${formatNumber(value)} ${value === 1 ? singular(metric.unit) : metric.unit}`
}

/** A difference with its sign: "+180 messages", "−1.2 MB". */
export function formatChange(value: number, metric: Pick<Metric, 'unit'>): string {
  const sign = value < 0 ? '−' : value > 0 ? '+' : ''
  return `${sign}${formatValue(Math.abs(value), metric)}`
}

/** An expected range: "20–60 messages", "at most 60 messages", or "anything" when both ends are open. */
export function formatRange({ low, high }: ExpectedRange, metric: Pick<Metric, 'unit'>): string {
  if (metric.unit === decades) return formatRarity({ low, high })
  if (low === null) return high === null ? 'anything' : `at most ${formatValue(high, metric)}`
  if (high === null) return `at least ${formatValue(low, metric)}`
  const [lowText, highText] = [formatValue(low, metric), formatValue(high, metric)]
  if (lowText === highText) return highText
  if (low < 0) return `${lowText} to ${highText}`
  const isSameUnit = metric.unit !== 'bytes' || lowText.split(' ')[1] === highText.split(' ')[1]
  return isSameUnit ? `${lowText.split(' ')[0]}–${highText}` : `${lowText} – ${highText}`
}

/**
 * How far outside a value is: "6.9 times the top", "4.6 times the limit", "0.2 of the bottom". Empty where
 * a ratio would not tell anything.
 */
export function formatExcess(value: number, { low, high }: ExpectedRange): string {
  const isAbove = high !== null && high > 0 && value >= high * tellingRatio
  if (isAbove) return `${formatRatio(value / high)} times the ${low === null ? 'limit' : 'top'}`
  const isBelow = low !== null && value > 0 && value < low
  return isBelow ? `${formatRatio(value / low)} of the ${high === null ? 'limit' : 'bottom'}` : ''
}

/** Odds rounded to what can be felt: "1 in 300,000"; beyond a billion it only says so. */
export function formatOdds(odds: number): string {
  if (odds > 1e9) return 'less than 1 in 1,000,000,000'
  const magnitude = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, odds))) - 1)
  return `1 in ${whole.format(Math.round(odds / magnitude) * magnitude)}`
}

/** A range of decades: what lies below its high end is more usual, not smaller. */
function formatRarity({ low, high }: ExpectedRange): string {
  if (high === null)
    return low === null ? 'anything' : `at least as rare as ${formatOdds(10 ** low)}`
  if (low === null || low <= 0) return `no rarer than ${formatOdds(10 ** high)}`
  return `${formatOdds(10 ** low)} – ${formatOdds(10 ** high)}`
}

function formatRatio(ratio: number): string {
  return precise.format(Number(ratio.toPrecision(2)))
}

function singular(unit: string): string {
  return unit.replace(/s$/, '')
}
