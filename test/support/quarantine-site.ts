import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt'
import { deviceId } from '../../src/contract/model/device.ts'
import type { QuarantineTarget } from '../../src/station/mitigation/controller.ts'
import { makeAuthority } from './certificates.ts'
import { freePort } from './mosquitto.ts'
import { startMosquittoSite, type MosquittoSite } from './mosquitto-site.ts'
import { startSteadyDevice, type SteadyDevice } from './steady-device.ts'

/** A Mosquitto for devices with passwords and devices with certificates. */
export interface QuarantineSite {
  site: MosquittoSite
  url: string
  /** Connects with a password that is the name, and comes back when it is thrown out. */
  connect(username: string, options?: IClientOptions): Promise<MqttClient>
  /** Starts a device that publishes under each of the trees. */
  start(username: string, options?: IClientOptions): SteadyDevice
  /** What a client with a certificate of this name connects to, and its PEM files. */
  certified(name: string): { url: string; ca: string; cert: string; key: string }
  /** Starts one that shows a certificate with this name. */
  startCertified(name: string): SteadyDevice
  end(): Promise<void>
}

/** What devices publish under here: `#` matches only the first. */
export const trees = ['site', '$aws', '$plant']

/** `access`: lines of mosquitto.conf for who may do what; files of theirs go to the folder. */
export async function startQuarantineSite(
  access: (folder: string) => readonly string[],
): Promise<QuarantineSite> {
  const port = await freePort()
  const site = await startMosquittoSite((folder) => [
    ...access(folder),
    ...certificateListener(folder, port),
  ])
  const open = new Set<MqttClient>()
  const url = `mqtt://127.0.0.1:${site.port}`
  const login = (username: string) => ({ username, password: username, clientId: username })
  const watch = (device: SteadyDevice) => {
    open.add(device.client)
    return device
  }
  const filesOf = (name: string) => {
    const file = (ending: string) => join(site.folder, `site${ending}`)
    const own = { cert: file(`-${name}.pem`), key: file(`-${name}.key`) }
    return { url: `mqtts://127.0.0.1:${port}`, ca: file('.pem'), ...own }
  }
  return {
    site,
    url,
    certified: filesOf,
    async connect(username, options = {}) {
      const usual = { ...login(username), reconnectPeriod: 20, protocolVersion: 5 } as const
      const client = await connectAsync(url, { ...usual, ...options })
      client.on('error', () => undefined)
      open.add(client)
      return client
    },
    start(username, options = {}) {
      const usual = { ...login(username), ...options }
      return watch(startSteadyDevice(url, topicsOf(usual.clientId ?? username), usual))
    },
    startCertified(name) {
      const { url: secured, ...files } = filesOf(name)
      const pem = Object.entries(files).map(([key, file]) => [key, readFileSync(file)])
      const options = { ...Object.fromEntries(pem), clientId: name }
      return watch(startSteadyDevice(secured, topicsOf(name), options))
    },
    async end() {
      await Promise.all([...open].map((client) => client.endAsync(true)))
      await site.end()
    },
  }
}

function topicsOf(name: string): string[] {
  return trees.map((tree) => `${tree}/${name}/t`)
}

/** Certificates that devices of such a site may show. */
const certifiedNames = ['certified', 'operator']

function certificateListener(folder: string, port: number): string[] {
  const authority = makeAuthority(folder, 'site')
  const server = authority.sign('broker', '127.0.0.1')
  for (const name of certifiedNames) authority.sign(name)
  return [
    `listener ${port} 127.0.0.1`,
    `cafile ${authority.certificate}`,
    `certfile ${server.cert}`,
    `keyfile ${server.key}`,
    'require_certificate true',
    'use_identity_as_username true',
  ]
}

/** A device as its broker knows it by one user name. */
export function targetOf(
  username: string,
  clientIds: readonly string[] = [username],
): QuarantineTarget {
  return { deviceId: deviceId.parse('device'), usernames: [username], clientIds, addresses: [] }
}
