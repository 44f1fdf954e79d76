import { applications, closeBooks, openShop } from './applications.ts'
import { addAttacks, prepareAttacks } from './attack-conduct.ts'
import { moment, type Device } from './device.ts'
import { beVisited, keepHouse, updateFirmware } from './housekeeping.ts'
import { connect, liveLink, sendAgain } from './link.ts'
import { sendMessages, sendReport } from './messages.ts'
import { slotsPerDay } from './metrics.ts'
import { happens, normal, restart } from './random.ts'
import { setPhase, writeAbsence, writeReport } from './report.ts'
import { liveAsleep } from './sleeper.ts'
import { askTime, clear, datagramsIn, datagramsOut, lookUp } from './traffic.ts'

const rebootsPerSlot = 1 / (30 * slotsPerDay)
const persistence = 0.93
const innovation = Math.sqrt(1 - persistence * persistence)

/** Lives one slot and writes its thirteen metrics into `row`. Slots must come in order. */
export function liveSlot(device: Device, slot: number, row: Float64Array): void {
  restart(device.random, device.seed, slot)
  beginDraft(device, slot)
  if (device.site.isLinkDown[slot] === 1) device.events.push({ slot, kind: 'site-outage' })
  prepareAttacks(device, slot)
  if (device.class.power === 'asleep-between-reports') return liveAsleep(device, slot, row)
  if (!isSwitchedOn(device, slot)) return beOff(device, slot, row)
  setPhase(device)
  start(device, slot)
  liveLink(device, slot)
  keepHouse(device, slot)
  applications[device.identity.deviceClass](device, slot)
  beVisited(device, slot)
  updateFirmware(device, slot)
  sendMessages(device)
  sendReport(device)
  sendAgain(device, slot)
  addAttacks(device, slot)
  writeReport(device, slot, row)
}

function beginDraft(device: Device, slot: number): void {
  const { draft, state, traits, random } = device
  clear(draft.steady)
  clear(draft.early)
  clear(draft.late)
  state.restlessness =
    persistence * state.restlessness + innovation * device.class.restlessness * normal(random)
  draft.level = Math.exp(state.restlessness + traits.driftPerSlot * slot)
  draft.activity = (device.site.activity[slot] ?? 0) * draft.level
  draft.onlineShare = 1
  draft.isReportMissing = false
  draft.tcpPorts = 0
  draft.udpPorts = 0
  draft.connections = 0
  draft.authorizationFailures = 0
  draft.connectionAttempts = 0
  draft.disconnects = 0
  draft.messagesReceived = 0
  draft.messagesSent = 0
  draft.sentBytes = 0
  draft.eventMessages = 0
  draft.telemetryFactor = 1
  draft.payloadFactor = 1
  draft.forcedDrops = isReconnecting(device, slot) ? 1 : 0
  draft.isForcedToReboot = state.isRebootDue
  draft.isCut = false
  state.isRebootDue = false
}

function isReconnecting({ traits }: Device, slot: number): boolean {
  return traits.reconnectsDaily && slot % slotsPerDay === traits.dailyUploadSlot
}

/** Whether the device is meant to be on: some are switched off with the lights. */
export function isSwitchedOn({ class: kind, traits, site }: Device, slot: number): boolean {
  if (kind.power !== 'opening-hours' || traits.staysOnAtNight) return true
  const opens = site.isOpen[slot + traits.opensEarlierSlots] === 1
  return opens || site.isOpen[slot - traits.closesLaterSlots] === 1 || site.isOpen[slot] === 1
}

function beOff(device: Device, slot: number, row: Float64Array): void {
  const { state, draft } = device
  if (state.isOn && state.isConnected) draft.disconnects++
  state.isOn = false
  state.isConnected = false
  state.backlog = 0
  addAttacks(device, slot)
  writeAbsence(device, slot, row)
}

/** Switches on in the morning, or reboots: by itself once a month, after an update, by an attack. */
function start(device: Device, slot: number): void {
  const { state, draft, random, incidentRate } = device
  const isMorning = !state.isOn
  const isReboot = happens(random, rebootsPerSlot * incidentRate) || draft.isForcedToReboot
  state.isOn = true
  if (isMorning) openShop(device)
  if (device.class.power === 'opening-hours' && !isSwitchedOn(device, slot + 1)) closeBooks(device)
  if (!isMorning && !isReboot) return
  if (isReboot) device.events.push({ slot, kind: 'reboot' })
  if (isReboot && state.isConnected) draft.disconnects++
  boot(device)
}

/** A boot loses the counters, and with them what happened since the last report. */
function boot(device: Device): void {
  const { state, draft, random } = device
  if (state.isConnected) connect(device)
  state.skewSlots = 0
  clear(state.sinceReport)
  draft.telemetryFactor *= 0.6
  draft.isReportMissing = happens(random, 0.5)
  const traffic = moment(device)
  askTime(traffic, 4)
  lookUp(traffic, 4)
  datagramsOut(traffic, 2, 300)
  datagramsIn(traffic, 2, 300)
  draft.eventMessages += 1
}
