import type { ActiveAttack, AttackKind } from './attacks.ts'
import type { Device, Draft } from './device.ts'
import { usualMessages } from './messages.ts'
import { slotSeconds } from './metrics.ts'
import { happens, logNormal, poisson, restart, uniform } from './random.ts'
import {
  callWeb,
  datagramsIn,
  datagramsOut,
  download,
  exchange,
  failToConnect,
  publish,
  receive,
  upload,
} from './traffic.ts'

/** One attack in one slot. */
interface Scene {
  attack: ActiveAttack
  device: Device
  draft: Draft
  slot: number
}

/** What an attack does to the slot: before it is lived through, and on top of what came of it. */
interface Conduct {
  prepare?: (scene: Scene) => void
  add?: (scene: Scene) => void
}

/** Probes of 60-byte SYNs; some of the addresses and ports answer. */
function scan({ attack, draft }: Scene): void {
  const probes = poisson(attack.random, attack.label.strength * slotSeconds)
  datagramsOut(draft.steady, probes, 32)
  datagramsIn(draft.steady, Math.round(probes * (0.03 + 0.6 * attack.variant)), 18)
  draft.connections += poisson(attack.random, 0.6)
}

/** Fires in volleys of minutes, told to by a controller it stays connected to. */
function flood({ attack, draft }: Scene): void {
  draft.connections += 1
  exchange(draft.steady, 4, 120)
  const share = happens(attack.random, 0.75) ? 0.3 + 0.7 * uniform(attack.random) : 0
  const packets = poisson(attack.random, attack.label.strength * slotSeconds * share)
  datagramsOut(draft.steady, packets, attack.variant < 0.5 ? 18 : 500)
  datagramsIn(draft.steady, Math.round(packets * 0.02), 28)
}

/** A bulk upload in full segments, as large as makes the outgoing bytes `strength` times theirs. */
function exfiltrate({ attack, draft }: Scene): void {
  draft.connections += 1
  for (const traffic of [draft.steady, draft.early, draft.late]) {
    // A full segment carries its payload and some 5 % of headers.
    upload(traffic, (traffic.bytesOut * (attack.label.strength - 1)) / 1.05)
  }
}

/** Hides in the device's own way of sending: as many more packets as bytes, and nothing else. */
function exfiltrateQuietly({ attack, draft }: Scene): void {
  growOutgoing(draft, attack.label.strength)
}

function growOutgoing(draft: Draft, factor: number): void {
  for (const traffic of [draft.steady, draft.early, draft.late]) {
    traffic.bytesOut *= factor
    traffic.packetsOut *= factor
  }
}

/** With a stolen name from elsewhere, or from the device itself, which then shows it too. */
function guess({ attack, device, draft }: Scene): void {
  const attempts = poisson(attack.random, attack.label.strength)
  draft.connectionAttempts += attempts
  draft.authorizationFailures += attempts
  if (attack.variant < 0.5 && isThere(device)) failToConnect(draft.steady, attempts)
}

function beacon({ attack, draft }: Scene): void {
  draft.connections += 1
  draft.tcpPorts += 1
  const beacons = poisson(attack.random, attack.label.strength)
  exchange(draft.steady, beacons, 200 + 1_000 * attack.variant)
  upload(draft.steady, beacons * 220)
}

function drop({ attack, draft }: Scene): void {
  const drops = poisson(attack.random, attack.label.strength)
  draft.forcedDrops += drops
  draft.telemetryFactor *= Math.max(0.3, 1 - drops * 0.04)
}

/** Each start says so, and subscribes anew. */
function announceStarts({ attack, draft }: Scene): void {
  const announcements = poisson(attack.random, draft.forcedDrops * draft.onlineShare)
  sendMore(draft, announcements, 90)
}

function cut({ draft }: Scene): void {
  draft.isCut = true
}

function listen({ attack, draft }: Scene): void {
  draft.tcpPorts += Math.round(attack.label.strength)
  if (!happens(attack.random, 0.06)) return
  draft.connections += 1
  exchange(draft.steady, Math.round(120 * logNormal(attack.random, 1)), 90)
}

/** Grows by the same share every slot. */
function grow({ attack, draft, slot }: Scene): void {
  const { strength, fromSlot, toSlot } = attack.label
  const factor = Math.exp((Math.log(strength) * (slot - fromSlot + 1)) / (toSlot - fromSlot))
  growOutgoing(draft, factor)
  const grown = draft.messagesSent * factor
  const messages = Math.floor(grown + uniform(attack.random))
  // The size of a message stays what it was: only their number grows.
  if (draft.messagesSent > 0) draft.sentBytes *= messages / draft.messagesSent
  draft.messagesSent = messages
}

