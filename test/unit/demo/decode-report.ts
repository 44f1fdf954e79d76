import { decode } from 'cborg'
import { z } from 'zod'

const longOf: Record<string, string> = {
  hed: 'header',
  rid: 'report_id',
  v: 'version',
  met: 'metrics',
  tp: 'listening_tcp_ports',
  up: 'listening_udp_ports',
  pts: 'ports',
  pt: 'port',
  if: 'interface',
  ns: 'network_stats',
  bi: 'bytes_in',
  bo: 'bytes_out',
  pi: 'packets_in',
  po: 'packets_out',
  tc: 'tcp_connections',
  ec: 'established_connections',
  cs: 'connections',
  rad: 'remote_addr',
  li: 'local_interface',
  lp: 'local_port',
  t: 'total',
}

const count = z.number().int().min(0)
const portList = z.strictObject({
  ports: z.array(
    z.strictObject({ interface: z.string(), port: z.number().int().min(1).max(65535) }),
  ),
  total: count,
})

/** A Device Defender report as AWS documents it, in long tags. */
const report = z.strictObject({
  header: z.strictObject({ report_id: z.number().int().positive(), version: z.literal('1.0') }),
  metrics: z.strictObject({
    listening_tcp_ports: portList,
    listening_udp_ports: portList,
    network_stats: z.strictObject({
      bytes_in: count,
      bytes_out: count,
      packets_in: count,
      packets_out: count,
    }),
    tcp_connections: z.strictObject({
      established_connections: z.strictObject({
        connections: z.array(
          z.strictObject({
            remote_addr: z.string().regex(/^\d+\.\d+\.\d+\.\d+:\d+$/),
            local_interface: z.string(),
            local_port: z.number().int().min(1).max(65535),
          }),
        ),
        total: count,
      }),
    }),
  }),
})
type DecodedReport = z.infer<typeof report>

/** Reads a report of any format, or throws what is wrong with it. */
export function decodeReport(topic: string, payload: Uint8Array): DecodedReport {
  const raw: unknown = topic.endsWith('/cbor')
    ? decode(payload)
    : JSON.parse(Buffer.from(payload).toString())
  return report.parse(withLongTags(raw))
}

function withLongTags(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withLongTags)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([tag, inner]) => [longOf[tag] ?? tag, withLongTags(inner)]),
  )
}
