import type { DeviceClassName } from '../fleet-simulator/index.ts'
import { between, normal, poisson, type Random } from './random.ts'

/** What one kind of device does in a slot of five minutes. */
interface Kind {
  name: DeviceClassName
  messages: number
  bytesPerMessage: number
  /** Swing of the day, log units, and what a weekend leaves. */
  swing: number
  weekend: number
  connections: number
  ports: number
}

const kinds: readonly [Kind, ...Kind[]] = [
  {
    name: 'environment-sensor',
    messages: 6,
    bytesPerMessage: 180,
    swing: 0.1,
    weekend: 1,
    connections: 1,
    ports: 2,
  },
  {
    name: 'ip-camera',
    messages: 25,
    bytesPerMessage: 900,
    swing: 0.5,
    weekend: 0.7,
    connections: 3,
    ports: 4,
  },
  {
    name: 'plc-gateway',
    messages: 120,
    bytesPerMessage: 400,
    swing: 0.3,
    weekend: 0.6,
    connections: 8,
    ports: 6,
  },
  {
    name: 'point-of-sale',
    messages: 40,
    bytesPerMessage: 500,
    swing: 1,
    weekend: 0.35,
    connections: 4,
    ports: 5,
  },
]

/** The thirteen values of one slot. */
export interface Reading {
  bytesIn: number
  bytesOut: number
  packetsIn: number
  packetsOut: number
  tcpPorts: number
  udpPorts: number
  connections: number
  authorizationFailures: number
  connectionAttempts: number
  disconnects: number
  messagesReceived: number
  messagesSent: number
  messageBytes: number
}

export interface PlainDevice {
  name: DeviceClassName
  /** The next slot; `hour` of the day and whether it is a weekend's. */
  next(at: { hour: number; isWeekend: boolean }): Reading
}

const memory = 0.8
const restlessness = 0.15

/** Draws a device: its kind, its own level, phase and link, then slot after slot. */
export function plainDevice(random: Random, index: number): PlainDevice {
  const kind = kinds[index % kinds.length] ?? kinds[0]
  const messages = kind.messages * Math.exp(0.5 * normal(random))
  const size = kind.bytesPerMessage * Math.exp(0.3 * normal(random))
  const peak = 14 + between(random, -2, 2)
  const ports = kind.ports + Math.floor(3 * random())
  const connections = kind.connections + Math.floor(3 * random())
  const drops = 0.002 * Math.exp(1.2 * normal(random))
  let mood = 0
  let burst = { slots: 0, factor: 1 }

  function paceAt({ hour, isWeekend }: { hour: number; isWeekend: boolean }): number {
    mood = memory * mood + Math.sqrt(1 - memory ** 2) * restlessness * normal(random)
    if (burst.slots > 0) burst.slots--
    else {
      const isBurst = random() < 0.002
      burst = {
        slots: isBurst ? Math.floor(4 * random()) : 0,
        factor: isBurst ? between(random, 1.5, 4) : 1,
      }
    }
    const day = kind.swing * Math.cos(((hour - peak) / 12) * Math.PI)
    return burst.factor * Math.exp(mood + day) * (isWeekend ? kind.weekend : 1)
  }

  return {
    name: kind.name,
    next(at) {
      const pace = paceAt(at)
      const messagesSent = poisson(random, messages * pace)
      const messagesReceived = poisson(random, 0.2 * messages * pace)
      const disconnects = poisson(random, drops)
      const scatter = () => Math.exp(0.05 * normal(random))
      const packetsOut = 20 + (2.2 * messagesSent + messagesReceived) * scatter()
      const packetsIn = 20 + (1.3 * messagesSent + 2 * messagesReceived) * scatter()
      return {
        packetsOut,
        packetsIn,
        bytesOut: packetsOut * 70 + messagesSent * size * scatter() + 3_000 * disconnects,
        bytesIn: packetsIn * 70 + messagesReceived * 150 * scatter() + 5_000 * disconnects,
        tcpPorts: ports + (random() < 0.002 ? 1 : 0),
        udpPorts: 2 + (random() < 0.02 ? 1 : 0),
        connections: connections + poisson(random, 0.05),
        authorizationFailures: random() < 0.0003 ? 1 : 0,
        connectionAttempts: disconnects + poisson(random, 0.3 * disconnects),
        disconnects,
        messagesReceived,
        messagesSent,
        messageBytes: messagesSent > 0 ? size * Math.exp(0.02 * normal(random)) : NaN,
      }
    },
  }
}
