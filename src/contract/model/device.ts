import { z } from 'zod'
import { isolationId } from './isolation-id.ts'
import { metricId } from './metric.ts'
import { instant } from './time.ts'

/**
 * A device's name as it gave it: up to 128 bytes of UTF-8 without control characters.
 * Hostile text: show it inert, never as markup, link or path.
 */
export const deviceId = z
  .string()
  .min(1)
  .max(128)
  .refine((name) => utf8Length(name) <= 128, 'a device name is at most 128 bytes')
  .refine((name) => !/[\u0000-\u001f\u007f-\u009f]/.test(name), 'no control characters')
  .brand('DeviceId')
export type DeviceId = z.infer<typeof deviceId>

export const presence = z.object({
  /** Where it last connected from, without the port. */
  address: z.string().nullable(),
  /** Null: it was connected, but its source was blind since. */
  isConnected: z.boolean().nullable(),
  since: instant,
  /** Why its last connection ended, in the words of AWS IoT's lifecycle events. */
  reason: z.string().nullable(),
})

export const device = z.object({
  id: deviceId,
  firstSeenAt: instant,
  /** Start of the last slot in which something of this device was measured. */
  lastDatapointAt: instant.nullable(),
  /** Something was measured within the last three slots. */
  isReporting: z.boolean(),
  metrics: metricId.array(),
  activeAlarms: z.number().int(),
  /** Inputs of this device that were refused since the data folder was made. */
  rejected: z.number().int(),
  /** What a broker last said of its connection; null where no source sees connections. */
  presence: presence.nullable(),
  /** The isolation that keeps it off the network, or that is being ended; null where there is none. */
  isolation: isolationId.nullable(),
  /** What Picket found out about how this device reports, in sentences. */
  notices: z.string().array(),
})
export type Device = z.infer<typeof device>

/** Bytes of a string in UTF-8; lone surrogates count as the replacement character. */
function utf8Length(text: string): number {
  let bytes = 0
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
  }
  return bytes
}
