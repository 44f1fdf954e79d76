import { describe, expect, test } from 'vitest'
import {
  admitReport,
  noReportsYet,
  type ReportHistory,
} from '../../../../src/station/ingest/report-admission.ts'
import { decodePayload } from '../../../../src/station/ingest/report-encoding.ts'
import { readReport } from '../../../../src/station/ingest/report-fields.ts'
import type { ReportEncoding } from '../../../../src/station/ingest/report-topic.ts'
import { slotMs } from '../../../../src/contract/model/time.ts'
import { jsonBytes } from './payloads.ts'

/** A device whose reports come every five minutes, whatever their ids say. */
function deviceOf(encoding: ReportEncoding = 'json') {
  let history: ReportHistory = noReportsYet
  let at = 1_790_000_100_000
  return (report: unknown) => {
    const payload = report instanceof Uint8Array ? report : jsonBytes(report)
    const read = readReport(decodePayload(payload, encoding))
    at += slotMs
    const rules = { minimumPeriodMs: slotMs, sendsTotals: false, mostCustomMetrics: 100 }
    const admission = admitReport(history, { ...read, at }, rules)
    history = admission.history
    return Object.fromEntries(admission.values)
  }
}

/** CBOR by hand: text of up to 23 bytes. */
const text = (value: string) => [0x60 + value.length, ...Buffer.from(value)]
const map = (...entries: number[][]) => [0xbf, ...entries.flat(), 0xff]
const list = (...entries: number[][]) => [0x9f, ...entries.flat(), 0xff]
const uint32 = (value: number) => [0x1a, ...Buffer.from(value.toString(16).padStart(8, '0'), 'hex')]

describe('the Python agent', () => {
  test('sends a first report without traffic, then deltas, with a custom metric', () => {
    const report = (id: number, stats: object) => ({
      header: { report_id: id, version: '1.0' },
      metrics: { ...stats, listening_tcp_ports: { ports: [], total: 0 } },
      custom_metrics: { cpu_usage: [{ number: 12.5 }] },
    })
    const stats = { bytes_in: 700, bytes_out: 900, packets_in: 4, packets_out: 6 }
    const send = deviceOf()
    expect(send(report(1790000100, {}))).toEqual({
      'aws:num-listening-tcp-ports': 0,
      cpu_usage: 12.5,
    })
    expect(send(report(1790000400, { network_stats: stats }))).toMatchObject({
      'aws:all-bytes-in': 700,
      'aws:all-bytes-out': 900,
      'aws:all-packets-in': 4,
      'aws:all-packets-out': 6,
    })
  })

  test('keeps long port tags in its short reports and samples long lists', () => {
    const ports = Array.from({ length: 50 }, (_, index) => ({
      interface: 'lo',
      port: 8000 + index,
    }))
    const connections = [
      { rad: '[fd00::5]:8883', li: null, lp: 41_000 },
      { rad: '10.1.1.1:8883', li: 'eth0', lp: 41_001 },
      { rad: '10.1.1.1:8883', li: 'eth0', lp: 41_001 },
    ]
    const values = deviceOf()({
      hed: { rid: 1790000100, v: '1.0' },
      met: { tp: { pts: ports, t: 73 }, tc: { ec: { cs: connections } } },
    })
    expect(values).toEqual({
      'aws:num-listening-tcp-ports': 73,
      'aws:num-established-tcp-connections': 2,
    })
  })
})

test('Greengrass sends no traffic in its first report and none of it becomes zero', () => {
  const values = deviceOf()({
    header: { report_id: 1790000100, version: '1.0' },
    metrics: {
      listening_udp_ports: { ports: [{ port: 67, interface: '0.0.0.0' }], total: 1 },
      tcp_connections: { established_connections: { connections: [], total: 0 } },
    },
  })
  expect(values).toEqual({
    'aws:num-listening-udp-ports': 1,
    'aws:num-established-tcp-connections': 0,
  })
})

