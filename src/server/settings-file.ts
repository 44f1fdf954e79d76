import { z } from 'zod'
import { readSettings } from '../station/host/settings-file.ts'
import { stationSettings } from '../station/settings.ts'

/** Where the page is served. Other addresses than loopback need TLS, which comes later. */
const pageSettings = z.strictObject({
  address: z.literal('127.0.0.1').default('127.0.0.1'),
  port: z.number().int().min(0).max(65_535).default(8470),
})

/** `site.yaml`: the station's settings and the headless host's own. */
const siteSettings = stationSettings.extend({ page: pageSettings.prefault({}) })
export type SiteSettings = z.infer<typeof siteSettings>

/** Settings without a file: nothing is watched until the caller adds a source. */
export function defaultSettings(given: z.input<typeof siteSettings>): SiteSettings {
  return siteSettings.parse(given)
}

/** Throws SETTINGS_INVALID as `readSettings` does. */
export function readSettingsFile(path: string): Promise<SiteSettings> {
  return readSettings(path, siteSettings)
}