/** Stratum over one connection: a job every half minute or so, a share when one is found. */
function mine({ attack, draft }: Scene): void {
  draft.connections += 1
  const shares = poisson(attack.random, attack.label.strength * 5)
  const jobs = poisson(attack.random, 8)
  exchange(draft.steady, shares, 70)
  upload(draft.steady, shares * 240)
  download(draft.steady, jobs * 800)
}

/** Tiny messages, as many as the session lets through. */
function chatter({ attack, draft }: Scene): void {
  const messages = poisson(attack.random, attack.label.strength * slotSeconds)
  sendMore(draft, messages, 4 + 16 * attack.variant)
}

/** From elsewhere with a stolen identity, or through the device, which then shows it too. */
function replay({ attack, device, draft }: Scene): void {
  const messages = poisson(
    attack.random,
    attack.label.strength * Math.max(1, usualMessages(device)),
  )
  const bytes = Math.round(device.traits.payloadBytes * device.state.payloadFactor)
  draft.messagesSent += messages
  draft.sentBytes += messages * bytes
  if (attack.variant < 0.5 && isThere(device)) publish(draft.steady, messages, bytes)
}

function inject({ attack, draft }: Scene): void {
  const commands = poisson(attack.random, attack.label.strength)
  draft.messagesReceived += commands
  receive(draft.steady, commands, 150 + 400 * attack.variant)
  sendMore(draft, Math.round(commands * 0.8), 110)
}

/** Tries the neighbours' file shares and shells, many at a time, each for some seconds. */
function move({ attack, draft }: Scene): void {
  draft.connections += poisson(attack.random, attack.label.strength)
  const tried = poisson(attack.random, attack.label.strength * 15)
  exchange(draft.steady, tried * 9, 190)
}

function beaconRarely({ attack, draft }: Scene): void {
  if (!happens(attack.random, attack.label.strength)) return
  const traffic = happens(attack.random, draft.phase) ? draft.early : draft.late
  const size = logNormal(attack.random, 0.6)
  callWeb(traffic, 1_500 * size, 900 * size)
  draft.connections += happens(attack.random, 0.02) ? 1 : 0
}

/** Other firmware, put in with a reboot: its messages are larger or smaller than they were. */
function tamper({ attack, draft, slot }: Scene): void {
  const { strength, fromSlot } = attack.label
  draft.payloadFactor *= attack.variant < 0.5 ? strength : 1 / strength
  if (slot === fromSlot) draft.isForcedToReboot = true
}

function sendMore(draft: Draft, count: number, bytes: number): void {
  if (count <= 0) return
  draft.messagesSent += count
  draft.sentBytes += count * bytes
  publish(draft.steady, count, bytes)
}

const conducts: Record<AttackKind, Conduct> = {
  'port-scan': { add: scan },
  'ddos-bot': { add: flood },
  'exfiltration-5x': { add: exfiltrate },
  'exfiltration-1.6x': { add: exfiltrateQuietly },
  'brute-force': { add: guess },
  'slow-brute-force': { add: guess },
  'c2-beacon': { add: beacon },
  'crash-loop': { prepare: drop, add: announceStarts },
  silent: { prepare: cut },
  'backdoor-port': { add: listen },
  'slow-drift': { add: grow },
  'crypto-miner': { add: mine },
  'message-flood': { add: chatter },
  'night-replay': { add: replay },
  'command-injection': { add: inject },
  'lateral-movement': { add: move },
  'stealth-beacon': { add: beaconRarely },
  'firmware-tamper': { prepare: tamper },
}

/** These can go on while the device itself is off, asleep or cut off. */
const worksFromOutside: ReadonlySet<AttackKind> = new Set([
  'brute-force',
  'slow-brute-force',
  'night-replay',
])

export function prepareAttacks(device: Device, slot: number): void {
  for (const attack of device.attacks) {
    if (!isUnderWay(attack, slot)) continue
    restart(attack.random, attack.seed, slot)
    conducts[attack.label.kind].prepare?.({ attack, device, draft: device.draft, slot })
  }
}

export function addAttacks(device: Device, slot: number): void {
  for (const attack of device.attacks) {
    const { kind } = attack.label
    if (!isUnderWay(attack, slot) || !(isThere(device) || worksFromOutside.has(kind))) continue
    conducts[kind].add?.({ attack, device, draft: device.draft, slot })
  }
}

function isUnderWay({ label }: ActiveAttack, slot: number): boolean {
  return slot >= label.fromSlot && slot < label.toSlot
}

function isThere({ state, draft }: Device): boolean {
  return state.isOn && draft.onlineShare > 0
}
