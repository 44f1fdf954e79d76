import { moment, type Device } from './device.ts'
import { slotSeconds } from './metrics.ts'
import { logNormal, normal } from './random.ts'
import { publish, receive } from './traffic.ts'

const largestBacklog = 600
const acceptedBytes = 110

/** Messages a slot by the device's own timer, whatever else happens. */
export function usualMessages(device: Device): number {
  if (device.class.power === 'asleep-between-reports') return 1 / device.traits.awakeEverySlots
  return slotSeconds / device.traits.telemetrySeconds
}

/** Telemetry and what the slot's work gave rise to. What cannot be sent now is sent on return. */
export function sendMessages(device: Device): void {
  const { state, draft } = device
  const follows = device.class.followsActivity
  const pace = (1 - follows + follows * draft.activity) * draft.telemetryFactor
  state.telemetryDue += usualMessages(device) * pace
  const due = Math.floor(state.telemetryDue)
  state.telemetryDue -= due
  const written = due + draft.eventMessages
  const held = Math.round(written * (1 - draft.onlineShare))
  const caughtUp = draft.onlineShare > 0 ? state.backlog : 0
  state.backlog = Math.min(largestBacklog, state.backlog - caughtUp + held)
  sendEach(device, written - held, draft.steady)
  if (caughtUp > 0) sendEach(device, caughtUp, moment(device))
}

/** Sends `count` messages of the device's usual size. */
export function sendEach(device: Device, count: number, traffic: Device['draft']['steady']): void {
  if (count <= 0) return
  const { traits, state, draft, random } = device
  const spread = device.class.payloadSpread / Math.sqrt(count)
  const usual = traits.payloadBytes * state.payloadFactor * draft.payloadFactor
  const bytes = Math.max(2, Math.round(usual * count * Math.exp(spread * normal(random))))
  draft.messagesSent += count
  draft.sentBytes += bytes
  publish(traffic, count, bytes / count)
}

/** The agent's report is a message too, and is answered. */
export function sendReport(device: Device): void {
  const { draft, traits, random } = device
  if (draft.onlineShare === 0) return
  const bytes = Math.round((traits.reportBytes + 24 * draft.connections) * logNormal(random, 0.01))
  draft.messagesSent += 1
  draft.messagesReceived += 1
  draft.sentBytes += bytes
  publish(draft.late, 1, bytes)
  receive(draft.late, 1, acceptedBytes)
}
