import { describe, expect, test } from 'vitest'
import { planSlot } from '../../../src/demo/behavior.ts'
import { type ReportFormat, createFleet } from '../../../src/demo/fleet.ts'
import { encodeReport, reportTopic } from '../../../src/demo/report.ts'
import { decodeReport } from './decode-report.ts'

const fleet = createFleet({ seed: 3 })
const slot = 5_800_100

describe('a report', () => {
  const formats: ReportFormat[] = ['json', 'json-short', 'cbor', 'cbor-short']

  test.each(formats)('is valid and says what was planned in %s, for every device', (format) => {
    for (const device of fleet.map((each) => ({ ...each, reportFormat: format }))) {
      const { report } = planSlot(device, slot)
      const { metrics } = decodeReport(reportTopic(device), encodeReport(device, slot, report))
      expect(metrics.network_stats).toEqual({
        bytes_in: report.bytesIn,
        bytes_out: report.bytesOut,
        packets_in: report.packetsIn,
        packets_out: report.packetsOut,
      })
      expect(metrics.listening_tcp_ports.ports.map(({ port }) => port)).toEqual(report.tcpPorts)
      expect(metrics.listening_udp_ports.total).toBe(report.udpPorts.length)
      const { connections, total } = metrics.tcp_connections.established_connections
      expect(connections.map((each) => each.remote_addr)).toEqual(
        report.connections.map((each) => each.remote),
      )
      expect(total).toBe(report.connections.length)
    }
  })

  test('is written in short tags only by devices that use them', () => {
    const tags = fleet.map((device) => {
      const payload = encodeReport(device, slot, planSlot(device, slot).report)
      return Buffer.from(payload).includes('network_stats') ? 'long' : 'short'
    })
    expect(tags).toEqual(
      fleet.map((device) => (device.reportFormat.endsWith('-short') ? 'short' : 'long')),
    )
  })

  test('has an id that grows from slot to slot', () => {
    const [device] = fleet
    if (device === undefined) throw new Error('the fleet is empty')
    const ids = [0, 1, 2].map((later) => {
      const payload = encodeReport(device, slot + later, planSlot(device, slot).report)
      return decodeReport(reportTopic(device), payload).header.report_id
    })
    expect(ids.toSorted((first, second) => first - second)).toEqual(ids)
    expect(new Set(ids).size).toBe(3)
  })

  test('lists no port and no connection twice', () => {
    for (const device of fleet) {
      const { report } = planSlot(device, slot)
      const listed = [
        report.tcpPorts,
        report.udpPorts,
        report.connections.map((each) => each.local),
      ]
      for (const ports of listed) expect(new Set(ports).size).toBe(ports.length)
    }
  })
})
