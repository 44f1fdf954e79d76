import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { QuarantineController } from '../../src/station/mitigation/controller.ts'
import { createMosquittoFilesController } from '../../src/station/mitigation/mosquitto-files/controller.ts'
import { controllerSettings } from '../../src/station/settings.ts'
import { passwordFile } from './mosquitto-site.ts'
import { until } from './poll.ts'
import { startQuarantineSite, trees, type QuarantineSite } from './quarantine-site.ts'
import { startObserver, type DeliveryObserver } from './steady-device.ts'

/** A Mosquitto with an access list and a password file, and an observer of all topics. */
export interface FileSite extends QuarantineSite {
  observer: DeliveryObserver
  aclFile: string
  passwordFile: string
  pidFile: string
  /** The access list and the password file, to the byte. */
  files(): { acl: string; passwords: string }
  /** The observer is connected again, after a restart of the broker. */
  isBack(): Promise<void>
}

/** `users`: logins; `acl`: the access list. `observer` is added to both. */
export async function startFileSite(users: readonly string[], acl: string): Promise<FileSite> {
  const started = await startQuarantineSite((folder) => {
    const access = passwordFile([...users, 'observer'])(folder)
    writeFileSync(join(folder, 'access'), `${observerLines}${acl}`, { mode: 0o640 })
    return [...access, `pid_file ${join(folder, 'pid')}`]
  })
  const { site, connect } = started
  const watcher = await connect('observer')
  const filters = trees.map((tree) => `${tree}/#`)
  const observer = await startObserver(watcher, filters, 'site/markers')
  const paths = {
    aclFile: join(site.folder, 'access'),
    passwordFile: join(site.folder, 'passwords'),
    pidFile: join(site.folder, 'pid'),
  }
  return {
    ...started,
    ...paths,
    observer,
    files: () => ({
      acl: readFileSync(paths.aclFile, 'latin1'),
      passwords: readFileSync(paths.passwordFile, 'latin1'),
    }),
    async isBack() {
      await until('the observer is back', () => watcher.connected)
      await observer.hasCaughtUp()
    },
  }
}

const observerLines = [
  'user observer',
  ...trees.map((tree) => `topic readwrite ${tree}/#`),
  '',
].join('\n')

/** A controller of Picket's, with settings as they stand in a file. */
export function filesController(
  settings: Record<string, unknown>,
  ownLogins: readonly string[] = [],
): QuarantineController {
  const parsed = controllerSettings.parse({ kind: 'mosquitto-files', source: 'line', ...settings })
  if (parsed.kind !== 'mosquitto-files') throw new Error('another kind')
  return createMosquittoFilesController(parsed, { ownLogins: () => ownLogins })
}
