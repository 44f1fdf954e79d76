import type { Device } from './device.ts'
import { column, slotsPerDay } from './metrics.ts'
import { happens, logNormal, normal } from './random.ts'
import { clear, type Traffic } from './traffic.ts'

const deviceSideCount = 7
const agentFailuresPerSlot = 1 / (40 * slotsPerDay)
const gapsPerSlot = 1 / (30 * slotsPerDay)
const skippedReports = 0.0006
const lostReports = 0.0006

/** When in this slot the device reports: at its own phase, which most agents let slip. */
export function setPhase({ state, draft, traits, random }: Device): void {
  state.phase += traits.phasePerSlot
  draft.phase = Math.min(1, Math.max(0, state.phase + 0.004 * normal(random)))
}

/** Writes the thirteen metrics of the slot into `row`. */
export function writeReport(device: Device, slot: number, row: Float64Array): void {
  writeDeviceSide(device, slot, row)
  writeCloudSide(device, row)
  hold(device, slot, row)
  const { state, random, incidentRate } = device
  if (happens(random, gapsPerSlot * incidentRate)) {
    state.gapUntil = slot + Math.ceil(4 * logNormal(random, 0.8))
  }
  if (slot < state.gapUntil) row.fill(Number.NaN)
}

/** The row of a device that is switched off or asleep: the cloud still counts, mostly nothing. */
export function writeAbsence(device: Device, slot: number, row: Float64Array): void {
  row.fill(Number.NaN, 0, deviceSideCount)
  writeCloudSide(device, row)
  clear(device.state.sinceReport)
  hold(device, slot, row)
  if (slot < device.state.gapUntil) row.fill(Number.NaN)
}

function writeDeviceSide(device: Device, slot: number, row: Float64Array): void {
  const { state, draft } = device
  row.fill(Number.NaN, 0, deviceSideCount)
  if (isAgentDown(device, slot)) return clear(state.sinceReport)
  if (!isItsTurn(device)) return keepCounting(state.sinceReport, draft)
  if (!draft.isReportMissing && !happens(device.random, lostReports * device.incidentRate)) {
    const { sinceReport } = state
    row[column.bytesIn] = total(sinceReport, draft, 'bytesIn')
    row[column.bytesOut] = total(sinceReport, draft, 'bytesOut')
    row[column.packetsIn] = total(sinceReport, draft, 'packetsIn')
    row[column.packetsOut] = total(sinceReport, draft, 'packetsOut')
    row[column.tcpPorts] = draft.tcpPorts
    row[column.udpPorts] = draft.udpPorts
    row[column.connections] = draft.connections
  }
  countAnew(state.sinceReport, draft)
}

type Draft = Device['draft']

function total(since: Traffic, { early, steady, phase }: Draft, counter: keyof Traffic): number {
  return Math.round(since[counter] + early[counter] + steady[counter] * phase)
}

/** No report fell into this slot: the next one will hold what this one did. */
function keepCounting(since: Traffic, { early, steady, late }: Draft): void {
  since.bytesIn += early.bytesIn + steady.bytesIn + late.bytesIn
  since.bytesOut += early.bytesOut + steady.bytesOut + late.bytesOut
  since.packetsIn += early.packetsIn + steady.packetsIn + late.packetsIn
  since.packetsOut += early.packetsOut + steady.packetsOut + late.packetsOut
}

function countAnew(since: Traffic, { steady, late, phase }: Draft): void {
  since.bytesIn = late.bytesIn + steady.bytesIn * (1 - phase)
  since.bytesOut = late.bytesOut + steady.bytesOut * (1 - phase)
  since.packetsIn = late.packetsIn + steady.packetsIn * (1 - phase)
  since.packetsOut = late.packetsOut + steady.packetsOut * (1 - phase)
}

function isItsTurn({ state, draft, random, incidentRate }: Device): boolean {
  if (state.phase >= 1) {
    // The report slipped past the end of the slot, into the beginning of the next.
    state.phase -= 1
    return false
  }
  if (state.phase < 0) {
    // Two reports in one slot; the second, at its end, is the one that stands.
    state.phase += 1
    draft.phase = state.phase
    clear(state.sinceReport)
  }
  return !happens(random, skippedReports * incidentRate)
}

function isAgentDown({ state, random, incidentRate, events }: Device, slot: number): boolean {
  if (slot >= state.agentDownUntil && happens(random, agentFailuresPerSlot * incidentRate)) {
    state.agentDownUntil = slot + Math.ceil(36 * logNormal(random, 1))
    events.push({ slot, kind: 'agent-failure' })
  }
  return slot < state.agentDownUntil
}

function writeCloudSide({ draft }: Device, row: Float64Array): void {
  row[column.authorizationFailures] = draft.authorizationFailures
  row[column.connectionAttempts] = draft.connectionAttempts
  row[column.disconnects] = draft.disconnects
  row[column.messagesReceived] = draft.messagesReceived
  row[column.messagesSent] = draft.messagesSent
  // Where no message was sent there is no size: 0 / 0 is NaN.
  row[column.messageBytes] = draft.sentBytes / draft.messagesSent
}

/** A clock that is ahead: the device's side is filed under a slot one or two after its own. */
function hold({ state }: Device, slot: number, row: Float64Array): void {
  if (state.skewSlots === 0) return
  const { delayed } = state
  const into = (slot % 3) * deviceSideCount
  const from = ((slot + 3 - state.skewSlots) % 3) * deviceSideCount
  for (let metric = 0; metric < deviceSideCount; metric++) {
    delayed[into + metric] = row[metric] ?? Number.NaN
    row[metric] = delayed[from + metric] ?? Number.NaN
  }
}
