import { forgetAudience } from './mosquitto-audience.ts'
import { addressOf, type Connected, type Disconnected, type LogEvent } from './mosquitto-line.ts'
import { dropOldest, show, type Follower } from './mosquitto-log-state.ts'
import { isAuthorizationCode } from './mosquitto-reasons.ts'
import { expectResends } from './mosquitto-resends.ts'
import type { DisconnectReason } from './presence.ts'

export function accepted({ accepted: waiting, most }: Follower, endpoint: string): void {
  if (waiting.size >= most) dropOldest(waiting)
  waiting.add(endpoint)
}

export function connected(follower: Follower, event: Connected, at: number): void {
  show(follower, 'connections')
  const { clientId, username, address, endpoint, keepaliveMs } = event
  const { sessions, most } = follower
  // Its end was not told, or not told apart from a stranger's. It has ended all the same.
  if (sessions.has(clientId)) endSession(follower, { clientId, at, reason: 'UNKNOWN' })
  if (sessions.size >= most) {
    dropOldest(sessions)
    follower.isComplete = false
  }
  const isWebsocket = !follower.accepted.delete(endpoint)
  sessions.set(clientId, { username, address, endpoint, keepaliveMs, isWebsocket })
  if (follower.lastEnded === clientId) follower.lastEnded = null
  follower.ports.observations.connected({ clientId, username, certificateName: null, address }, at)
}

export function takenOver(follower: Follower, clientId: string, at: number): void {
  if (follower.sessions.get(clientId)?.isWebsocket) {
    if (follower.ghosts.size >= follower.most) dropOldest(follower.ghosts)
    follower.ghosts.add(clientId)
  }
  endSession(follower, { clientId, at, reason: 'DUPLICATE_CLIENTID' })
}

export function disconnected(follower: Follower, told: Disconnected, at: number): void {
  show(follower, 'connections')
  const event = ofSession(follower, told)
  follower.subscriptions.underWay = null
  if (follower.refusal) return settleRefusal(follower, event)
  if (event.isRefusal && isStranger(follower, event)) return refuse(follower, event, at)
  if (isOfNoSession(follower, event)) return
  const { clientId, reason } = event
  // A ghost is closed; the client with its id is still there.
  if (follower.ghosts.delete(clientId) && reason === 'CONNECTION_LOST') return
  endSession(follower, { clientId, at, reason })
}

/** Of an id that ends like an endpoint, in the words of Mosquitto 2.0, which tells no endpoints. */
function ofSession({ sessions }: Follower, event: Disconnected): Disconnected {
  const { clientId, longerId, endpoint } = event
  if (sessions.get(clientId)?.endpoint === endpoint || !sessions.has(longerId)) return event
  return { ...event, clientId: longerId, address: null, endpoint: null }
}

const unknownClient = '<unknown>'

/** True where these are not the words for a session that is there. */
function isStranger({ sessions }: Follower, { clientId, endpoint }: Disconnected): boolean {
  const session = sessions.get(clientId)
  if (clientId === unknownClient || !session) return true
  return endpoint !== null && session.endpoint !== endpoint
}

/** A connection that ended before it was a session, or one that was told of already. Nothing to count. */
function isOfNoSession(follower: Follower, event: Disconnected): boolean {
  const { sessions, accepted: waiting, lastEnded, isComplete } = follower
  const { clientId, endpoint } = event
  // The broker calls a client <unknown> until it has logged in; a client may call itself so.
  if (clientId === unknownClient && (waiting.size > 0 || !sessions.has(clientId))) {
    dropOldest(waiting)
    return true
  }
  const session = sessions.get(clientId)
  if (session) return endpoint !== null && session.endpoint !== endpoint
  if (endpoint !== null && waiting.delete(endpoint)) return true
  return isComplete || lastEnded === clientId || addressOf(clientId) !== null
}

function endSession(
  follower: Follower,
  { clientId, at, reason }: { clientId: string; at: number; reason: DisconnectReason },
): void {
  follower.sessions.delete(clientId)
  follower.lastEnded = clientId
  expectResends(follower.resends, clientId)
  follower.ports.observations.disconnected(clientId, at, reason)
}

export function answeredConnect(
  follower: Follower,
  { to, code }: { to: string; code: number },
  at: number,
): void {
  show(follower, 'messages')
  if (!isAuthorizationCode(code)) return
  follower.refusal = { address: addressOf(to), at, isOld: false }
}

/** Counts the refused login that waits, now that its second line has come, or that none comes. */
export function settleRefusal(follower: Follower, second: Disconnected | null): void {
  const { refusal } = follower
  if (!refusal) return
  follower.refusal = null
  const { at } = refusal
  refuse(follower, { ...second, address: second?.address ?? refusal.address }, at)
}

function refuse(
  follower: Follower,
  refused: Pick<Disconnected, 'address'> & Partial<Disconnected>,
  at: number,
): void {
  const { clientId = unknownClient, address, endpoint } = refused
  if (!endpoint || !follower.accepted.delete(endpoint)) dropOldest(follower.accepted)
  const isNamed = clientId !== unknownClient && addressOf(clientId) === null
  follower.ports.observations.refused(
    { clientId: isNamed ? clientId : null, username: null, certificateName: null, address },
    at,
  )
}

/** The broker's end is the end of every connection, though it has no line for each. */
export function brokerStepped(
  follower: Follower,
  event: Extract<LogEvent, { kind: 'broker' }>,
  at: number,
): void {
  follower.version = event.version
  if (event.step === 'running') return follower.ports.told(event)
  const isOrderly = event.step === 'terminating'
  const reason = isOrderly ? 'SERVER_INITIATED_DISCONNECT' : 'SERVER_ERROR'
  for (const clientId of follower.sessions.keys()) endSession(follower, { clientId, at, reason })
  follower.isComplete = event.step === 'starting'
  follower.accepted.clear()
  follower.ghosts.clear()
  forgetAudience(follower.audience)
  follower.subscriptions.underWay = null
  follower.ports.observations.sessionsLost()
  follower.ports.told(event)
}
