import type { DeviceId } from '../contract/model/device.ts'
import type { Connection, ReportContent, SlotPlan } from './plan.ts'

/** A device taken over for some slots. */
export interface Attack {
  deviceId: DeviceId
  /** First slot of the attack. */
  fromSlot: number
  /** First slot after it. */
  toSlot: number
  /** The device sends data out to strangers and opens a port for them to come back through. */
  kind: 'exfiltration'
}

const stolenBytesPerSlot = 25_000_000
const bytesPerFullPacket = 1_200
const backdoorPort = 4444

/** Addresses kept for documentation (RFC 5737), so that they can never be anyone's. */
const strangers: Connection[] = [10, 11, 12, 13, 14].map((host) => ({
  remote: `203.0.113.${host}:443`,
  local: 52_000 + host,
}))

/** What the device does in the slot if the attack reaches it there, else the plan as it is. */
export function underAttack(
  plan: SlotPlan,
  place: { deviceId: DeviceId; slot: number },
  attack: Attack | undefined,
): SlotPlan {
  if (attack?.deviceId !== place.deviceId) return plan
  if (place.slot < attack.fromSlot || place.slot >= attack.toSlot) return plan
  return exfiltrating(plan)
}

function exfiltrating(plan: SlotPlan): SlotPlan {
  const { telemetrySizes, report } = plan
  return {
    ...plan,
    telemetrySizes: [...telemetrySizes, ...telemetrySizes, ...telemetrySizes],
    report: withTheft(report),
  }
}

function withTheft(report: ReportContent): ReportContent {
  // Five times the usual on top, so that a camera that streams video stands out as clearly as a pump.
  const stolen = stolenBytesPerSlot + 4 * report.bytesOut
  const packets = Math.ceil(stolen / bytesPerFullPacket)
  return {
    ...report,
    bytesOut: report.bytesOut + stolen,
    packetsOut: report.packetsOut + packets,
    // One acknowledgement for two packets.
    bytesIn: report.bytesIn + 20 * packets,
    packetsIn: report.packetsIn + Math.ceil(packets / 2),
    tcpPorts: [...report.tcpPorts, backdoorPort],
    connections: [...report.connections, ...strangers],
  }
}
