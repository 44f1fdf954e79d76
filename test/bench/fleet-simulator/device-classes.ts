import type { Range } from './random.ts'

export type LinkKind = 'wired' | 'wireless' | 'cellular'

/** What a kind of device has in common; each device draws its own from the ranges (log-uniform). */
export interface DeviceClass {
  thingGroup: 'production' | 'building' | 'counter'
  /** Share of a mixed fleet, in parts of the sum. */
  weight: number
  power: 'always' | 'opening-hours' | 'asleep-between-reports'
  links: readonly [LinkKind, ...LinkKind[]]
  /** Seconds between telemetry messages: one of these, as an operator would set it. */
  telemetrySeconds: readonly [number, ...number[]]
  payloadBytes: Range
  /** Standard deviation of the logarithm of one message's size. */
  payloadSpread: number
  /** Share of the telemetry that comes only with the site's activity, 0 to 1. */
  followsActivity: number
  keepAliveSeconds: number
  commandsPerHour: Range
  webCallsPerHour: Range
  tcpPorts: Range
  udpPorts: Range
  /** Established all the time, beside the one to the broker; for a PLC gateway its controllers. */
  standingConnections: Range
  /** The class's own work: see `applications.ts`. */
  workload: Range
  firmwareBytes: Range
  dailyUploadBytes: Range
  loginsPerMonth: number
  /** Standard deviation of the device's own slowly varying activity (log). */
  restlessness: number
}

