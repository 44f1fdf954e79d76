import type { RejectionReason } from '../../contract/model/status.ts'
import { Refusal } from '../refusal.ts'
import type { Plain } from './report-encoding.ts'

/** Traffic of a device's interfaces: since its last report, or since boot with some agents. */
export interface NetworkStats {
  bytesIn: number
  bytesOut: number
  packetsIn: number
  packetsOut: number
  /** The counters came under the short tags (`bi`, `bo`, ...). */
  hasShortTags: boolean
}

/** A Device Defender report, whatever agent wrote it. Null: the agent did not measure it (never zero). */
export interface Report {
  reportId: number | bigint
  networkStats: NetworkStats | null
  tcpPorts: number | null
  udpPorts: number | null
  connections: number | null
  /** Custom metrics of type number, by name. Sets are kept out: they have no value to learn. */
  customNumbers: [name: string, value: number][]
  /** Parts that were dropped while the rest was taken. */
  refusedParts: { reason: RejectionReason; detail: string }[]
}

type PlainMap = { [key: string]: Plain }

/** Long and short tags; agents mix them in one report. AWS IoT developer guide, device-side metrics. */
const tags = {
  header: ['header', 'hed'],
  reportId: ['report_id', 'rid'],
  metrics: ['metrics', 'met'],
  tcpConnections: ['tcp_connections', 'tc'],
  established: ['established_connections', 'ec'],
  connections: ['connections', 'cs'],
  remoteAddress: ['remote_addr', 'rad'],
  localPort: ['local_port', 'lp'],
  total: ['total', 't'],
  tcpPorts: ['listening_tcp_ports', 'tp'],
  udpPorts: ['listening_udp_ports', 'up'],
  ports: ['ports', 'pts'],
  port: ['port', 'pt'],
  interface: ['interface', 'if'],
  networkStats: ['network_stats', 'ns'],
  bytesIn: ['bytes_in', 'bi'],
  bytesOut: ['bytes_out', 'bo'],
  packetsIn: ['packets_in', 'pi'],
  packetsOut: ['packets_out', 'po'],
  customMetrics: ['custom_metrics', 'cmet'],
} as const satisfies Record<string, readonly [long: string, short: string]>

type Tag = keyof typeof tags

/** The widest counters and ids that agents have are of 64 bits. */
const largestCount = 2 ** 64

/** Beyond anything measured, and so far from infinity that the sum of a slot stays finite. */
const largestNumber = 1e290

/** The report's number; throws a Refusal when there is none to answer with. */
export function readReportId(root: Plain): number | bigint {
  const header = readMap(mapOf(root, 'the report'), 'header')
  if (!header) throw new Refusal('malformed', 'the header is missing')
  const raw = field(header, 'reportId')
  const reportId = typeof raw === 'bigint' ? raw : toNumber(raw)
  if (reportId === null || reportId <= 0 || reportId > largestCount) {
    throw new Refusal('malformed', 'report_id is missing or not a positive number of 64 bits')
  }
  return reportId
}

/** Reads the report's fields; throws a Refusal when a required one is missing or of a wrong type. */
export function readReport(root: Plain): Report {
  const body = mapOf(root, 'the report')
  return { reportId: readReportId(root), ...readMetrics(body), ...readCustom(body) }
}

function readMetrics(body: PlainMap) {
  const metrics = readMap(body, 'metrics')
  if (!metrics && !readMap(body, 'customMetrics')) {
    throw new Refusal('malformed', 'neither metrics nor custom_metrics is present')
  }
  return {
    networkStats: readNetworkStats(metrics),
    tcpPorts: readPortCount(readMap(metrics, 'tcpPorts')),
    udpPorts: readPortCount(readMap(metrics, 'udpPorts')),
    connections: readConnectionCount(readMap(metrics, 'tcpConnections')),
  }
}

function readNetworkStats(metrics: PlainMap | null): NetworkStats | null {
  const stats = readMap(metrics, 'networkStats')
  if (!stats) return null
  const bytesIn = readCount(stats, 'bytesIn')
  const bytesOut = readCount(stats, 'bytesOut')
  const packetsIn = readCount(stats, 'packetsIn')
  const packetsOut = readCount(stats, 'packetsOut')
  const isWhole = bytesIn !== null && bytesOut !== null && packetsIn !== null && packetsOut !== null
  if (!isWhole) throw new Refusal('malformed', 'network_stats lacks one of its four counters')
  return { bytesIn, bytesOut, packetsIn, packetsOut, hasShortTags: tags.bytesOut[1] in stats }
}

