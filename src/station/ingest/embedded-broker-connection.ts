import type { Client } from 'aedes'
import type { Caller } from './embedded-broker-listener.ts'
import type { Outbox } from './embedded-broker-outbox.ts'
import { nothingTallied } from './embedded-broker-outbox.ts'
import type { Tally } from './embedded-broker-protocol.ts'
import type { Party } from './identity.ts'
import type { DisconnectReason } from './presence.ts'

/** A connection, from the first byte to the last. */
export interface Connection extends Caller {
  client: Client
  /** What the CONNECT packet said; null before it. */
  claimed: Pick<Party, 'clientId' | 'username'> | null
  /** Null until it was let in. */
  session: OpenSession | null
  /** It was told that it was refused, or cut off for what it sent: nothing more is said of it. */
  isRefused: boolean
  /** Its device is kept out since: nothing of it is published any more, nor its last will. */
  isBlocked: boolean
  /** Why it ends, where that is known before it has ended. */
  endReason: DisconnectReason | null
}

export interface OpenSession {
  party: Party & { clientId: string }
  /** Whom it may speak for besides a gateway's devices. */
  names: readonly string[]
  tally: Tally
  isEnded: boolean
}

/** Who is connected, told to the station in the order in which it happened. */
export interface Roll {
  open(connection: Connection, party: OpenSession['party'], names: readonly string[]): void
  /** Ends a session at most once, whichever of its signs comes first. */
  end(connection: Connection, reason: DisconnectReason): void
  find(clientId: string): Connection | undefined
  all(): Connection[]
}

export function createRoll(outbox: Outbox): Roll {
  const byClient = new Map<string, Connection>()

  function open(
    connection: Connection,
    party: OpenSession['party'],
    names: readonly string[],
  ): void {
    const { clientId } = party
    const former = byClient.get(clientId)
    // The broker closes the former one by itself, but may tell of it only after the new one is there.
    if (former) end(former, 'DUPLICATE_CLIENTID')
    byClient.set(clientId, connection)
    connection.session = { party, names, tally: nothingTallied(clientId), isEnded: false }
    outbox.tell({ kind: 'connected', party })
  }

  function end(connection: Connection, reason: DisconnectReason): void {
    const { session } = connection
    if (!session || session.isEnded) return
    session.isEnded = true
    outbox.endTally(session.tally)
    const { clientId } = session.party
    outbox.tell({ kind: 'disconnected', clientId, reason: connection.endReason ?? reason })
    if (byClient.get(clientId) === connection) byClient.delete(clientId)
  }

  return {
    open,
    end,
    find: (clientId) => byClient.get(clientId),
    all: () => [...byClient.values()],
  }
}

/** Counts a message that the client published, of `bytes` of payload. */
export function tallySent({ sizes }: Tally, bytes: number): void {
  sizes.min = sizes.count === 0 ? bytes : Math.min(sizes.min, bytes)
  sizes.max = Math.max(sizes.max, bytes)
  sizes.count += 1
  sizes.sum += bytes
  sizes.last = bytes
}
