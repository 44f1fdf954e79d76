import type { MetricName } from './metrics.ts'
import type { Random, Range } from './random.ts'
import type { DeviceClassName } from './device-classes.ts'

export interface AttackProfile {
  /** Drawn uniformly in the logarithm, as is the duration. */
  strength: Range
  /** What a strength of 1 is. */
  unit: string
  /** Duration in slots of five minutes. */
  slots: Range
  /** On the device itself: needs an operating system, and the device to be switched on. */
  isOnDevice: boolean
  begins: 'any-time' | 'while-quiet'
  /** The metrics it is meant to show in, the plainest first. */
  showsIn: readonly [MetricName, ...MetricName[]]
}

export const attackProfiles = {
  'port-scan': {
    strength: [4, 300],
    unit: 'probes per second',
    slots: [3, 36],
    isOnDevice: true,
    begins: 'any-time',
    showsIn: ['aws:all-packets-out', 'aws:all-packets-in', 'aws:all-bytes-out'],
  },
  'ddos-bot': {
    strength: [60, 8_000],
    unit: 'packets per second while it fires',
    slots: [2, 24],
    isOnDevice: true,
    begins: 'any-time',
    showsIn: ['aws:all-packets-out', 'aws:all-bytes-out'],
  },
  'exfiltration-5x': {
    strength: [4.5, 5.5],
    unit: 'times the outgoing bytes',
    slots: [11, 13],
    isOnDevice: true,
    begins: 'any-time',
    showsIn: ['aws:all-bytes-out', 'aws:all-packets-out'],
  },
  'exfiltration-1.6x': {
    strength: [1.5, 1.7],
    unit: 'times the outgoing bytes and packets',
    slots: [44, 52],
    isOnDevice: true,
    begins: 'any-time',
    showsIn: ['aws:all-bytes-out', 'aws:all-packets-out'],
  },
  'brute-force': {
    strength: [15, 300],
    unit: 'refused attempts per slot',
    slots: [3, 24],
    isOnDevice: false,
    begins: 'any-time',
    showsIn: ['aws:num-authorization-failures', 'aws:num-connection-attempts'],
  },
  'slow-brute-force': {
    strength: [0.7, 4],
    unit: 'refused attempts per slot',
    slots: [96, 288],
    isOnDevice: false,
    begins: 'any-time',
    showsIn: ['aws:num-authorization-failures', 'aws:num-connection-attempts'],
  },
  'c2-beacon': {
    strength: [1, 20],
    unit: 'beacons per slot',
    slots: [72, 432],
    isOnDevice: true,
    begins: 'any-time',
    showsIn: ['aws:num-listening-tcp-ports', 'aws:num-established-tcp-connections'],
  },
  'crash-loop': {
    strength: [2, 20],
    unit: 'disconnects per slot',
    slots: [3, 36],
    isOnDevice: false,
    begins: 'any-time',
    showsIn: ['aws:num-disconnects', 'aws:num-connection-attempts'],
  },
  silent: {
    strength: [1, 1],
    unit: 'share of the messages that do not come',
    slots: [12, 144],
    isOnDevice: false,
    begins: 'any-time',
    showsIn: ['aws:num-messages-sent', 'aws:num-messages-received'],
  },
  'backdoor-port': {
    strength: [1, 3],
    unit: 'ports',
    slots: [72, 576],
    isOnDevice: true,
    begins: 'any-time',
    showsIn: ['aws:num-listening-tcp-ports'],
  },
  'slow-drift': {
    strength: [2.2, 2.8],
    unit: 'times the traffic out and the messages sent, at the end',
    slots: [400, 464],
    isOnDevice: true,
    begins: 'any-time',
    showsIn: ['aws:all-bytes-out', 'aws:num-messages-sent', 'aws:all-packets-out'],
  },
  'crypto-miner': {
    strength: [1, 12],
    unit: 'shares handed in per minute',
    slots: [72, 576],
    isOnDevice: true,
    begins: 'any-time',
    showsIn: ['aws:num-established-tcp-connections', 'aws:all-packets-out'],
  },
  'message-flood': {
    strength: [0.2, 10],
    unit: 'messages per second',
    slots: [2, 24],
    isOnDevice: true,
    begins: 'any-time',
    showsIn: ['aws:num-messages-sent', 'aws:message-byte-size'],
  },
  'night-replay': {
    strength: [0.8, 4],
    unit: 'recorded messages per message of its own timer, or per slot if that is more',
    slots: [18, 60],
    isOnDevice: false,
    begins: 'while-quiet',
    showsIn: ['aws:num-messages-sent'],
  },
  'command-injection': {
    strength: [6, 150],
    unit: 'commands per slot',
    slots: [2, 12],
    isOnDevice: true,
    begins: 'any-time',
    showsIn: ['aws:num-messages-received', 'aws:num-messages-sent'],
  },
  'lateral-movement': {
    strength: [2, 40],
    unit: 'connections open at a time',
    slots: [3, 36],
    isOnDevice: true,
    begins: 'any-time',
    showsIn: ['aws:num-established-tcp-connections', 'aws:all-packets-out'],
  },
  'stealth-beacon': {
    strength: [0.1, 0.5],
    unit: 'beacons per slot, each a short connection',
    slots: [144, 576],
    isOnDevice: true,
    begins: 'any-time',
    showsIn: ['aws:all-bytes-out', 'aws:all-bytes-in'],
  },
  'firmware-tamper': {
    strength: [1.25, 2.2],
    unit: 'times the size of its messages, or the part of it',
    slots: [72, 576],
    isOnDevice: false,
    begins: 'any-time',
    showsIn: ['aws:message-byte-size', 'aws:all-bytes-out'],
  },
} satisfies Record<string, AttackProfile>

export type AttackKind = keyof typeof attackProfiles

export const attackKinds: readonly AttackKind[] = [
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
  'crypto-miner',
  'message-flood',
  'night-replay',
  'command-injection',
  'lateral-movement',
  'stealth-beacon',
  'firmware-tamper',
]

/** Two for a clock that is ahead, one for what was counted after the device's report of the slot. */
export const reportedLateSlots = 3

/** The truth about one attack: what a detector is held against. */
export interface AttackLabel {
  deviceId: string
  deviceClass: DeviceClassName
  kind: AttackKind
  fromSlot: number
  /** The first slot after it; what it did may be reported up to `reportedLateSlots` after that. */
  toSlot: number
  strength: number
}

export interface ActiveAttack {
  label: AttackLabel
  /** The attack's own, so that the device's draws stay what they were. */
  random: Random
  seed: number
  /** Uniform in 0 to 1: which way of several this one takes. */
  variant: number
}
