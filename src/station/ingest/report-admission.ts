import { asMetricId } from '../../contract/model/aws-metrics.ts'
import { metricId, type MetricId } from '../../contract/model/metric.ts'
import { Refusal } from '../refusal.ts'
import type { Report } from './report-fields.ts'
import { freshCounters, trafficSinceLast, type TrafficCounters } from './traffic-counters.ts'

/** What must be remembered of a device's reports; kept in the store with the datapoints they made. */
export interface ReportHistory {
  /** The last few report ids, newest last, as text: some agents' ids go back after a reboot. */
  recentIds: string[]
  lastAt: number | null
  counters: TrafficCounters
}

export const noReportsYet: ReportHistory = { recentIds: [], lastAt: null, counters: freshCounters }

export interface AdmissionRules {
  /** Reports closer together than this are refused; a tenth is allowed for jitter. */
  minimumPeriodMs: number
  /** The device is known to send totals since boot. */
  sendsTotals: boolean
  /** Custom metrics in one report; more are refused together, however many. */
  mostCustomMetrics: number
}

export interface Admission {
  history: ReportHistory
  values: [MetricId, number][]
  refusedParts: Report['refusedParts']
}

const rememberedIds = 8
const jitterAllowed = 0.9

const metricIds = {
  bytesIn: asMetricId('aws:all-bytes-in'),
  bytesOut: asMetricId('aws:all-bytes-out'),
  packetsIn: asMetricId('aws:all-packets-in'),
  packetsOut: asMetricId('aws:all-packets-out'),
  tcpPorts: asMetricId('aws:num-listening-tcp-ports'),
  udpPorts: asMetricId('aws:num-listening-udp-ports'),
  connections: asMetricId('aws:num-established-tcp-connections'),
}

/** Turns a report into values, given the device's earlier ones; throws a Refusal. */
export function admitReport(
  history: ReportHistory,
  report: Report & { at: number },
  rules: AdmissionRules,
): Admission {
  refuseRepeats(history, report, rules)
  const { traffic, counters } = readTraffic(knownCounters(history, report), report, rules)
  const custom = customValues(report, rules.mostCustomMetrics)
  return {
    history: { recentIds: remember(history, report), lastAt: report.at, counters },
    values: [...standardValues(report, traffic), ...custom.values],
    refusedParts: [...report.refusedParts, ...custom.refusedParts],
  }
}

function refuseRepeats(
  history: ReportHistory,
  { reportId, at }: Report & { at: number },
  { minimumPeriodMs }: AdmissionRules,
): void {
  if (history.recentIds.includes(String(reportId))) {
    throw new Refusal('duplicate', `report ${reportId} was already taken`)
  }
  const sinceLast = history.lastAt === null ? Infinity : at - history.lastAt
  // A negative span means that the clock was set back, which is not the device's fault.
  if (sinceLast >= 0 && sinceLast < minimumPeriodMs * jitterAllowed) {
    const seconds = Math.round(sinceLast / 1000)
    const least = minimumPeriodMs / 1000
    throw new Refusal(
      'too-frequent',
      `only ${seconds} s after the last one; the least is ${least} s`,
    )
  }
}

/** An id that goes back tells of a reboot: the next counters have nothing to be compared with. */
function knownCounters({ recentIds, counters }: ReportHistory, { reportId }: Report) {
  const lastId = recentIds.at(-1)
  const hasRebooted = lastId !== undefined && reportId < Number(lastId)
  return hasRebooted ? { ...counters, last: null } : counters
}

function readTraffic(
  known: TrafficCounters,
  { networkStats }: Report,
  { sendsTotals }: AdmissionRules,
): ReturnType<typeof trafficSinceLast> {
  if (!networkStats) return { traffic: null, counters: known }
  if (!sendsTotals) return trafficSinceLast(known, networkStats)
  const told = trafficSinceLast({ ...known, mode: 'cumulative', evidenceNeeded: 0 }, networkStats)
  // The setting needs no evidence, but may be taken back: from then on the reports have to prove it.
  const { evidenceNeeded } = known
  return { ...told, counters: { ...told.counters, evidenceNeeded } }
}

function remember(history: ReportHistory, report: Report): string[] {
  return [...history.recentIds, String(report.reportId)].slice(-rememberedIds)
}

function standardValues(report: Report, traffic: Report['networkStats']): [MetricId, number][] {
  const values: [MetricId, number | null][] = [
    [metricIds.bytesIn, traffic?.bytesIn ?? null],
    [metricIds.bytesOut, traffic?.bytesOut ?? null],
    [metricIds.packetsIn, traffic?.packetsIn ?? null],
    [metricIds.packetsOut, traffic?.packetsOut ?? null],
    [metricIds.tcpPorts, report.tcpPorts],
    [metricIds.udpPorts, report.udpPorts],
    [metricIds.connections, report.connections],
  ]
  return values.filter((entry): entry is [MetricId, number] => entry[1] !== null)
}

function customValues(report: Report, most: number): Pick<Admission, 'values' | 'refusedParts'> {
  const values: Admission['values'] = []
  const refusedParts: Admission['refusedParts'] = []
  const excess = report.customNumbers.length - most
  if (excess > 0) {
    refusedParts.push({
      reason: 'too-many-metrics',
      detail: `${excess} custom metrics beyond ${most}`,
    })
  }
  for (const [name, value] of report.customNumbers.slice(0, most)) {
    const parsed = metricId.safeParse(name)
    if (parsed.success && !name.startsWith('aws:')) values.push([parsed.data, value])
    else
      refusedParts.push({
        reason: 'bad-metric-name',
        detail: `custom metric ${JSON.stringify(name)}`,
      })
  }
  return { values, refusedParts }
}
