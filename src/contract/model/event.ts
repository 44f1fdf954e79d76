import { z } from 'zod'
import { alarm } from './alarm.ts'
import { isolation } from './quarantine.ts'
import { preferences } from './settings.ts'
import { systemStatus } from './status.ts'
import { instant } from './time.ts'

const numbered = { seq: z.number().int().positive(), at: instant }

/**
 * The facts pushed to every viewer, numbered without a gap from the station's start. `resync` comes first
 * when the facts asked for are no longer kept: read everything anew.
 */
export const stationEvent = z.discriminatedUnion('kind', [
  z.object({ ...numbered, kind: z.literal('resync') }),
  z.object({ ...numbered, kind: z.literal('alarm'), alarm }),
  z.object({ ...numbered, kind: z.literal('isolation'), isolation }),
  z.object({ ...numbered, kind: z.literal('slot-closed'), slotStartAt: instant }),
  z.object({ ...numbered, kind: z.literal('settings'), preferences }),
  z.object({ ...numbered, kind: z.literal('status'), status: systemStatus }),
])
export type StationEvent = z.infer<typeof stationEvent>
