import { createOwnLinks } from '../../src/station/ingest/own-links.ts'
import { machineClock } from '../../src/station/host/machine-clock.ts'
import type { ControllerContext } from '../../src/station/mitigation/controller-context.ts'
import { createQuietLog } from './quiet-log.ts'

/** What a station would give a controller that runs without one. */
export function controllerContext(given: Partial<ControllerContext> = {}): ControllerContext {
  return {
    sourceId: 'line',
    source: () => ({ kind: 'mosquitto-log', address: 'test' }),
    topicsOf: () => [],
    now: Date.now,
    hostClock: machineClock,
    log: createQuietLog(),
    links: createOwnLinks(),
    ownClients: new Set(),
    ownLogins: () => [],
    dataFolder: '',
    ...given,
  }
}
