import { encode } from 'cborg'
import { slotMs, slotStartAt } from '../contract/model/time.ts'
import type { ReportFormat, SimulatedDevice } from './fleet.ts'
import type { ReportContent } from './plan.ts'

const longTags = {
  header: 'header',
  reportId: 'report_id',
  version: 'version',
  metrics: 'metrics',
  listeningTcpPorts: 'listening_tcp_ports',
  listeningUdpPorts: 'listening_udp_ports',
  ports: 'ports',
  port: 'port',
  interface: 'interface',
  networkStats: 'network_stats',
  bytesIn: 'bytes_in',
  bytesOut: 'bytes_out',
  packetsIn: 'packets_in',
  packetsOut: 'packets_out',
  tcpConnections: 'tcp_connections',
  established: 'established_connections',
  connections: 'connections',
  remoteAddress: 'remote_addr',
  localInterface: 'local_interface',
  localPort: 'local_port',
  total: 'total',
}
type Tags = typeof longTags

const shortTags = {
  header: 'hed',
  reportId: 'rid',
  version: 'v',
  metrics: 'met',
  listeningTcpPorts: 'tp',
  listeningUdpPorts: 'up',
  ports: 'pts',
  port: 'pt',
  interface: 'if',
  networkStats: 'ns',
  bytesIn: 'bi',
  bytesOut: 'bo',
  packetsIn: 'pi',
  packetsOut: 'po',
  tcpConnections: 'tc',
  established: 'ec',
  connections: 'cs',
  remoteAddress: 'rad',
  localInterface: 'li',
  localPort: 'lp',
  total: 't',
} satisfies Tags

/** When a device's report of a slot is made, epoch ms. */
export function reportAt(device: SimulatedDevice, slot: number): number {
  return slotStartAt(slot) + Math.round(device.reportPhase * slotMs)
}

/** The topic a device reports on; its answers come on the same with `/accepted` or `/rejected` after it. */
export function reportTopic(device: SimulatedDevice): string {
  const encoding = isCbor(device.reportFormat) ? 'cbor' : 'json'
  return `$aws/things/${device.id}/defender/metrics/${encoding}`
}

/** The payload of a device's AWS IoT Device Defender report, in its own format. */
export function encodeReport(
  device: SimulatedDevice,
  slot: number,
  content: ReportContent,
): Uint8Array {
  const tags = isShort(device.reportFormat) ? shortTags : longTags
  const document = {
    [tags.header]: {
      [tags.reportId]: Math.floor(reportAt(device, slot) / 1000),
      [tags.version]: '1.0',
    },
    [tags.metrics]: metricsOf(content, tags),
  }
  return isCbor(device.reportFormat) ? encode(document) : Buffer.from(JSON.stringify(document))
}

/** True for the tags of two or three letters that saving agents use. */
export function isShort(format: ReportFormat): boolean {
  return format.endsWith('-short')
}

function isCbor(format: ReportFormat): boolean {
  return format.startsWith('cbor')
}

function metricsOf(content: ReportContent, tags: Tags): object {
  return {
    [tags.listeningTcpPorts]: portsOf(content.tcpPorts, tags),
    [tags.listeningUdpPorts]: portsOf(content.udpPorts, tags),
    [tags.networkStats]: {
      [tags.bytesIn]: content.bytesIn,
      [tags.bytesOut]: content.bytesOut,
      [tags.packetsIn]: content.packetsIn,
      [tags.packetsOut]: content.packetsOut,
    },
    [tags.tcpConnections]: { [tags.established]: connectionsOf(content, tags) },
  }
}

function portsOf(ports: number[], tags: Tags): object {
  return {
    [tags.ports]: ports.map((port) => ({ [tags.interface]: 'eth0', [tags.port]: port })),
    [tags.total]: ports.length,
  }
}

function connectionsOf({ connections }: ReportContent, tags: Tags): object {
  return {
    [tags.connections]: connections.map(({ remote, local }) => ({
      [tags.localInterface]: 'eth0',
      [tags.localPort]: local,
      [tags.remoteAddress]: remote,
    })),
    [tags.total]: connections.length,
  }
}
