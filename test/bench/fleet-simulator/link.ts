import { moment, type Device } from './device.ts'
import { exponential, happens, logNormal, poisson } from './random.ts'
import { connectToBroker, failToConnect, knockInVain } from './traffic.ts'

const dropsPerTroubledSlot = 0.7
const outagesPerTroubledSlot = 0.1
const secondsPerReconnection = 15

/** Connects, loses and regains the broker, and says which share of the slot was spent online. */
export function liveLink(device: Device, slot: number): void {
  const { state, draft, traits, random } = device
  if (slot >= state.troubleUntil && happens(random, traits.troublesPerSlot)) fallIll(device, slot)
  const isTroubled = slot < state.troubleUntil
  if (isTroubled && happens(random, outagesPerTroubledSlot)) {
    state.outageUntil = slot + Math.ceil(exponential(random, 2))
  }
  const isSiteDown = device.site.isLinkDown[slot] === 1
  if (draft.isCut || isSiteDown || slot < state.outageUntil) return stayOffline(device)
  const usualDrops = poisson(random, traits.dropsPerSlot + (isTroubled ? dropsPerTroubledSlot : 0))
  const drops = usualDrops + draft.forcedDrops
  const connections = drops + (state.isConnected ? 0 : 1)
  draft.disconnects += drops
  draft.onlineShare = Math.max(0.1, 1 - (connections * secondsPerReconnection) / 300)
  state.isConnected = true
  for (let connection = 0; connection < connections; connection++) connect(device)
  if (isTroubled && happens(random, 0.2)) draft.isReportMissing = true
}

/** One successful connection, after none or a few in vain. */
export function connect(device: Device): void {
  const { draft, random, traits } = device
  while (happens(random, 0.12)) {
    draft.connectionAttempts++
    failToConnect(moment(device), 1)
  }
  draft.connectionAttempts++
  draft.authorizationFailures += traits.refusalsPerConnection
  connectToBroker(moment(device), 1)
}

function fallIll(device: Device, slot: number): void {
  const { state, random } = device
  state.troubleUntil = slot + Math.max(1, Math.round(4 * logNormal(random, 1)))
  device.events.push({ slot, kind: 'link-trouble' })
}

function stayOffline(device: Device): void {
  const { state, draft } = device
  if (state.isConnected) draft.disconnects++
  state.isConnected = false
  draft.onlineShare = 0
  draft.isReportMissing = true
  knockInVain(draft.steady, 6)
}

/** Lost segments are sent again; while the link is ill there are twenty times as many. */
export function sendAgain(device: Device, slot: number): void {
  const { draft, traits, state, random } = device
  const illness = slot < state.troubleUntil ? 20 : 1
  const share = Math.min(0.2, traits.packetLoss * illness * logNormal(random, 0.3))
  for (const traffic of [draft.steady, draft.early, draft.late]) {
    traffic.bytesOut *= 1 + share
    traffic.packetsOut *= 1 + share
    traffic.packetsIn *= 1 + share / 2
    traffic.bytesIn *= 1 + share / 2
  }
}
