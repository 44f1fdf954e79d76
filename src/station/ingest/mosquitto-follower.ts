import {
  isCut,
  longIdOf,
  readLogText,
  textOf,
  withoutSyslogPrefix,
  type LogEvent,
  type Publish,
  type PublishReading,
} from './mosquitto-line.ts'
import { show, type Follower } from './mosquitto-log-state.ts'
import { noteConnect, noteGrant, notePublish, noteUnsubscribed } from './mosquitto-audience.ts'
import {
  accepted,
  answeredConnect,
  brokerStepped,
  connected,
  disconnected,
  settleRefusal,
  takenOver,
} from './mosquitto-logins.ts'
import { isResend, noteMessage } from './mosquitto-resends.ts'
import {
  beginSubscription,
  endSubscription,
  isAnswerOf,
  noteAnswer,
  noteFilter,
} from './mosquitto-subscriptions.ts'

/** Long ids remembered. */
const mostLongIds = 100

/** Takes the next line of the log. `at`: the time it belongs to, epoch ms. Never throws. */
export function followLine(follower: Follower, line: string, at: number): void {
  follower.lines += 1
  const bare = withoutSyslogPrefix(line)
  const text = textOf(bare)
  if (isAnswerOf(follower.subscriptions, text)) return grant(follower)
  const wasCut = isCut(bare)
  const event = readLogText(text, wasCut)
  if (event.kind === 'other') return
  if (event.kind === 'indented') return indented(follower, { text: event.text, wasCut, at })
  if (event.kind === 'disconnected') return disconnected(follower, event, at)
  settleRefusal(follower, null)
  handle(follower, { event, text, wasCut, at })
}

/** A refused login waits for its second line; not for ever. Called with every drain. */
export function settleFollower(follower: Follower): void {
  if (follower.refusal?.isOld) settleRefusal(follower, null)
  else if (follower.refusal) follower.refusal.isOld = true
}

/** Tells of all sessions that are there, without counting them: after lines that were read only to know them. */
export function introduceSessions(follower: Follower, at: number): void {
  for (const [clientId, { username, address }] of follower.sessions) {
    const party = { clientId, username, certificateName: null, address }
    follower.ports.observations.introduced(party, at)
  }
}

interface Happening {
  event: Exclude<LogEvent, { kind: 'other' | 'indented' | 'disconnected' }>
  text: string
  wasCut: boolean
  at: number
}

function handle(follower: Follower, { event, text, wasCut, at }: Happening): void {
  const { observations } = follower.ports
  switch (event.kind) {
    case 'publish':
      return published(follower, event, { text, at })
    case 'connected':
      noteConnect(follower.audience, text, event.clientId)
      return connected(follower, event, at)
    case 'taken-over':
      return takenOver(follower, event.clientId, at)
    case 'accepted':
      return accepted(follower, event.endpoint)
    case 'connack':
      return answeredConnect(follower, event, at)
    case 'subscribe':
    case 'unsubscribe':
      observations.seen(event.clientId, at)
      return beginSubscription(follower.subscriptions, {
        clientId: event.clientId,
        isSubscribe: event.kind === 'subscribe',
      })
    case 'answered':
      return deny(follower, endSubscription(follower.subscriptions, at))
    case 'seen':
      return observations.seen(event.clientId, at)
    case 'broker':
      return brokerStepped(follower, event, at)
    case 'suppressed':
    case 'dropping':
      return follower.ports.told(event)
    case 'unreadable':
      return unreadable(follower, text, wasCut)
  }
}

function grant(follower: Follower): void {
  noteFilters(follower)
  const denials = noteAnswer(follower.subscriptions)
  if (follower.subscriptions.seesGrants) show(follower, 'grants')
  for (const denial of denials) deny(follower, denial)
}

function noteFilters({ subscriptions: { underWay }, audience }: Follower): void {
  if (!underWay || underWay.filter === null) return
  const { clientId, filter, isSubscribe } = underWay
  if (isSubscribe) noteGrant(audience, clientId, filter)
  else noteUnsubscribed(audience, clientId, filter)
}

function indented(follower: Follower, line: { text: string; wasCut: boolean; at: number }): void {
  deny(follower, noteFilter(follower.subscriptions, line))
}

function deny({ ports }: Follower, denial: { clientId: string; at: number } | null): void {
  if (denial) ports.observations.denied(denial.clientId, denial.at)
}

function published(
  follower: Follower,
  event: Publish,
  { text, at }: { text: string; at: number },
): void {
  show(follower, 'messages')
  const { observations } = follower.ports
  const reading = readingOf(follower, event)
  if (!reading || (event.bytes === null && isOfLongId(follower, text))) {
    return unreadable(follower, text, true)
  }
  const { clientId, isDuplicate } = reading
  if (event.way === 'denied') return observations.denied(clientId, at)
  if (event.way === 'received') {
    notePublish(follower.audience, text, clientId)
    if (!isSeenBefore(follower, reading)) observations.sent(clientId, at, event.bytes)
  } else if (!isDuplicate) {
    observations.received(clientId, at)
  }
}

/**
 * An id and a topic may both look like what stands between them. Of several readings the longest id that is connected
 * is right: a client with such an id exists, and nobody else publishes on such topics by chance.
 */
function readingOf({ sessions }: Follower, { readings, bytes }: Publish): PublishReading | null {
  const [longest] = readings
  if (readings.length === 1 && bytes !== null) return longest ?? null
  const known = readings.find(({ clientId }) => sessions.has(clientId))
  return known ?? (bytes === null ? null : (longest ?? null))
}

/** A line that was cut within an id shows words of that id's choice, not the broker's. */
function isOfLongId({ longIds }: Follower, text: string): boolean {
  const rest = text.replace(/^\S+ PUBLISH (?:from|to) /, '')
  return longIds.some((id) => rest.startsWith(id.slice(0, rest.length)))
}

function isSeenBefore({ resends }: Follower, reading: PublishReading): boolean {
  const { clientId, messageId, qos, isDuplicate } = reading
  if (qos === 0) return false
  if (isDuplicate && isResend(resends, clientId, messageId)) return true
  noteMessage(resends, clientId, messageId)
  return false
}

function unreadable({ ports, longIds }: Follower, text: string, wasCut: boolean): void {
  const longId = wasCut ? longIdOf(text) : null
  if (longId !== null && !longIds.includes(longId)) {
    longIds.push(longId)
    longIds.splice(0, longIds.length - mostLongIds)
  }
  if (wasCut) ports.refused('oversized', `a line that Mosquitto cut short: ${text}`)
  else ports.refused('malformed', `a line of the log that cannot be read: ${text}`)
}
