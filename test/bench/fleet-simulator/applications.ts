import { moment, type Device } from './device.ts'
import type { DeviceClassName } from './device-classes.ts'
import { exponential, happens, logNormal, normal, pareto, poisson, type Random } from './random.ts'
import {
  callWeb,
  datagramsIn,
  datagramsOut,
  download,
  exchange,
  receive,
  upload,
  type Traffic,
} from './traffic.ts'
import { slotSeconds } from './metrics.ts'

/** The work a class of device is there for, one slot of it. */
type Application = (device: Device, slot: number) => void

/** Polls its controllers over Modbus, whatever the site does; production changes what it sends up. */
function gateway({ draft, traits, random }: Device): void {
  const polls = traits.workload * traits.standingConnections * slotSeconds
  exchange(draft.steady, Math.round(polls * (1 + 0.002 * normal(random))), 9 + 90 * traits.variant)
  draft.payloadFactor = 0.8 + 0.3 * draft.activity
}

/** Uploads a clip when something moves; every second camera also streams to a recorder on site. */
function camera(device: Device): void {
  const { draft, traits, random } = device
  const clips = poisson(random, (traits.workload / 12) * draft.activity)
  for (let clip = 0; clip < clips; clip++) {
    const bytes = Math.min(6e7, pareto(random, 1.5, 4e5))
    callWeb(moment(device), bytes, 600)
    draft.eventMessages++
  }
  draft.connections += clips > 0 && happens(random, 0.1) ? 1 : 0
  if (traits.variant > 0.5) stream(draft.steady, device)
}

function stream(traffic: Traffic, { draft, traits, random }: Device): void {
  const bitsPerSecond = 5e5 + 5e6 * (traits.variant - 0.5)
  const scene = (0.7 + 0.3 * Math.min(1, draft.activity)) * draft.level * logNormal(random, 0.04)
  datagramsOut(traffic, Math.round((bitsPerSecond * scene * slotSeconds) / 8 / 1_400), 1_400)
  datagramsIn(traffic, 60, 40)
}

/** Asks for every badge whether its owner may come in. */
function badgeReader({ draft, traits, site, random }: Device, slot: number): void {
  const badges = poisson(random, (traits.workload / 12) * (site.arrivals[slot] ?? 0) * draft.level)
  const answers = Math.round(badges * draft.onlineShare)
  draft.eventMessages += badges
  draft.messagesReceived += answers
  receive(draft.steady, answers, 90)
}

/** Runs for some minutes at a time, more often when more water is drawn. */
function pump(device: Device, slot: number): void {
  const { draft, traits, site } = device
  const demand = Math.max(0.1, (site.waterDemand[slot] ?? 1) * draft.level)
  const turns = takeTurns(device, {
    idleSeconds: 3_600 / traits.workload / demand,
    busy: (random) => 420 * logNormal(random, 0.4),
  })
  draft.telemetryFactor *= (1 + (3 * turns.busySeconds) / slotSeconds) / 2
  draft.eventMessages += turns.starts
  exchange(draft.steady, Math.round(60 + turns.busySeconds), 24)
}

/** A payment, a receipt and a message for every sale. */
function pointOfSale(device: Device): void {
  const { draft, traits, random } = device
  const sales = poisson(random, (traits.workload / 12) * draft.activity)
  for (let sale = 0; sale < sales; sale++) {
    callWeb(moment(device), 2_400 * logNormal(random, 0.4), 5_200 * logNormal(random, 0.5))
  }
  draft.eventMessages += sales
  draft.connections += poisson(random, sales * 0.02)
  exchange(draft.steady, sales * 6 + 75, 180)
}

/** Reads BACnet points over UDP; rooms in use change their values more often. */
function buildingGateway({ draft, traits, random }: Device): void {
  const reads = Math.round(traits.workload * slotSeconds * (1 + 0.004 * normal(random)))
  const changes = poisson(random, traits.workload * (2 + 14 * draft.activity))
  datagramsOut(draft.steady, reads, 25)
  datagramsIn(draft.steady, reads, 31)
  datagramsIn(draft.steady, changes, 48)
  draft.payloadFactor = 0.85 + 0.2 * draft.activity
}

/** G.711 with a packet each 20 ms and way while somebody talks; SIP keeps itself alive otherwise. */
function phone(device: Device): void {
  const { draft, traits } = device
  const callsPerHour = Math.max(0.005, traits.workload * draft.activity)
  const turns = takeTurns(device, {
    idleSeconds: 3_600 / callsPerHour,
    busy: (random) => 100 * logNormal(random, 1.1),
  })
  talk(draft.early, turns.busyBeforeReport)
  talk(draft.late, turns.busySeconds - turns.busyBeforeReport)
  draft.udpPorts += turns.isBusyAtReport ? 2 : 0
  draft.eventMessages += turns.starts
  datagramsOut(draft.steady, 10 + 9 * turns.starts, 420)
  datagramsIn(draft.steady, 10 + 9 * turns.starts, 460)
}

function talk(traffic: Traffic, seconds: number): void {
  datagramsOut(traffic, Math.round(seconds * 50), 172)
  datagramsIn(traffic, Math.round(seconds * 50), 172)
}

interface Pace {
  idleSeconds: number
  busy: (random: Random) => number
}

interface Turns {
  busySeconds: number
  busyBeforeReport: number
  starts: number
  isBusyAtReport: boolean
}

/** Idle and busy in turn, to the second and across slots. The idle time is redrawn every slot. */
function takeTurns({ state, draft, random }: Device, pace: Pace): Turns {
  const turns = { busySeconds: 0, busyBeforeReport: 0, starts: 0, isBusyAtReport: false }
  const reportSecond = draft.phase * slotSeconds
  // Idleness has no memory, so it may be drawn again at the pace of the hour.
  if (!state.isBusy) state.secondsLeft = exponential(random, pace.idleSeconds)
  let second = 0
  while (second < slotSeconds) {
    const until = Math.min(slotSeconds, second + state.secondsLeft)
    if (state.isBusy) spend(turns, { second, until, reportSecond })
    state.secondsLeft -= until - second
    second = until
    if (state.secondsLeft > 0) break
    state.isBusy = !state.isBusy
    turns.starts += state.isBusy ? 1 : 0
    state.secondsLeft = state.isBusy ? pace.busy(random) : exponential(random, pace.idleSeconds)
  }
  return turns
}

interface Stretch {
  second: number
  until: number
  reportSecond: number
}

function spend(turns: Turns, { second, until, reportSecond }: Stretch): void {
  turns.busySeconds += until - second
  turns.busyBeforeReport += Math.max(0, Math.min(until, reportSecond) - second)
  if (second <= reportSecond && reportSecond < until) turns.isBusyAtReport = true
}

/** What a point of sale fetches when it is switched on: prices and pictures. */
export function openShop(device: Device): void {
  download(moment(device), 3e6 * logNormal(device.random, 0.5))
}

/** And the day's books it hands in shortly before it is switched off. */
export function closeBooks(device: Device): void {
  upload(moment(device), device.traits.dailyUploadBytes * logNormal(device.random, 0.3))
}

/** A sensor's work is all in `sleeper.ts`. */
function sensor(): void {}

export const applications = {
  'plc-gateway': gateway,
  'ip-camera': camera,
  'badge-reader': badgeReader,
  'environment-sensor': sensor,
  'pump-controller': pump,
  'point-of-sale': pointOfSale,
  'building-gateway': buildingGateway,
  'voice-phone': phone,
} satisfies Record<DeviceClassName, Application>
