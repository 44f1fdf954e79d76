import type { Party } from './identity.ts'
import type { Observations } from './observations.ts'
import type { DisconnectReason } from './presence.ts'

/** What is known of a client id's last connection. */
interface Turn {
  /** What tells it from others of the same client id; null: the broker did not say. */
  key: number | null
  /** Null where only its end was seen. */
  party: Party | null
  isOpen: boolean
  /** What tells its end from other ends. */
  endKey: number | null
  /** The connection that it took over, whose end was counted then; the broker may yet tell of it, even twice. */
  tookOver: { key: number | null } | null
  /** An earlier one that nobody knew of until its end was told. */
  earlier: number | null
}

/**
 * Connections of each client id, where a broker tells of them twice, of the end of a connection after the one that
 * took over from it, or not at all of that end. Counts each once.
 */
export interface SessionTurns {
  byClient: Map<string, Turn>
  /** Client ids that are remembered. */
  most: number
}

export function createSessionTurns(most: number): SessionTurns {
  return { byClient: new Map(), most }
}

/** Who is connected is not known any more. */
export function forgetTurns({ byClient }: SessionTurns): void {
  byClient.clear()
}

/** An accepted connection. `at`: when it was told, epoch ms. */
export function turnBegan(
  turns: SessionTurns,
  began: { party: Party & { clientId: string }; key: number | null; at: number },
  observations: Observations,
): void {
  const { party, key, at } = began
  const known = turns.byClient.get(party.clientId)
  if (known && key !== null && key === known.key) return
  // One client id has one connection: the other one ended, whether the broker tells of it or not.
  if (known?.isOpen) observations.disconnected(party.clientId, at, 'DUPLICATE_CLIENTID')
  observations.connected(party, at)
  const tookOver = known?.isOpen ? { key: known.key } : null
  remember(turns, party.clientId, {
    key,
    party,
    isOpen: true,
    endKey: null,
    tookOver,
    earlier: null,
  })
}

export interface TurnEnd {
  clientId: string
  /** Of the connection that ended; null: the broker did not say which. */
  key: number | null
  endKey: number | null
  at: number
  reason: DisconnectReason
}

/** The end of a connection, of the one that is known or of an earlier one. */
export function turnEnded(turns: SessionTurns, ended: TurnEnd, observations: Observations): void {
  const { clientId, key, endKey, at, reason } = ended
  const known = turns.byClient.get(clientId)
  if (known && wasCounted(known, ended)) return
  observations.disconnected(clientId, at, reason)
  if (known?.isOpen && isOfAnother(known, ended) && known.party) {
    // It was an earlier one, which nobody knew of: the known one goes on.
    observations.introduced(known.party, at)
    known.earlier = key
    return
  }
  const { party = null, tookOver = null, earlier = null } = known ?? {}
  remember(turns, clientId, { key, party, isOpen: false, endKey, tookOver, earlier })
}

function wasCounted(known: Turn, ended: TurnEnd): boolean {
  if (isOfTakenOver(known, ended)) return true
  if (ended.key !== null && ended.key === known.earlier) return true
  if (known.isOpen || isOfAnother(known, ended)) return false
  const isSame = ended.key !== null && ended.key === known.key
  return isSame || (ended.endKey !== null && ended.endKey === known.endKey)
}

function isOfTakenOver({ tookOver }: Turn, { key, reason }: TurnEnd): boolean {
  if (!tookOver) return false
  return key === null || tookOver.key === null
    ? reason === 'DUPLICATE_CLIENTID'
    : key === tookOver.key
}

function isOfAnother(known: Turn, { key }: TurnEnd): boolean {
  return key !== null && known.key !== null && key !== known.key
}

/** The newest is last; where there are too many, the oldest gives way. */
function remember({ byClient, most }: SessionTurns, clientId: string, turn: Turn): void {
  byClient.delete(clientId)
  byClient.set(clientId, turn)
  if (byClient.size <= most) return
  const [oldest] = byClient.keys()
  if (oldest !== undefined) byClient.delete(oldest)
}
