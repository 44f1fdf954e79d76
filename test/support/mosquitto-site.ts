import { execFileSync } from 'node:child_process'
import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MqttClient } from 'mqtt'
import { freePort, startMosquitto, type Mosquitto } from './mosquitto.ts'
import { findProgram } from './programs.ts'

/** A Mosquitto as a site has one: logins, an access list, and everything in its log. */
export interface MosquittoSite {
  folder: string
  log: string
  port: number
  broker: Mosquitto
  /** Logins, each with its own name as password. Takes effect at once where the broker runs. */
  setUsers(users: readonly string[]): void
  restart(how: 'stop' | 'kill'): Promise<void>
  end(): Promise<void>
}

/** All may use the site's topics, and no others; `picket` may read what the broker says of itself. */
const accessList = 'user picket\ntopic read $SYS/#\npattern readwrite site/#\n'

/** Who may do what, as lines of mosquitto.conf; files of theirs go to the folder. */
type Access = (folder: string) => readonly string[]

/** Logins, each with its own name as password. */
export function passwordFile(users: readonly string[]): Access {
  return (folder) => {
    const access = join(folder, 'access')
    writeFileSync(access, accessList)
    writePasswords(join(folder, 'passwords'), users)
    return [`password_file ${join(folder, 'passwords')}`, `acl_file ${access}`]
  }
}

/** Starts one with these logins, or with access rules of its own. */
export async function startMosquittoSite(
  users: readonly string[] | Access,
): Promise<MosquittoSite> {
  const folder = mkdtempSync(join(tmpdir(), 'picket-mosquitto-site-'))
  const log = join(folder, 'mosquitto.log')
  const access = typeof users === 'function' ? users : passwordFile(users)
  const lines = [
    'allow_anonymous false',
    ...access(folder),
    'log_type all',
    `log_dest file ${log}`,
    'log_dest topic',
    'sys_interval 1',
    'max_queued_messages 100',
  ]
  const port = await freePort()
  const site = {
    folder,
    log,
    port,
    broker: await startMosquitto(port, lines),
    setUsers(names: readonly string[]) {
      writePasswords(join(folder, 'passwords'), names)
      site.broker.reload()
    },
    async restart(how: 'stop' | 'kill') {
      await site.broker[how]()
      site.broker = await startMosquitto(port, lines)
    },
    async end() {
      await site.broker.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  return site
}

function writePasswords(path: string, users: readonly string[]): void {
  const program = findProgram('mosquitto_passwd')
  if (!program) throw new Error('mosquitto_passwd is not installed')
  writeFileSync(path, users.map((name) => `${name}:${name}\n`).join(''), { mode: 0o600 })
  execFileSync(program, ['-U', path])
}

/** Lines of mosquitto.conf for the Dynamic Security plugin, with one login: `admin`, password `admin`. */
export function dynamicSecurity(folder: string): string[] {
  const [plugin] = globSync('/usr/lib/*/mosquitto_dynamic_security.so')
  const program = findProgram('mosquitto_ctrl')
  if (!plugin || !program) throw new Error('mosquitto was installed without its plugin')
  const file = join(folder, 'dynamic-security.json')
  execFileSync(program, ['dynsec', 'init', file, 'admin', 'admin'], { stdio: 'ignore' })
  return [`plugin ${plugin}`, `plugin_opt_config_file ${file}`]
}

/** Has the plugin carry out commands, and waits until it has. */
export async function command(admin: MqttClient, ...commands: object[]): Promise<void> {
  const topic = '$CONTROL/dynamic-security/v1'
  const answered = new Promise<string>((resolve) =>
    admin.once('message', (_topic, payload) => resolve(payload.toString())),
  )
  await admin.publishAsync(topic, JSON.stringify({ commands }), { qos: 1 })
  const { responses } = JSON.parse(await answered) as { responses: { error?: string }[] }
  const failed = responses.find(({ error }) => error !== undefined)
  if (failed) throw new Error(failed.error)
}
