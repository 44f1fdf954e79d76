import type { Aedes, Client } from 'aedes'
import type { DisconnectReason } from './presence.ts'

/** What aedes 1 knows and does not tell: there is no event and no type for it. */
interface ClientInternals {
  /** A DISCONNECT packet came. */
  _disconnected?: boolean
  _parser?: { packet?: { length?: number } }
  /** By filter. */
  subscriptions?: Record<string, unknown>
}

interface Persistence {
  /** Of sessions that are kept, at QoS 1 and 2. */
  subscriptionsByTopic(topic: string): Promise<{ clientId: string; topic: string }[]>
}

/** Of aedes, about connections that ended or no longer listen: nothing was wrong with what they sent. */
export const ownErrors: ReadonlySet<string> = new Set([
  'connection closed',
  'drain timeout',
  'packet received not valid',
])

/** Why a connection ended that nobody but the client had a reason to end. */
export function reasonOf(client: Client): DisconnectReason {
  return internalsOf(client)._disconnected ? 'CLIENT_INITIATED_DISCONNECT' : 'CONNECTION_LOST'
}

/** Bytes of the packet that is being read, as its first bytes announce. */
export function announcedBytes(client: Client): number {
  return internalsOf(client)._parser?.packet?.length ?? 0
}

export function filtersOf(client: Client): string[] {
  return Object.keys(internalsOf(client).subscriptions ?? {})
}

/** Subscriptions to a topic of sessions that are kept, also while their client is away. */
export async function keptSubscriptions(
  aedes: Aedes,
  topic: string,
): Promise<{ client: string; filter: string }[]> {
  const { persistence } = aedes as unknown as { persistence: Persistence }
  const found = await persistence.subscriptionsByTopic(topic)
  return found.map((each) => ({ client: each.clientId, filter: each.topic }))
}

function internalsOf(client: Client): ClientInternals {
  return client as unknown as ClientInternals
}
