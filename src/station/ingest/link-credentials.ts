import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import type { IClientOptions } from 'mqtt'
import type { MqttLinkSettings } from '../settings.ts'

/** What a link logs in with, and whom it trusts: a password, and PEM texts. */
export interface LinkCredentials {
  password?: string
  /** The authority that signed the broker's certificate. */
  ca?: string
  /** A client certificate, and its key. */
  cert?: string
  key?: string
}

/** Reads the files that the settings name. Throws as `fs` does. */
export async function readCredentials(
  settings: Pick<MqttLinkSettings, 'passwordFile' | 'ca' | 'cert' | 'key'>,
): Promise<LinkCredentials> {
  const { passwordFile, ca, cert, key } = settings
  const password = await textOf(passwordFile)
  return withoutAbsent({
    password: password?.trimEnd(),
    ca: await textOf(ca),
    cert: await textOf(cert),
    key: await textOf(key),
  })
}

/** What MQTT.js needs to log in and to know the broker. Throws where a certificate or key is not what it should be. */
export function loginOptions(
  { username, trustAnyCertificate }: Pick<MqttLinkSettings, 'username' | 'trustAnyCertificate'>,
  credentials: LinkCredentials,
): IClientOptions {
  const { ca, cert, key } = credentials
  // MQTT.js would fail later, with an error that says nothing.
  createSecureContext({ ...(ca ? { ca } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}) })
  return {
    rejectUnauthorized: !trustAnyCertificate,
    ...(username === undefined ? {} : { username }),
    ...credentials,
  }
}

async function textOf(path: string | undefined): Promise<string | undefined> {
  return path === undefined ? undefined : await readFile(path, 'utf8')
}

function withoutAbsent(credentials: {
  [Name in keyof LinkCredentials]: string | undefined
}): LinkCredentials {
  return Object.fromEntries(Object.entries(credentials).filter(([, value]) => value !== undefined))
}
