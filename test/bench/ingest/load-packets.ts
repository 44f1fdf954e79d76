import { createFleet } from '../../../src/demo/fleet.ts'
import { planSlot } from '../../../src/demo/behavior.ts'
import { encodeReport, reportTopic } from '../../../src/demo/report.ts'
import type { Load } from './load.ts'
import { publishPacket } from './mqtt-packets.ts'

const messageBytes = 60

/** Laps over all devices in a ring of messages: long enough that one write is one piece. */
const messagesInRing = 20_000

/** Reports of a device in the ring. The station forgets report ids before they come again. */
const reportLaps = 16

const firstReportId = 1_760_000_000

/** The packets of a load, in the order in which they are sent. */
export function packetsOf(what: Load['what']): Buffer[] {
  if (what.kind === 'messages') return messagePackets(what.devices)
  if (what.kind === 'reports') return reportPackets(what.devices)
  return demoReportPackets(what)
}

function messagePackets(devices: readonly string[]): Buffer[] {
  const payload = Buffer.from('{"flow":41.5}'.padEnd(messageBytes))
  const lap = devices.map((device) => publishPacket(`site/${device}/t`, payload))
  const laps = Math.max(1, Math.round(messagesInRing / lap.length))
  return Array.from({ length: laps }, () => lap).flat()
}

function reportPackets(devices: readonly string[]): Buffer[] {
  return Array.from({ length: reportLaps }, (_, lap) =>
    devices.map((device, place) =>
      publishPacket(`$aws/things/${device}/defender/metrics/json`, report(place, lap)),
    ),
  ).flat()
}

function report(device: number, lap: number): Buffer {
  const ports = [22, 443, 502].map((port) => ({ interface: 'eth0', port }))
  const custom = ['cpu', 'memory', 'temperature', 'voltage', 'uptime', 'queue']
  const document = {
    header: { report_id: firstReportId + lap, version: '1.0' },
    metrics: {
      listening_tcp_ports: { ports, total: 3 },
      listening_udp_ports: { ports: [{ interface: 'eth0', port: 68 }], total: 1 },
      network_stats: trafficOf(device, lap),
      tcp_connections: { established_connections: connectionsOf(device) },
    },
    custom_metrics: Object.fromEntries(
      custom.map((name, place) => [name, [{ number: 10 * place + ((device + lap) % 9) }]]),
    ),
  }
  return Buffer.from(JSON.stringify(document))
}

/** Up and down from report to report, so that nobody takes it for totals since boot. */
function trafficOf(device: number, lap: number) {
  const level = 1 + (lap % 2) + (device % 7)
  return {
    bytes_in: 2000 * level,
    bytes_out: 5000 * level,
    packets_in: 20 * level,
    packets_out: 30 * level,
  }
}

function connectionsOf(device: number) {
  const connections = [1, 2].map((place) => ({
    local_interface: 'eth0',
    local_port: 40_000 + place,
    remote_addr: `192.0.2.${(device % 200) + place}:8883`,
  }))
  return { connections, total: 2 }
}

function demoReportPackets(what: Extract<Load['what'], { kind: 'demo-reports' }>): Buffer[] {
  const fleet = createFleet({ seed: 1, devices: what.devices })
  return Array.from({ length: what.slots }, (_, lap) => what.fromSlot + lap).flatMap((slot) =>
    fleet.map((device) => {
      const payload = encodeReport(device, slot, planSlot(device, slot).report)
      return publishPacket(reportTopic(device), payload)
    }),
  )
}
