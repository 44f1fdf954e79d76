import { addAttacks } from './attack-conduct.ts'
import type { Device } from './device.ts'
import { connect } from './link.ts'
import { sendEach, sendReport } from './messages.ts'
import { happens, poisson } from './random.ts'
import { writeAbsence, writeReport } from './report.ts'
import { askTime, knockInVain, lookUp, receive } from './traffic.ts'

const largestBacklog = 24

/** A battery device: awake for some seconds every 15 to 60 minutes, and not there in between. */
export function liveAsleep(device: Device, slot: number, row: Float64Array): void {
  const { traits, draft, state } = device
  const offset = Math.floor(traits.variant * traits.awakeEverySlots)
  state.isConnected = false
  draft.phase = 1
  suffer(device)
  const isAwake = (slot + offset) % traits.awakeEverySlots === 0
  if (!isAwake) {
    draft.onlineShare = draft.forcedDrops > 0 ? 1 : 0
    addAttacks(device, slot)
    return writeAbsence(device, slot, row)
  }
  if (isReached(device, slot)) reportIn(device)
  else stayUnheard(device)
  addAttacks(device, slot)
  writeReport(device, slot, row)
}

/** Under a crash loop it never gets to sleep. */
function suffer(device: Device): void {
  const { draft } = device
  draft.disconnects += draft.forcedDrops
  for (let drop = 0; drop < draft.forcedDrops; drop++) connect(device)
}

function isReached({ draft, site, traits, random }: Device, slot: number): boolean {
  if (draft.isCut || site.isLinkDown[slot] === 1) return false
  return !happens(random, Math.min(0.1, traits.packetLoss + traits.troublesPerSlot))
}

function reportIn(device: Device): void {
  const { draft, state, traits, random } = device
  connect(device)
  draft.tcpPorts = traits.tcpPorts
  draft.udpPorts = traits.udpPorts
  draft.connections = 1
  draft.payloadFactor *= 0.4 + 0.6 * traits.workload
  sendEach(device, state.backlog + 1, draft.steady)
  state.backlog = 0
  sendReport(device)
  const commands = poisson(random, traits.commandsPerSlot * traits.awakeEverySlots)
  draft.messagesReceived += commands
  receive(draft.steady, commands, 160)
  lookUp(draft.steady, 1)
  if (happens(random, 0.2)) askTime(draft.steady, 1)
  draft.disconnects++
}

function stayUnheard({ draft, state }: Device): void {
  state.backlog = Math.min(largestBacklog, state.backlog + 1)
  draft.onlineShare = 0
  draft.isReportMissing = true
  knockInVain(draft.steady, 4)
}
