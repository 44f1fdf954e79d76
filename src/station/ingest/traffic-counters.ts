import type { NetworkStats } from './report-fields.ts'

/**
 * What is known of how a device counts traffic. AWS asks for the traffic since the last report; the
 * embedded C agent sends totals since boot instead, in 32 bits.
 */
export interface TrafficCounters {
  mode: 'delta' | 'cumulative'
  last: NetworkStats | null
  /** Reports in a row in which every counter rose by a small part of itself. */
  rising: number
  /** How many such reports it takes to believe in totals; doubled each time that belief proved wrong. */
  evidenceNeeded: number
}

/** Nothing known yet. */
export const freshCounters: TrafficCounters = {
  mode: 'delta',
  last: null,
  rising: 0,
  evidenceNeeded: 4,
}

const fields = ['bytesIn', 'bytesOut', 'packetsIn', 'packetsOut'] as const

/** Largest share by which a total grows between two reports once a device has been up for a while. */
const smallStep = 0.1

/** Traffic since the last report, or null where it cannot be known; and what was learned. */
export function trafficSinceLast(
  counters: TrafficCounters,
  stats: NetworkStats,
): { traffic: NetworkStats | null; counters: TrafficCounters } {
  if (counters.last === null) return firstTraffic(counters, stats)
  const learned = learn(counters, stats)
  const traffic = learned.mode === 'delta' ? stats : difference(counters.last, stats)
  return { traffic, counters: learned }
}

/** A first report of all zeros is an agent's that had nothing to compare with. */
function firstTraffic(counters: TrafficCounters, stats: NetworkStats) {
  const isAllZero = fields.every((name) => stats[name] === 0)
  const mayBeTotals = counters.mode === 'cumulative' || looksLikeTotals(stats)
  const evidenceNeeded = looksLikeTotals(stats) ? 1 : counters.evidenceNeeded
  return {
    traffic: isAllZero || mayBeTotals ? null : stats,
    counters: { ...counters, evidenceNeeded, last: stats },
  }
}

const wrapAt = 2 ** 32
const muchTraffic = 2 ** 24

/** Short tags are nearly always the embedded C agent's, whose totals are 32 bits wide and soon large. */
function looksLikeTotals(stats: NetworkStats): boolean {
  const bytes = [stats.bytesIn, stats.bytesOut]
  return stats.hasShortTags && bytes.every((total) => total >= muchTraffic && total < wrapAt)
}

function learn(counters: TrafficCounters, stats: NetworkStats): TrafficCounters {
  const { last } = counters
  if (!last) return counters
  if (counters.mode === 'cumulative') return checkTotals({ ...counters, last }, stats)
  const rising = risesLikeTotals(last, stats) ? counters.rising + 1 : 0
  const mode = rising >= counters.evidenceNeeded ? 'cumulative' : 'delta'
  return { ...counters, mode, rising, last: stats }
}

/** Totals fall only at a reboot or a wrap. Twice within a few reports: they were no totals. */
function checkTotals(
  counters: TrafficCounters & { last: NetworkStats },
  stats: NetworkStats,
): TrafficCounters {
  const hasFallen = difference(counters.last, stats) === null
  if (!hasFallen) return { ...counters, rising: counters.rising + 1, last: stats }
  const wasRecent = counters.rising < counters.evidenceNeeded
  if (!wasRecent) return { ...counters, rising: 0, last: stats }
  const evidenceNeeded = counters.evidenceNeeded * 2
  return { mode: 'delta', rising: 0, evidenceNeeded, last: stats }
}

function risesLikeTotals(last: NetworkStats, stats: NetworkStats): boolean {
  const grows = stats.bytesIn > last.bytesIn && stats.bytesOut > last.bytesOut
  return grows && fields.every((name) => isSmallRise(last[name], stats[name]))
}

function isSmallRise(last: number, now: number): boolean {
  return now >= last && now - last <= last * smallStep
}

/** Null after a reboot: what was sent since is unknown. */
function difference(last: NetworkStats, stats: NetworkStats): NetworkStats | null {
  const [bytesIn, bytesOut, packetsIn, packetsOut] = fields.map((name) =>
    rise(last[name], stats[name]),
  )
  const isKnown =
    isNumber(bytesIn) && isNumber(bytesOut) && isNumber(packetsIn) && isNumber(packetsOut)
  return isKnown ? { ...stats, bytesIn, bytesOut, packetsIn, packetsOut } : null
}

function rise(last: number, now: number): number | null {
  if (now >= last) return now - last
  const wrapped = now + wrapAt - last
  const isWrap = last < wrapAt && wrapped < wrapAt / 2
  return isWrap ? wrapped : null
}

function isNumber(value: number | null | undefined): value is number {
  return typeof value === 'number'
}