/** The list may be a sample of at most 50, so `total` counts when it is larger. */
function readPortCount(block: PlainMap | null): number | null {
  if (!block) return null
  return countOf(block, readList(block, 'ports')?.map(portKey))
}

function portKey(entry: Plain): string {
  const port = mapOf(entry, 'an entry of the ports list')
  const number = readCount(port, 'port')
  if (number === null || number > 65_535) throw new Refusal('wrong-type', 'a port is not 0-65535')
  return `${number} ${readText(port, 'interface')}`
}

function readConnectionCount(block: PlainMap | null): number | null {
  const established = readMap(block, 'established')
  if (!established) return null
  return countOf(established, readList(established, 'connections')?.map(connectionKey))
}

function connectionKey(entry: Plain): string {
  const connection = mapOf(entry, 'an entry of the connections list')
  const port = readCount(connection, 'localPort')
  return `${readText(connection, 'remoteAddress')} ${port ?? ''}`
}

/** Null where there is neither a list nor a total: nothing was counted, which is not a count of 0. */
function countOf(block: PlainMap, keys: string[] | undefined): number | null {
  const total = readCount(block, 'total')
  if (!keys) return total
  return Math.max(total ?? 0, new Set(keys).size)
}

function readCustom(body: PlainMap): Pick<Report, 'customNumbers' | 'refusedParts'> {
  const customNumbers: Report['customNumbers'] = []
  const refusedParts: Report['refusedParts'] = []
  for (const [name, entry] of Object.entries(readMap(body, 'customMetrics') ?? {})) {
    const value = readCustomNumber(entry)
    if (value === 'not a number') {
      refusedParts.push({
        reason: 'wrong-type',
        detail: `custom metric ${name} has no usable value`,
      })
    } else if (value !== null) {
      customNumbers.push([name, value])
    }
  }
  return { customNumbers, refusedParts }
}

/** Null: a set, or not measured this time. */
function readCustomNumber(entry: Plain): number | null | 'not a number' {
  const inner = Array.isArray(entry) ? entry[0] : entry
  if (inner === null || inner === undefined) return null
  if (typeof inner !== 'object' || Array.isArray(inner)) return 'not a number'
  if ('number_list' in inner || 'string_list' in inner || 'ip_list' in inner) return null
  return toNumber(inner['number'] ?? null) ?? 'not a number'
}

function field(map: PlainMap, tag: Tag): Plain {
  const [long, short] = tags[tag]
  return map[long] ?? map[short] ?? null
}

function readMap(map: PlainMap | null, tag: Tag): PlainMap | null {
  const value = map ? field(map, tag) : null
  return value === null ? null : mapOf(value, tags[tag][0])
}

function mapOf(value: Plain, what: string): PlainMap {
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value
  throw new Refusal('wrong-type', `${what} is not a map`)
}

function readList(map: PlainMap, tag: Tag): Plain[] | null {
  const value = field(map, tag)
  if (value === null) return null
  if (Array.isArray(value)) return value.filter((entry) => entry !== null)
  throw new Refusal('wrong-type', `${tags[tag][0]} is not a list`)
}

function readCount(map: PlainMap, tag: Tag): number | null {
  const raw = field(map, tag)
  if (raw === null) return null
  const count = toNumber(raw)
  if (count !== null && count >= 0 && count <= largestCount) return count
  throw new Refusal('wrong-type', `${tags[tag][0]} is not a number from 0 to 2^64`)
}

function readText(map: PlainMap, tag: Tag): string {
  const raw = field(map, tag)
  if (raw === null || typeof raw !== 'object') return String(raw ?? '')
  throw new Refusal('wrong-type', `${tags[tag][0]} is not text`)
}

/** Agents write numbers as numbers, doubles, 64-bit integers and text. */
function toNumber(raw: Plain): number | null {
  if (typeof raw === 'string' && !/^-?\d+(\.\d+)?$/.test(raw)) return null
  if (raw === null || typeof raw === 'object' || typeof raw === 'boolean') return null
  const number = Number(raw)
  return Math.abs(number) <= largestNumber ? number : null
}
