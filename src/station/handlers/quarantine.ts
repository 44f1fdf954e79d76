import type { DeviceId } from '../../contract/model/device.ts'
import type { Isolation, IsolationEvent } from '../../contract/model/quarantine.ts'
import { StationError } from '../../contract/errors.ts'
import type { IsolationId } from '../../contract/model/isolation-id.ts'
import type { Core } from '../core.ts'
import { keptOf } from '../mitigation/isolations.ts'
import { shownIsolation, type KeptIsolation } from '../mitigation/kept-isolation.ts'
import { protectionsOf } from '../mitigation/protections.ts'
import { listIsolations, readIsolation, readIsolationEvents } from '../store/isolations.ts'

export function listQuarantine(
  core: Core,
  page: { deviceId?: DeviceId | undefined; limit: number; offset: number },
): { total: number; isolations: Isolation[] } {
  const { total, bodies } = listIsolations(core.store.read, page)
  return { total, isolations: bodies.map((body) => shownIsolation(newest(core, keptOf(body)))) }
}

export function getIsolation(
  core: Core,
  id: IsolationId,
): { isolation: Isolation; events: IsolationEvent[] } {
  const body = readIsolation(core.store.read, id)
  if (body === null) throw new StationError('QUARANTINE_UNKNOWN')
  const isolation = shownIsolation(newest(core, keptOf(body)))
  return { isolation, events: readIsolationEvents(core.store.read, id) }
}

export function listProtections(core: Core) {
  return [...protectionsOf(core)]
    .filter(([, protection]) => protection !== 'none')
    .map(([deviceId, protection]) => ({ deviceId, protection }))
}

/** Figures that move are in memory only. */
function newest({ isolations }: Core, stored: KeptIsolation): KeptIsolation {
  const moving = isolations.get(stored.deviceId)
  return moving?.id === stored.id ? moving : stored
}