describe('the C++ device client', () => {
  const report = (id: number, bytes: number) => ({
    header: { report_id: id, version: '1.0' },
    metrics: {
      network_stats: { bytes_in: bytes, bytes_out: bytes, packets_in: bytes, packets_out: bytes },
      listening_udp_ports: { ports: [], total: 0 },
    },
  })

  test('sends a first report of all zeros, which is no traffic of zero', () => {
    const send = deviceOf()
    expect(send(report(50_123, 0))).toEqual({ 'aws:num-listening-udp-ports': 0 })
    expect(send(report(350_123, 40))).toMatchObject({ 'aws:all-bytes-in': 40 })
    expect(send(report(650_123, 0))).toMatchObject({ 'aws:all-bytes-in': 0 })
  })

  test('counts ids anew after a reboot, and its first zeros are no traffic of zero again', () => {
    const send = deviceOf()
    send(report(90_000_123, 70))
    expect(send(report(50_123, 0))).toEqual({ 'aws:num-listening-udp-ports': 0 })
    expect(send(report(350_456, 25))).toMatchObject({ 'aws:all-bytes-out': 25 })
  })

  test('writes its numbers as doubles', () => {
    const json = JSON.stringify(report(1, 40)).replace(':1,', ':1.0e0,').replaceAll('40', '40.0')
    expect(deviceOf()(json)).toMatchObject({ 'aws:all-bytes-in': 40 })
  })
})

describe('the embedded C agent', () => {
  const report = (id: number, totals: [number, number, number, number]) => {
    const [bi, bo, pi, po] = totals
    return `{"hed": {"rid": ${id},"v": "1.0"},"met": {"tp": {"pts": [{"pt": 22}],"t": 1},
      "up": {"pts": [],"t": 0},"ns": {"bi": ${bi},"bo": ${bo},"pi": ${pi},"po": ${po}},
      "tc": {"ec": {"cs": [],"t": 0}}},"cmet": {"uptime": [{"number": 900}],
      "cpu_user_usage": [{"number_list": [5,6]}],"network_interface_names": [{"string_list": ["en0"]}],
      "network_interface_addresses": [{"ip_list": ["192.0.2.9"]}]}}`
  }

  test('sends totals since boot, which become traffic, through a wrap and a reboot', () => {
    const send = deviceOf()
    const bytesIn = (id: number, totals: [number, number, number, number]) =>
      send(report(id, totals))['aws:all-bytes-in']
    expect(bytesIn(1, [4_294_900_000, 900_000_000, 800_000, 700_000])).toBeUndefined()
    expect(bytesIn(2, [4_294_960_000, 900_050_000, 800_070, 700_060])).toBe(60_000)
    expect(bytesIn(3, [12_704, 900_100_000, 800_140, 700_120])).toBe(20_000)
    expect(bytesIn(4, [40_000, 900_150_000, 800_200, 700_180])).toBe(27_296)
    expect(bytesIn(5, [5_000, 4_000, 50, 40])).toBeUndefined()
    expect(bytesIn(6, [11_000, 9_000, 90, 70])).toBe(6_000)
  })

  test('has its ports without interfaces and its number taken, its sets left', () => {
    const values = deviceOf()(report(1, [20_000_000, 20_000_000, 9000, 9000]))
    expect(values).toEqual({
      'aws:num-listening-tcp-ports': 1,
      'aws:num-listening-udp-ports': 0,
      'aws:num-established-tcp-connections': 0,
      uptime: 900,
    })
  })
})

test('the C agent sends CBOR of no given length, ports as text, and no traffic where it was zero', () => {
  const port = (value: string) => map([...text('pt'), ...text(value)])
  const connection = map(
    [...text('rad'), ...text('10.3.3.3:8883')],
    [...text('lp'), ...text('41883')],
  )
  const report = Uint8Array.from([
    0xa2,
    ...text('hed'),
    ...map([...text('rid'), ...uint32(1790000100)], [...text('v'), ...text('1.0')]),
    ...text('met'),
    ...map(
      [...text('tp'), ...map([...text('pts'), ...list(port('22'), port('1883'))])],
      [...text('tc'), ...map([...text('ec'), ...map([...text('cs'), ...list(connection)])])],
    ),
  ])
  expect(deviceOf('cbor')(report)).toEqual({
    'aws:num-listening-tcp-ports': 2,
    'aws:num-established-tcp-connections': 1,
  })
})
