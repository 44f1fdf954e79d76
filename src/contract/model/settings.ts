import { z } from 'zod'
import { severity } from './alarm.ts'
import { instant } from './time.ts'

export const weekday = z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])
export type Weekday = z.infer<typeof weekday>

const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day such as 22:00')

/** Local time of the station's machine. Over midnight where `from` is later than `to`; the days are those of `from`. */
export const quietHours = z
  .strictObject({ from: timeOfDay, to: timeOfDay, days: weekday.array().min(1).max(7) })
  .refine(({ from, to }) => from !== to, 'from and to must differ')
export type QuietHours = z.infer<typeof quietHours>

/** The least that a data folder may be limited to, bytes: an empty store and room to write in. */
export const leastStoreBytes = 16 * 1024 * 1024

/** What a person sets while the station runs. Kept in the store, not in the configuration file. */
export const preferences = z.strictObject({
  /** When nobody is notified; null: at no time of day. */
  quietHours: quietHours.nullable(),
  /** Nobody is notified before this. Null or past: not paused. */
  pausedUntil: instant.nullable(),
  /** Alarms of these severities are notified. Empty: none. */
  notifySeverities: severity.array().max(severity.options.length),
  /** The most bytes that the database may have; null: as many as the disk has. */
  storeLimitBytes: z.number().int().min(leastStoreBytes).nullable(),
  /** Picket sends nothing to any broker but what it takes to connect, subscribe, acknowledge and keep alive. */
  listenOnly: z.boolean(),
})
export type Preferences = z.infer<typeof preferences>

/** What is absent stays as it is. */
export const preferencesChange = preferences.partial()
export type PreferencesChange = z.infer<typeof preferencesChange>

export const usualPreferences: Preferences = {
  quietHours: null,
  pausedUntil: null,
  notifySeverities: [...severity.options],
  storeLimitBytes: null,
  listenOnly: false,
}

/** The settings with what a person needs to know to choose them. */
export const settingsReport = z.object({
  preferences,
  /** Since when Picket listens only; null: it does not. */
  listenOnlySince: instant.nullable(),
  data: z.object({
    /** On the station's machine. */
    folder: z.string(),
    retentionDays: z.number().int(),
    /** Where the store is limited, days are deleted down to so many, and no further. */
    leastDays: z.number().int(),
  }),
  /** Of the station's machine, which the quiet hours follow: `Europe/Berlin`. */
  timeZone: z.string(),
})
export type SettingsReport = z.infer<typeof settingsReport>
