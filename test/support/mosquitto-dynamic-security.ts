import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ControllerContext } from '../../src/station/mitigation/controller-context.ts'
import type { QuarantineController } from '../../src/station/mitigation/controller.ts'
import { createDynamicSecurityController } from '../../src/station/mitigation/mosquitto-dynamic-security/controller.ts'
import { controllerSettings } from '../../src/station/settings.ts'
import { controllerContext } from './controller-context.ts'
import { command, dynamicSecurity, type MosquittoSite } from './mosquitto-site.ts'
import { until } from './poll.ts'
import { startQuarantineSite, trees, type QuarantineSite } from './quarantine-site.ts'
import { startObserver, type DeliveryObserver } from './steady-device.ts'

/** A Mosquitto with the Dynamic Security plugin, and an observer of all topics. */
export interface SecuredSite extends QuarantineSite {
  observer: DeliveryObserver
  /** Of Picket, which logs in as an administrator of its own. */
  controller: QuarantineController
  ownClients: ReadonlySet<string>
  /** Has the plugin carry out commands, as an administrator would. */
  administer(...commands: object[]): Promise<void>
  /** The administrator and the observer are connected again, after a restart of the broker. */
  isBack(): Promise<void>
  /** The plugin's file, to the byte. */
  file(): string
}

export async function startSecuredSite(): Promise<SecuredSite> {
  const started = await startQuarantineSite(dynamicSecurity)
  const { site, connect } = started
  const admin = await connect('admin')
  await admin.subscribeAsync('$CONTROL/dynamic-security/v1/response')
  const administer = (...commands: object[]) => command(admin, ...commands)
  await administer(...firstCommands)
  const watcher = await connect('observer')
  const filters = trees.map((tree) => `${tree}/#`)
  const observer = await startObserver(watcher, filters, 'site/markers')
  const ownClients = new Set<string>()
  return {
    ...started,
    observer,
    controller: controllerOf(site, { ownClients }),
    ownClients,
    administer,
    async isBack() {
      await until('those who watch are back', () => admin.connected && watcher.connected)
      await observer.hasCaughtUp()
    },
    file: () => readFileSync(join(site.folder, 'dynamic-security.json'), 'utf8'),
  }
}

/** May send, receive and subscribe all that devices do here. */
const deviceAcls = trees.flatMap((tree) =>
  ['publishClientSend', 'publishClientReceive', 'subscribePattern'].map((acltype) => {
    return { acltype, topic: `${tree}/#`, allow: true }
  }),
)

const firstCommands = [
  { command: 'createRole', rolename: 'device', acls: deviceAcls },
  { command: 'createGroup', groupname: 'devices', roles: [{ rolename: 'device', priority: 7 }] },
  { command: 'createClient', username: 'observer', password: 'observer' },
  { command: 'addClientRole', username: 'observer', rolename: 'device' },
  { command: 'createClient', username: 'picket', password: 'picket', textname: 'Picket' },
  { command: 'addClientRole', username: 'picket', rolename: 'admin' },
]

/** A controller of Picket's. `login`: with its own name as password. */
export function controllerOf(
  { folder, port }: Pick<MosquittoSite, 'folder' | 'port'>,
  { login = 'picket', ...context }: Partial<ControllerContext> & { login?: string } = {},
): QuarantineController {
  const passwordFile = join(folder, `${login}.password`)
  writeFileSync(passwordFile, `${login}\n`)
  const settings = { url: `mqtt://127.0.0.1:${port}`, username: login, passwordFile }
  return controllerWith(settings, context)
}

/** A controller of Picket's, with settings as they stand in a file. */
export function controllerWith(
  settings: Record<string, unknown>,
  context: Partial<ControllerContext> = {},
): QuarantineController {
  const kind = 'mosquitto-dynamic-security'
  const parsed = controllerSettings.parse({ kind, source: 'line', ...settings })
  if (parsed.kind !== kind) throw new Error('another kind')
  return createDynamicSecurityController(parsed, controllerContext(context))
}
