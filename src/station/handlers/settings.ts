import { resolve } from 'node:path'
import { StationError } from '../../contract/errors.ts'
import type { HostFeaturesOffered } from '../../contract/model/host.ts'
import type { PreferencesChange, SettingsReport } from '../../contract/model/settings.ts'
import type { Core } from '../core.ts'
import { timeZone } from '../diagnostics/diagnostics.ts'
import type { HostFeatures } from '../ports.ts'
import { changePreferences } from '../preferences.ts'
import { leastRetentionDays } from '../settings.ts'

export function getSettings({ preferences, links, settings }: Core): SettingsReport {
  return {
    preferences,
    listenOnlySince: links.listenOnlySince,
    data: {
      folder: resolve(settings.data),
      retentionDays: settings.retention.days,
      leastDays: leastRetentionDays,
    },
    timeZone: timeZone(),
  }
}

export function changeSettings(core: Core, change: PreferencesChange): SettingsReport {
  changePreferences(core, change)
  return getSettings(core)
}

export async function describeHost(host: HostFeatures): Promise<HostFeaturesOffered> {
  const { kind, startAtLogin, notifications, demo } = host
  return {
    kind,
    startAtLogin: startAtLogin && { isOn: await startAtLogin.get() },
    notifications: notifications && { sentence: notifications.describe() },
    canStartDemo: demo !== null,
  }
}

export async function setStartAtLogin(host: HostFeatures, isOn: boolean) {
  await offered(host.startAtLogin).set(isOn)
  return describeHost(host)
}

export async function testNotification(host: HostFeatures): Promise<{ sentence: string }> {
  return { sentence: await offered(host.notifications).test() }
}

export async function startDemo(host: HostFeatures): Promise<{ link: string | null }> {
  return { link: await offered(host.demo).start() }
}

function offered<Feature>(feature: Feature | null): Feature {
  if (feature === null) throw new StationError('HOST_MISSING')
  return feature
}
