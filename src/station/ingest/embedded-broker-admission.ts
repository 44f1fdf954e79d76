import type { AuthenticateError } from 'aedes'
import { deviceId as deviceIdSchema } from '../../contract/model/device.ts'
import type { EmbeddedBrokerSettings } from '../settings.ts'
import type { DeviceLogins } from './device-logins.ts'
import { isProved, type Access } from './embedded-broker-access.ts'
import type { Blocks } from './embedded-broker-blocks.ts'
import type { Connection } from './embedded-broker-connection.ts'
import type { Party } from './identity.ts'

/** What a refused login is answered with. MQTT 3.1.1, 3.2.2.3. */
const identifierRejected = 2
const badLogin = 4
const notAuthorized = 5

export interface Login {
  username: string | undefined
  password: Readonly<Buffer> | undefined
}

/** A party that may come in, or why not; a name that is unusable is no failed login. */
export type Admission =
  | { isAdmitted: true; party: Party & { clientId: string } }
  | { isAdmitted: false; isBadName: boolean; error: AuthenticateError }

interface Rules {
  settings: EmbeddedBrokerSettings
  access: Access
  blocks: Blocks
  /** Null where a user name is not checked. */
  logins: DeviceLogins | null
}

/** Decides whether a client that said who it is may come in. */
export async function admit(
  rules: Rules,
  connection: Connection,
  login: Login,
): Promise<Admission> {
  const party = await proved(rules, connection, login)
  if (!party) return refused(badLogin, 'bad user name or password')
  const name = rules.access.nameOf(party)
  if (name === null || !isUsable(rules.access, connection, party)) {
    return refused(identifierRejected, 'a client id or user name that is not 1-128 printable bytes')
  }
  if (rules.blocks.isBlocked(party)) return refused(notAuthorized, 'kept out')
  if (!rules.access.mayConnect(name)) return refused(notAuthorized, 'not on the list of devices')
  return { isAdmitted: true, party }
}

/** What of a claim holds; null: nothing does. */
async function proved(
  { settings, logins }: Rules,
  { client, address, certificateName }: Connection,
  { username, password }: Login,
): Promise<(Party & { clientId: string }) | null> {
  const isValid = logins ? await logins.isValid(username, password) : !isProved(settings)
  if (!isValid && certificateName === null) return null
  const name = isValid && username ? username : null
  return { clientId: client.id, username: name, certificateName, address }
}

/** A client without an id is given one for the time being: no device can be named after that. */
function isUsable(
  { nameOf }: Access,
  { claimed }: Connection,
  party: Party & { clientId: string },
): boolean {
  const clientId = claimed?.clientId ?? null
  const name = nameOf(party)
  const isOwnName = clientId !== null || name === nameOf({ ...party, clientId })
  return isOwnName && [name, party.clientId].every((each) => deviceIdSchema.safeParse(each).success)
}

function refused(returnCode: number, message: string): Admission {
  const error = Object.assign(new Error(message), { returnCode })
  return { isAdmitted: false, isBadName: returnCode === identifierRejected, error }
}
