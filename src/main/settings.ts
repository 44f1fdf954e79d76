import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { app } from 'electron'
import { z } from 'zod'
import { readSettings } from '../station/host/settings-file.ts'
import { stationSettings, type StationSettings } from '../station/settings.ts'

/**
 * The settings of a file that was named, or of `site.yaml` beside the data, or the usual ones. Throws SETTINGS_INVALID.
 */
export async function readDesktopSettings(named: string | null): Promise<StationSettings> {
  const own = join(app.getPath('userData'), 'site.yaml')
  const data = join(app.getPath('userData'), 'data')
  const file = named ?? (existsSync(own) ? own : null)
  if (!file) return stationSettings.parse({ data })
  // A file of the headless host's says where its page is served, which is nothing to this host.
  return readSettings(
    file,
    stationSettings.extend({ data: z.string().min(1).default(data), page: z.unknown().optional() }),
  )
}
