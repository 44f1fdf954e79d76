import { access, mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { app } from 'electron'
import { StationError } from '../contract/errors.ts'
import { autostartEntry } from '../station/host/desktop-entry.ts'
import type { StartAtLogin } from '../station/ports.ts'

/** macOS and Windows have a call for it; Linux desktops read a file. */
export function createStartAtLogin(platform: string, desktopName: string): StartAtLogin {
  const file = join(app.getPath('appData'), 'autostart', desktopName)
  return platform === 'linux' ? inFile(file) : bySystem
}

const hidden = { args: ['--hidden'] }

const bySystem: StartAtLogin = {
  get: async () => app.getLoginItemSettings(hidden).openAtLogin,
  set: async (isOn) => app.setLoginItemSettings({ ...hidden, openAtLogin: isOn }),
}

function inFile(path: string): StartAtLogin {
  return {
    get: () =>
      access(path).then(
        () => true,
        () => false,
      ),
    async set(isOn) {
      try {
        if (!isOn) return await rm(path, { force: true })
        await mkdir(dirname(path), { recursive: true })
        await writeFile(path, autostartEntry(app.getPath('exe')))
      } catch (error) {
        throw new StationError('HOST_REFUSED', `${path} cannot be changed: ${String(error)}`)
      }
    },
  }
}
