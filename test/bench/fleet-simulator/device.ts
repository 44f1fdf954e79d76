import { deviceClasses, type DeviceClass, type DeviceClassName } from './device-classes.ts'
import type { ActiveAttack } from './attacks.ts'
import {
  createRandom,
  exponential,
  happens,
  integerWithin,
  logNormal,
  logUniform,
  mixed,
  pick,
  uniform,
  type Random,
  type Range,
} from './random.ts'
import { noTraffic, type Traffic } from './traffic.ts'
import { slotsPerDay } from './metrics.ts'
import type { Site } from './site.ts'

export interface DeviceIdentity {
  deviceId: string
  deviceClass: DeviceClassName
  thingGroup: string
  site: string
  /** Added mid-way: before this slot nothing is known of it. */
  firstSlot: number
}

/** No attack: a false alarm has one of these near it, or none. An outage of its site is one in each of its slots. */
export interface BenignEvent {
  slot: number
  kind:
    | 'firmware-update'
    | 'reboot'
    | 'link-trouble'
    | 'agent-failure'
    | 'login'
    | 'site-scan'
    | 'site-outage'
}

/** What a device is, from its class and its own draws; never changes. */
export interface Traits {
  telemetrySeconds: number
  payloadBytes: number
  commandsPerSlot: number
  webCallsPerSlot: number
  tcpPorts: number
  udpPorts: number
  standingConnections: number
  workload: number
  firmwareBytes: number
  dailyUploadBytes: number
  dailyUploadSlot: number
  reconnectsDaily: boolean
  staysOnAtNight: boolean
  opensEarlierSlots: number
  closesLaterSlots: number
  /** Slots from one awakening to the next, for what sleeps. */
  awakeEverySlots: number
  reportBytes: number
  /** Of the LAN's own broadcasts, packets per second at full activity. */
  chatterPerSecond: number
  downloadBytesPerSecond: number
  dropsPerSlot: number
  troublesPerSlot: number
  packetLoss: number
  refusalsPerConnection: number
  /** The agent sleeps five minutes and then works: each report is this much later in its slot. */
  phasePerSlot: number
  driftPerSlot: number
  /** Uniform in 0 to 1, for what only some devices of a class have. */
  variant: number
}

/** What changes from slot to slot. */
export interface State {
  isOn: boolean
  isConnected: boolean
  isRebootDue: boolean
  phase: number
  /** Slots by which the device's clock is ahead, so that its reports are filed late. */
  skewSlots: number
  restlessness: number
  telemetryDue: number
  backlog: number
  troubleUntil: number
  outageUntil: number
  agentDownUntil: number
  gapUntil: number
  loginUntil: number
  loginPorts: number
  nextUpdate: number
  downloadBytes: number
  payloadFactor: number
  extraTcpPorts: number
  /** Seconds left of a call or of the pump's present state. */
  secondsLeft: number
  isBusy: boolean
  sinceReport: Traffic
  delayed: Float64Array
}

export interface Device {
  identity: DeviceIdentity
  class: DeviceClass
  traits: Traits
  state: State
  draft: Draft
  site: Site
  seed: number
  random: Random
  updateSlots: readonly number[]
  incidentRate: number
  attacks: readonly ActiveAttack[]
  events: BenignEvent[]
}

/** One slot being put together. */
export interface Draft {
  /** Of the site at this moment, times how busy this device happens to be. */
  activity: number
  /** The latter alone, about 1, with the device's slow drift. */
  level: number
  onlineShare: number
  isReportMissing: boolean
  /** Spread over the slot; then what came at a moment before and after the report. */
  steady: Traffic
  early: Traffic
  late: Traffic
  phase: number
  tcpPorts: number
  udpPorts: number
  connections: number
  authorizationFailures: number
  connectionAttempts: number
  disconnects: number
  messagesReceived: number
  messagesSent: number
  sentBytes: number
  /** Messages that the work of the slot gave rise to, beside telemetry. */
  eventMessages: number
  telemetryFactor: number
  payloadFactor: number
  /** Set by an attack before the slot is lived through. */
  forcedDrops: number
  isForcedToReboot: boolean
  isCut: boolean
}

const linkQuality = {
  wired: { dropsPerDay: 0.03, troublesPerDay: 0.02, packetLoss: 0.0002 },
  wireless: { dropsPerDay: 0.4, troublesPerDay: 0.2, packetLoss: 0.004 },
  cellular: { dropsPerDay: 2, troublesPerDay: 0.5, packetLoss: 0.01 },
}

