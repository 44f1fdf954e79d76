import { z } from 'zod'

/** What runs the station: the desktop app, or `picket serve` with its page in a browser. */
export const hostKind = z.enum(['desktop', 'headless'])
export type HostKind = z.infer<typeof hostKind>

/** What this host offers beside watching. Null and false: it does not. */
export const hostFeatures = z.object({
  kind: hostKind,
  startAtLogin: z.object({ isOn: z.boolean() }).nullable(),
  /** `sentence`: how people at this machine are told of alarms. */
  notifications: z.object({ sentence: z.string() }).nullable(),
  canStartDemo: z.boolean(),
})
export type HostFeaturesOffered = z.infer<typeof hostFeatures>
