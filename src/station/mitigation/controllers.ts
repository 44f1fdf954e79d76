import { StationError } from '../../contract/errors.ts'
import type { ControllerEntry, ControllerKind } from '../../contract/model/quarantine.ts'
import type { Core } from '../core.ts'
import { EmbeddedBroker } from '../ingest/embedded-broker.ts'
import type { ControllerSettings } from '../settings.ts'
import type { SourceRoster } from '../source-roster.ts'
import type { ControllerContext } from './controller-context.ts'
import type { QuarantineController } from './controller.ts'
import { createEmbeddedBrokerController } from './embedded-broker-controller.ts'
import { createEmqxController } from './emqx/controller.ts'
import { createDynamicSecurityController } from './mosquitto-dynamic-security/controller.ts'
import { createTicketController } from './ticket/controller.ts'
import { createMosquittoFilesController } from './mosquitto-files/controller.ts'

type SettingsByKind = {
  [Settings in ControllerSettings as Settings['kind']]: Settings
}
type Kind = keyof SettingsByKind

/** Every kind of control that the settings may name, and how it is made. */
const kinds: {
  [K in Kind]: (settings: SettingsByKind[K], context: ControllerContext) => QuarantineController
} = {
  'mosquitto-dynamic-security': createDynamicSecurityController,
  'mosquitto-files': createMosquittoFilesController,
  emqx: createEmqxController,
}

/** The control of every broker: one that the settings name, our own broker's, or a ticket for a person. */
export interface Controllers {
  /** The source whose control is that of the broker which this source watches, too. */
  brokerOf(sourceId: string): string
  /** The control of a broker, by `brokerOf`. `kind`: the one that something was begun with. */
  of(brokerId: string, kind?: ControllerKind): QuarantineController
  list(): ControllerEntry[]
  stop(): Promise<void>
}

export function createControllers(core: Core, roster: SourceRoster): Controllers {
  const made = new Map<string, QuarantineController>()
  const configured = core.settings.controllers

  function brokerOf(sourceId: string): string {
    const shared = configured.find(({ alsoWatchedBy }) => alsoWatchedBy.includes(sourceId))
    return shared?.source ?? sourceId
  }

  function of(brokerId: string, kind?: ControllerKind): QuarantineController {
    const isTicket = kind === 'ticket'
    const key = isTicket ? `ticket ${brokerId}` : brokerId
    const known = made.get(key)
    const controller = known ?? make(brokerId, isTicket)
    if (kind !== undefined && controller.kind !== kind) throw withoutControl(brokerId, kind)
    made.set(key, controller)
    return controller
  }

  function make(brokerId: string, isTicket: boolean): QuarantineController {
    const context = contextOf(core, roster, brokerId)
    const settings = configured.find(({ source }) => source === brokerId)
    const source = core.sources.find((one) => one.source.id === brokerId)?.source
    if (settings && !isTicket) return makeConfigured(settings.kind, settings, context)
    if (source instanceof EmbeddedBroker && !isTicket) return createEmbeddedBrokerController(source)
    return createTicketController(context)
  }

  function list(): ControllerEntry[] {
    const watched = core.sources.map(({ source }) => brokerOf(source.id))
    const ids = new Set([...configured.map(({ source }) => source), ...watched])
    return [...ids].map((id) => entryOf(of(id)))
  }

  async function stop(): Promise<void> {
    await Promise.all([...made.values()].map((controller) => controller.stop()))
  }

  return { brokerOf, of, list, stop }
}

export function entryOf(controller: QuarantineController): ControllerEntry {
  const { sourceId, kind, address, guarantees } = controller
  return { sourceId, kind, address, guarantees }
}

function makeConfigured<K extends Kind>(
  kind: K,
  settings: SettingsByKind[K],
  context: ControllerContext,
): QuarantineController {
  return kinds[kind](settings, context)
}

/** What was begun with one control cannot be ended with another. */
function withoutControl(brokerId: string, kind: ControllerKind): StationError {
  const sentence = `The device was isolated at ${brokerId} with the control ${kind}, which the settings do not have any more. Put it back there and start Picket again.`
  return new StationError('BROKER_UNREACHABLE', sentence)
}

function contextOf(core: Core, roster: SourceRoster, sourceId: string): ControllerContext {
  const { clock, ports, links, settings } = core
  const sourceOf = () => core.sources.find(({ source }) => source.id === sourceId)?.source
  return {
    sourceId,
    source: () => sourceOf()?.facts() ?? null,
    topicsOf: (device) => sourceOf()?.topicsOf?.(device) ?? [],
    now: () => clock.now(),
    hostClock: ports.clock,
    log: ports.log,
    links,
    ownClients: roster.ownClients,
    ownLogins: () => ownLogins(core, roster),
    dataFolder: settings.data,
  }
}

/** User names that Picket logs in with: they must never be blocked. */
export function ownLogins({ settings }: Core, roster: SourceRoster): string[] {
  const all = [...settings.controllers, ...settings.sources, ...roster.addedDrafts()]
  return all.flatMap((one) => ('username' in one && one.username ? [one.username] : []))
}