/** Draws what a device is. `incidentRate` scales how often things go wrong. */
export function drawTraits(name: DeviceClassName, random: Random, incidentRate: number): Traits {
  const kind: DeviceClass = deviceClasses[name]
  const own = (range: Range) => logUniform(random, range)
  const linkKind = pick(random, kind.links)
  const link = linkQuality[linkKind]
  const flakiness = logNormal(random, 0.8)
  return {
    telemetrySeconds: pick(random, kind.telemetrySeconds),
    payloadBytes: own(kind.payloadBytes),
    commandsPerSlot: own(kind.commandsPerHour) / 12,
    webCallsPerSlot: own(kind.webCallsPerHour) / 12,
    tcpPorts: integerWithin(random, kind.tcpPorts),
    udpPorts: integerWithin(random, kind.udpPorts),
    standingConnections: integerWithin(random, kind.standingConnections),
    workload: own(kind.workload),
    firmwareBytes: own(kind.firmwareBytes),
    dailyUploadBytes: own(kind.dailyUploadBytes),
    dailyUploadSlot: integerWithin(random, [0, slotsPerDay - 1]),
    reconnectsDaily: happens(random, 0.2),
    staysOnAtNight: happens(random, 0.2),
    opensEarlierSlots: integerWithin(random, [0, 5]),
    closesLaterSlots: integerWithin(random, [0, 8]),
    awakeEverySlots: pick(random, [3, 3, 6, 12]),
    reportBytes: integerWithin(random, [480, 1_250]),
    chatterPerSecond: own(linkKind === 'cellular' ? [0.0005, 0.005] : [0.05, 1.2]),
    downloadBytesPerSecond: own(linkKind === 'cellular' ? [2e4, 2e5] : [1e5, 2e6]),
    dropsPerSlot: (link.dropsPerDay * flakiness * incidentRate) / slotsPerDay,
    troublesPerSlot: (link.troublesPerDay * flakiness * incidentRate) / slotsPerDay,
    packetLoss: link.packetLoss * flakiness,
    refusalsPerConnection: happens(random, 0.04) ? 1 : 0,
    phasePerSlot: drawPhasePerSlot(random),
    driftPerSlot: drawDrift(random) / slotsPerDay,
    variant: uniform(random),
  }
}

/** Four agents in ten keep to the clock, but for 50 ppm; the others lose up to a second a report. */
function drawPhasePerSlot(random: Random): number {
  if (happens(random, 0.4)) return (uniform(random) - 0.5) * 1e-4
  return logUniform(random, [0.02, 1.2]) / 300
}

/** One device in six does slowly more, or less, with the days: up to 1.5 % a day. */
function drawDrift(random: Random): number {
  if (!happens(random, 1 / 6)) return 0
  return (happens(random, 0.7) ? 1 : -1) * logUniform(random, [0.002, 0.015])
}

export function newState(random: Random): State {
  return {
    isOn: true,
    isConnected: true,
    isRebootDue: false,
    phase: uniform(random),
    skewSlots: happens(random, 0.05) ? integerWithin(random, [1, 2]) : 0,
    restlessness: 0,
    telemetryDue: uniform(random),
    backlog: 0,
    troubleUntil: -1,
    outageUntil: -1,
    agentDownUntil: -1,
    gapUntil: -1,
    loginUntil: -1,
    loginPorts: 0,
    nextUpdate: 0,
    downloadBytes: 0,
    payloadFactor: 1,
    extraTcpPorts: 0,
    secondsLeft: exponential(random, 300),
    isBusy: false,
    sinceReport: noTraffic(),
    delayed: new Float64Array(3 * 7).fill(Number.NaN),
  }
}

export function newDraft(): Draft {
  return {
    activity: 0,
    level: 1,
    onlineShare: 1,
    isReportMissing: false,
    steady: noTraffic(),
    early: noTraffic(),
    late: noTraffic(),
    phase: 0,
    tcpPorts: 0,
    udpPorts: 0,
    connections: 0,
    authorizationFailures: 0,
    connectionAttempts: 0,
    disconnects: 0,
    messagesReceived: 0,
    messagesSent: 0,
    sentBytes: 0,
    eventMessages: 0,
    telemetryFactor: 1,
    payloadFactor: 1,
    forcedDrops: 0,
    isForcedToReboot: false,
    isCut: false,
  }
}

/** Where the traffic of something that took a moment is counted: before or after the report. */
export function moment(device: Device): Traffic {
  const { draft } = device
  return happens(device.random, draft.phase) ? draft.early : draft.late
}

export function deviceSeed(fleetSeed: number, index: number): number {
  return mixed(mixed(fleetSeed, 201), index + 1)
}

export function deviceRandom(seed: number): Random {
  return createRandom(seed, 202)
}
