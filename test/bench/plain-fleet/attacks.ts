import type { AttackKind } from '../fleet-simulator/index.ts'
import type { Reading } from './device.ts'
import { between, poisson, type Random } from './random.ts'

/** One of the eleven attacks: hours it lasts, and what it does to a slot. `part` runs from 0 to 1 over it. */
interface Attack {
  hours: number
  strength: readonly [number, number]
  act(reading: Reading, by: { strength: number; part: number; random: Random }): void
}

const slotSeconds = 300

function send(reading: Reading, packets: number, bytesPerPacket: number): void {
  reading.packetsOut += packets
  reading.bytesOut += packets * bytesPerPacket
}

function multiply(reading: Reading, factor: number): void {
  reading.bytesOut *= factor
  reading.packetsOut *= factor
}

function guess(reading: Reading, attempts: number): void {
  reading.authorizationFailures += attempts
  reading.connectionAttempts += attempts
}

/** As the evidence names them, each with a strength drawn anew. */
export const attacks = {
  'port-scan': {
    hours: 0.5,
    strength: [8, 25],
    act(reading, { strength, random }) {
      send(reading, poisson(random, strength * slotSeconds), 60)
      reading.connections += poisson(random, 4)
    },
  },
  'ddos-bot': {
    hours: 1,
    strength: [150, 600],
    act(reading, { strength, random }) {
      send(reading, poisson(random, strength * slotSeconds), 90)
    },
  },
  'exfiltration-5x': {
    hours: 1,
    strength: [4.5, 5.5],
    act: (reading, { strength }) => multiply(reading, strength),
  },
  'exfiltration-1.6x': {
    hours: 4,
    strength: [1.55, 1.65],
    act: (reading, { strength }) => multiply(reading, strength),
  },
  'brute-force': {
    hours: 1,
    strength: [15, 60],
    act: (reading, { strength, random }) => guess(reading, poisson(random, strength)),
  },
  'slow-brute-force': {
    hours: 12,
    strength: [0.8, 2],
    act: (reading, { strength, random }) => guess(reading, poisson(random, strength)),
  },
  'c2-beacon': {
    hours: 12,
    strength: [4, 10],
    act(reading, { strength, random }) {
      reading.connections += 1
      reading.tcpPorts += 1
      send(reading, poisson(random, strength), 150)
    },
  },
  'crash-loop': {
    hours: 1,
    strength: [3, 8],
    act(reading, { strength, random }) {
      const drops = poisson(random, strength)
      reading.disconnects += drops
      reading.connectionAttempts += drops
    },
  },
  silent: {
    hours: 4,
    strength: [1, 1],
    act(reading) {
      reading.messagesSent = 0
      reading.messagesReceived = 0
      reading.messageBytes = NaN
    },
  },
  'backdoor-port': {
    hours: 24,
    strength: [1, 1],
    act: (reading) => {
      reading.tcpPorts += 1
    },
  },
  'slow-drift': {
    hours: 36,
    strength: [2.3, 2.7],
    act: (reading, { strength, part }) => multiply(reading, strength ** part),
  },
} satisfies Partial<Record<AttackKind, Attack>>

export type PlainAttackKind = keyof typeof attacks

export const plainAttackKinds: readonly PlainAttackKind[] = [
  'port-scan',
  'ddos-bot',
  'exfiltration-5x',
  'exfiltration-1.6x',
  'brute-force',
  'slow-brute-force',
  'c2-beacon',
  'crash-loop',
  'silent',
  'backdoor-port',
  'slow-drift',
]

export function strengthOf(kind: PlainAttackKind, random: Random): number {
  const [low, high] = attacks[kind].strength
  return between(random, low, high)
}