export const deviceClasses = {
  'plc-gateway': {
    thingGroup: 'production',
    weight: 3,
    power: 'always',
    links: ['wired'],
    telemetrySeconds: [5, 10, 10, 30],
    payloadBytes: [400, 2_400],
    payloadSpread: 0.12,
    followsActivity: 0.3,
    keepAliveSeconds: 60,
    commandsPerHour: [0.2, 4],
    webCallsPerHour: [0.5, 4],
    tcpPorts: [3, 8],
    udpPorts: [2, 5],
    standingConnections: [3, 14],
    // Modbus polls per second and controller
    workload: [0.5, 4],
    firmwareBytes: [20e6, 90e6],
    dailyUploadBytes: [2e5, 8e6],
    loginsPerMonth: 2,
    restlessness: 0.12,
  },
  'ip-camera': {
    thingGroup: 'building',
    weight: 3,
    power: 'always',
    links: ['wired', 'wired', 'wireless'],
    telemetrySeconds: [60, 60, 300],
    payloadBytes: [180, 600],
    payloadSpread: 0.1,
    followsActivity: 0,
    keepAliveSeconds: 60,
    commandsPerHour: [0.1, 1],
    webCallsPerHour: [1, 6],
    tcpPorts: [3, 7],
    udpPorts: [3, 8],
    standingConnections: [0, 2],
    // clips of motion per hour at full activity
    workload: [2, 20],
    firmwareBytes: [12e6, 45e6],
    dailyUploadBytes: [2e4, 2e5],
    loginsPerMonth: 0.5,
    restlessness: 0.2,
  },
  'badge-reader': {
    thingGroup: 'building',
    weight: 3,
    power: 'always',
    links: ['wired', 'wired', 'wireless'],
    telemetrySeconds: [300, 300, 60],
    payloadBytes: [120, 320],
    payloadSpread: 0.05,
    followsActivity: 0,
    keepAliveSeconds: 30,
    commandsPerHour: [0.05, 0.3],
    webCallsPerHour: [0.2, 1],
    tcpPorts: [1, 3],
    udpPorts: [1, 3],
    standingConnections: [0, 1],
    // badges per hour at the height of the morning
    workload: [8, 160],
    firmwareBytes: [2e6, 12e6],
    dailyUploadBytes: [4e3, 4e4],
    loginsPerMonth: 0.2,
    restlessness: 0.1,
  },
  'environment-sensor': {
    thingGroup: 'building',
    weight: 3,
    power: 'asleep-between-reports',
    links: ['wireless', 'cellular'],
    telemetrySeconds: [300],
    payloadBytes: [60, 220],
    payloadSpread: 0.06,
    followsActivity: 0,
    keepAliveSeconds: 1_200,
    commandsPerHour: [0.01, 0.05],
    webCallsPerHour: [0.01, 0.02],
    tcpPorts: [0, 0],
    udpPorts: [1, 2],
    standingConnections: [0, 0],
    // readings in one message
    workload: [1, 12],
    firmwareBytes: [2e5, 9e5],
    dailyUploadBytes: [1, 2],
    loginsPerMonth: 0,
    restlessness: 0.05,
  },
  'pump-controller': {
    thingGroup: 'production',
    weight: 2,
    power: 'always',
    links: ['cellular', 'cellular', 'wired'],
    telemetrySeconds: [30, 60, 60],
    payloadBytes: [150, 500],
    payloadSpread: 0.08,
    followsActivity: 0,
    keepAliveSeconds: 120,
    commandsPerHour: [0.05, 1],
    webCallsPerHour: [0.1, 0.5],
    tcpPorts: [1, 4],
    udpPorts: [1, 3],
    standingConnections: [0, 2],
    // starts of the pump per hour of mean demand
    workload: [0.5, 4],
    firmwareBytes: [3e6, 16e6],
    dailyUploadBytes: [1e4, 2e5],
    loginsPerMonth: 0.5,
    restlessness: 0.15,
  },
  'point-of-sale': {
    thingGroup: 'counter',
    weight: 2,
    power: 'opening-hours',
    links: ['wired', 'wireless'],
    telemetrySeconds: [60, 120, 300],
    payloadBytes: [250, 800],
    payloadSpread: 0.2,
    followsActivity: 0,
    keepAliveSeconds: 60,
    commandsPerHour: [0.3, 2],
    webCallsPerHour: [4, 25],
    tcpPorts: [4, 12],
    udpPorts: [3, 9],
    standingConnections: [1, 6],
    // transactions per hour at full activity
    workload: [10, 70],
    firmwareBytes: [30e6, 200e6],
    dailyUploadBytes: [2e5, 3e6],
    loginsPerMonth: 1.5,
    restlessness: 0.2,
  },
  'building-gateway': {
    thingGroup: 'building',
    weight: 2,
    power: 'always',
    links: ['wired'],
    telemetrySeconds: [30, 60, 60],
    payloadBytes: [600, 5_000],
    payloadSpread: 0.1,
    followsActivity: 0.2,
    keepAliveSeconds: 60,
    commandsPerHour: [0.5, 6],
    webCallsPerHour: [0.5, 3],
    tcpPorts: [3, 7],
    udpPorts: [3, 8],
    standingConnections: [1, 4],
    // BACnet points read per second
    workload: [1, 25],
    firmwareBytes: [15e6, 80e6],
    dailyUploadBytes: [1e5, 5e6],
    loginsPerMonth: 1.5,
    restlessness: 0.12,
  },
  'voice-phone': {
    thingGroup: 'counter',
    weight: 2,
    power: 'always',
    links: ['wired', 'wired', 'wireless'],
    telemetrySeconds: [300, 600],
    payloadBytes: [150, 400],
    payloadSpread: 0.05,
    followsActivity: 0,
    keepAliveSeconds: 60,
    commandsPerHour: [0.05, 0.5],
    webCallsPerHour: [0.5, 2],
    tcpPorts: [1, 4],
    udpPorts: [3, 6],
    standingConnections: [1, 2],
    // calls per hour at full activity
    workload: [0.7, 9],
    firmwareBytes: [10e6, 40e6],
    dailyUploadBytes: [5e3, 6e4],
    loginsPerMonth: 0.3,
    restlessness: 0.2,
  },
} satisfies Record<string, DeviceClass>

export type DeviceClassName = keyof typeof deviceClasses

export const deviceClassNames: readonly DeviceClassName[] = [
  'plc-gateway',
  'ip-camera',
  'badge-reader',
  'environment-sensor',
  'pump-controller',
  'point-of-sale',
  'building-gateway',
  'voice-phone',
]
