import type { DeviceKind } from './fleet.ts'
import { type Draw, between } from './random.ts'

/** What a device sends on a topic that is not its own. */
export const deniedPayload = JSON.stringify({ setting: 'poll-interval', seconds: 1 })

/** A telemetry message of exactly so many bytes. Telemetry has at least 120. */
export function telemetryPayload(kind: DeviceKind, bytes: number, draw: Draw): string {
  return padded(readings(kind, draw), bytes)
}

/** A command of exactly so many bytes; at least 48. */
export function commandPayload(bytes: number): string {
  return padded({ command: 'poll' }, bytes)
}

function readings(kind: DeviceKind, draw: Draw): object {
  if (kind === 'pump') return { flow: tenth(draw, 20, 60), bar: tenth(draw, 2, 6) }
  if (kind === 'camera') return { frames: tenth(draw, 24, 30), lux: tenth(draw, 0, 900) }
  return { relayed: tenth(draw, 0, 90), load: tenth(draw, 0, 4) }
}

function tenth(draw: Draw, low: number, high: number): number {
  return Math.round(10 * between(draw, low, high)) / 10
}

/** JSON brought to a size by a last field, as the sizes are planned before there is anything to say. */
function padded(fields: object, bytes: number): string {
  const bare = JSON.stringify({ ...fields, padding: '' })
  return `${bare.slice(0, -2)}${'.'.repeat(bytes - bare.length)}"}`
}
