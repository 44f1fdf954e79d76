import type { DeviceId } from '../../contract/model/device.ts'
import type { Protection } from '../../contract/model/quarantine.ts'
import type { Core } from '../core.ts'
import { appendToJournal } from '../journal/append.ts'
import { readProtections, writeProtection } from '../store/mitigation.ts'
import { transaction } from '../store/transaction.ts'

/** Every device with a protection: those of the settings, and those that a person protected, who has the last word. */
export function protectionsOf({ settings, store }: Core): Map<DeviceId, Protection> {
  const { doNotIsolate, safetyCritical } = settings.quarantine
  const all = new Map<DeviceId, Protection>(readProtections(store.read))
  for (const deviceId of safetyCritical)
    if (!all.has(deviceId)) all.set(deviceId, 'safety-critical')
  // What the file forbids, nobody allows from a page.
  for (const deviceId of doNotIsolate) all.set(deviceId, 'do-not-isolate')
  for (const deviceId of safetyCritical) {
    if (all.get(deviceId) === 'none') all.set(deviceId, 'safety-critical')
  }
  return all
}

export function protectionOf(core: Core, deviceId: DeviceId): Protection {
  return protectionsOf(core).get(deviceId) ?? 'none'
}

/** Sets a device's protection. What the settings protect stays at least as protected as they say. */
export function protect(
  core: Core,
  { deviceId, protection, by }: { deviceId: DeviceId; protection: Protection; by: string },
): { deviceId: DeviceId; protection: Protection } {
  const { write } = core.store
  transaction(write, () => {
    const before = protectionOf(core, deviceId)
    writeProtection(write, { deviceId, protection })
    const detail = { what: 'protection', protection, before }
    appendToJournal(core, { kind: 'setting-changed', by, subject: deviceId, detail })
  })
  return { deviceId, protection: protectionOf(core, deviceId) }
}
