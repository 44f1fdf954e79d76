import { moment, type Device } from './device.ts'
import { slotSeconds, slotsPerDay } from './metrics.ts'
import { happens, logNormal, poisson } from './random.ts'
import {
  askTime,
  callWeb,
  datagramsIn,
  datagramsOut,
  download,
  exchange,
  keepAlive,
  lookUp,
  receive,
  upload,
} from './traffic.ts'

const slotsPerMonth = 30 * slotsPerDay
/** The slots from two to half past three, in which the site's scanner reaches every device once. */
const scanSlots = 18

/** What any device does beside its work: names, time, the LAN's chatter, calls to the Internet. */
export function keepHouse(device: Device, slot: number): void {
  const { draft, traits, random } = device
  draft.tcpPorts += traits.tcpPorts + device.state.extraTcpPorts
  draft.udpPorts += traits.udpPorts + (happens(random, 0.04) ? 1 : 0)
  draft.connections += traits.standingConnections + (device.state.isConnected ? 1 : 0)
  const chatter = traits.chatterPerSecond * slotSeconds * (0.35 + 0.65 * draft.activity)
  datagramsIn(draft.steady, poisson(random, chatter * logNormal(random, 0.12)), 88)
  if (happens(random, slotSeconds / 1_024)) askTime(draft.steady, 1)
  lookUp(draft.steady, poisson(random, 0.8))
  callOut(device)
  obey(device)
  keepAlive(draft.steady, Math.max(0, pingsOf(device)))
  if (slot % slotsPerDay === traits.dailyUploadSlot) doDailyWork(device)
  if (device.site.isScanned[slot] === 1) beScanned(device, slot)
}

function callOut(device: Device): void {
  const { draft, traits, random } = device
  const calls = poisson(random, traits.webCallsPerSlot * (0.5 + 0.5 * draft.activity))
  for (let call = 0; call < calls; call++) {
    callWeb(moment(device), 900 * logNormal(random, 0.7), 3_000 * logNormal(random, 1))
  }
  draft.connections += poisson(random, traits.webCallsPerSlot * 0.08)
}

/** Commands come down and are answered by the device. */
function obey({ draft, traits, random }: Device): void {
  const mean = traits.commandsPerSlot * (0.3 + draft.activity) * draft.onlineShare
  const commands = poisson(random, mean)
  draft.messagesReceived += commands
  draft.eventMessages += commands
  receive(draft.steady, commands, 160)
}

/** A client only pings when it has had nothing else to say. */
function pingsOf({ draft, traits, class: { keepAliveSeconds } }: Device): number {
  const messages = (slotSeconds / traits.telemetrySeconds) * draft.telemetryFactor
  return (Math.round(slotSeconds / keepAliveSeconds) - Math.floor(messages)) * draft.onlineShare
}

function doDailyWork(device: Device): void {
  const { draft, traits, random } = device
  upload(moment(device), traits.dailyUploadBytes * logNormal(random, 0.25) * draft.onlineShare)
}

function beScanned(device: Device, slot: number): void {
  const { draft, traits, random } = device
  if (slot % scanSlots !== Math.floor(traits.variant * scanSlots)) return
  const probes = Math.round(2_000 * logNormal(random, 0.05))
  datagramsIn(draft.early, probes, 18)
  datagramsOut(draft.early, probes, 12)
  exchange(draft.early, 30 * traits.tcpPorts, 300)
  device.events.push({ slot, kind: 'site-scan' })
}

/** A technician looks in, mostly in working hours, and opens a page of diagnosis at times. */
export function beVisited(device: Device, slot: number): void {
  const { draft, state, random } = device
  const perSlot = (device.class.loginsPerMonth / slotsPerMonth) * device.incidentRate
  if (slot >= state.loginUntil && happens(random, perSlot * (draft.activity > 0.3 ? 2 : 0.1))) {
    state.loginUntil = slot + 1 + poisson(random, 2)
    state.loginPorts = happens(random, 0.25) ? 1 : 0
    device.events.push({ slot, kind: 'login' })
  }
  if (slot >= state.loginUntil) return
  draft.connections += 1
  draft.tcpPorts += state.loginPorts
  exchange(draft.steady, Math.round(250 * logNormal(random, 0.8)), 220)
}

/** Takes a new image when its turn in the rollout comes, as fast as the link lets it. */
export function updateFirmware(device: Device, slot: number): void {
  const { state, draft, traits, random } = device
  const due = device.updateSlots[state.nextUpdate]
  if (due !== undefined && slot >= due) beginUpdate(device, slot)
  if (state.downloadBytes <= 0) return
  const rate = traits.downloadBytesPerSecond * logNormal(random, 0.2) * draft.onlineShare
  const bytes = Math.min(state.downloadBytes, rate * slotSeconds)
  download(draft.early, bytes * draft.phase)
  download(draft.late, bytes * (1 - draft.phase))
  draft.connections += 1
  draft.eventMessages += 1
  state.downloadBytes -= bytes
  if (state.downloadBytes > 0) return
  state.payloadFactor *= logNormal(random, 0.03)
  state.extraTcpPorts += happens(random, 0.1) ? 1 : 0
  state.isRebootDue = true
}

function beginUpdate(device: Device, slot: number): void {
  const { state, draft, random } = device
  state.nextUpdate++
  state.downloadBytes = device.traits.firmwareBytes * logNormal(random, 0.1)
  draft.messagesReceived += 2
  receive(draft.steady, 2, 900)
  draft.eventMessages += 2
  device.events.push({ slot, kind: 'firmware-update' })
}
