import { app } from 'electron'
import type { DemoFeature, HostFeatures, Notifications } from '../station/ports.ts'
import { createStartAtLogin } from './start-at-login.ts'

/** What the desktop offers beside watching. */
export function desktopFeatures({
  notifications,
  demo,
  desktopName,
}: {
  notifications: Notifications
  demo: DemoFeature
  desktopName: string
}): HostFeatures {
  const { electron = '', chrome = '' } = process.versions
  return {
    kind: 'desktop',
    // Of a working copy there is no program that could be started.
    startAtLogin: app.isPackaged ? createStartAtLogin(process.platform, desktopName) : null,
    notifications,
    demo,
    // The page comes through no network at all.
    listeners: () => [],
    versions: () => [
      { name: 'Electron', version: electron },
      { name: 'Chromium', version: chrome },
    ],
  }
}
