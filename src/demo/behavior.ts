import { type Attack, underAttack } from './attack.ts'
import type { DeviceKind, SimulatedDevice } from './fleet.ts'
import type { Connection, ReportContent, SlotPlan } from './plan.ts'
import { type Draw, drawFor, normal, poisson, wholeBetween } from './random.ts'
import { activity } from './rhythm.ts'

const reconnectChance = 1 / 300
const deniedChance = 1 / 2000

/** Bytes around each MQTT payload on the wire: topic and headers of MQTT, TCP and IP. */
const wireOverhead = 70
const ackBytes = 52

const peers = {
  pump: { network: '10.20.1', port: 502 },
  camera: { network: '10.20.2', port: 554 },
  gateway: { network: '10.20.3', port: 443 },
} satisfies Record<DeviceKind, { network: string; port: number }>

/** What a device does in a slot. Depends on nothing but the arguments. */
export function planSlot(device: SimulatedDevice, slot: number, attack?: Attack): SlotPlan {
  return underAttack(usualSlot(device, slot), { deviceId: device.id, slot }, attack)
}

/** Payload bytes of the commands the site controller sends a device in a slot, in sending order. */
export function commandSizes(device: SimulatedDevice, slot: number): number[] {
  const draw = drawFor(device.key, slot, 'commands')
  const commands = poisson(draw, device.habits.commandRate * activity(device, slot))
  return Array.from({ length: commands }, () => wholeBetween(draw, 48, 96))
}

function usualSlot(device: SimulatedDevice, slot: number): SlotPlan {
  const telemetry = telemetrySizes(device, slot)
  const commands = commandSizes(device, slot)
  return {
    telemetrySizes: telemetry,
    commandSizes: commands,
    ...interruptions(device, slot),
    report: usualReport(device, slot, {
      sent: wireBytes(telemetry),
      received: wireBytes(commands),
      messages: telemetry.length,
    }),
  }
}

function telemetrySizes(device: SimulatedDevice, slot: number): number[] {
  const draw = drawFor(device.key, slot, 'telemetry')
  const { telemetryRate, spread, payloadBytes } = device.habits
  const level = telemetryRate * activity(device, slot) * (1 + spread * normal(draw))
  return Array.from({ length: Math.max(1, Math.round(level)) }, () =>
    wholeBetween(draw, payloadBytes.low, payloadBytes.high),
  )
}

/** At most one a slot, so that the device is back before it has anything to send. */
function interruptions(
  device: SimulatedDevice,
  slot: number,
): Pick<SlotPlan, 'reconnects' | 'deniedPublishes'> {
  const chance = drawFor(device.key, slot, 'interruptions')()
  const isDenied = chance < deniedChance
  const isReconnect = !isDenied && chance < deniedChance + reconnectChance
  return { reconnects: isReconnect ? 1 : 0, deniedPublishes: isDenied ? 1 : 0 }
}

function usualReport(
  device: SimulatedDevice,
  slot: number,
  mqtt: { sent: number; received: number; messages: number },
): ReportContent {
  const draw = drawFor(device.key, slot, 'report')
  const level = activity(device, slot)
  const otherOut = device.habits.otherBytesOut * level * noise(device, draw)
  const packetsOut = mqtt.messages + Math.ceil((otherOut / 900) * noise(device, draw))
  const packetsIn = mqtt.messages + Math.ceil((packetsOut / 2) * noise(device, draw))
  return {
    bytesOut: Math.round(mqtt.sent + otherOut),
    bytesIn: mqtt.received + packetsIn * ackBytes,
    packetsOut,
    packetsIn,
    tcpPorts: [...device.habits.tcpPorts],
    udpPorts: [...device.habits.udpPorts, ...streamPorts(device, draw)],
    connections: connections(device, poisson(draw, device.habits.sessionRate * level)),
  }
}

/** Cameras open a UDP port for each viewer; the others have no ports that come and go. */
function streamPorts(device: SimulatedDevice, draw: Draw): number[] {
  if (device.kind !== 'camera') return []
  return Array.from({ length: wholeBetween(draw, 0, 2) }, (_, viewer) => 50_000 + 2 * viewer)
}

/** The connection to the broker and so many sessions with peers of the device's kind. */
function connections(device: SimulatedDevice, sessions: number): Connection[] {
  const { network, port } = peers[device.kind]
  const peerSessions = Array.from({ length: sessions }, (_, peer) => ({
    remote: `${network}.${10 + peer}:${port}`,
    local: localPort(device, peer + 1),
  }))
  return [{ remote: '10.20.0.2:1883', local: localPort(device, 0) }, ...peerSessions]
}

/** A port from the range systems give to outgoing connections. */
function localPort(device: SimulatedDevice, connection: number): number {
  return 32_768 + ((device.key + 131 * connection) % 28_000)
}

/** A factor around 1 that is never negative. */
function noise(device: SimulatedDevice, draw: Draw): number {
  return Math.exp(device.habits.spread * normal(draw))
}

function wireBytes(sizes: number[]): number {
  return sizes.reduce((sum, size) => sum + size + wireOverhead, 0)
}
