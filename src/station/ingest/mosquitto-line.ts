import { isIP } from 'node:net'
import type { DisconnectReason } from './presence.ts'
import { refusalIn, reasonOf } from './mosquitto-reasons.ts'

/** Where a connection comes from: `10.0.0.7:49152`. Tells connections of one client id apart. */
export type Endpoint = string

/**
 * What a line of Mosquitto's log says. Client ids, user names and topics are hostile text: they may look like the
 * words around them, which is why lines are read from their end, and why a publish may have several readings.
 */
export type LogEvent =
  | { kind: 'accepted'; endpoint: Endpoint }
  | Connected
  | Disconnected
  | { kind: 'taken-over'; clientId: string }
  | { kind: 'connack'; to: string; code: number }
  | Publish
  | { kind: 'subscribe' | 'unsubscribe' | 'seen' | 'answered'; clientId: string }
  /** A line of its own below a subscribe, an unsubscribe or a connect with a will. */
  | { kind: 'indented'; text: string }
  | { kind: 'broker'; step: 'starting' | 'running' | 'terminating'; version: string }
  /** The broker gives up messages to a client that reads too slowly. */
  | { kind: 'dropping'; clientId: string }
  /** The journal gave up lines of the broker's. */
  | { kind: 'suppressed'; lines: number }
  | { kind: 'other' }
  /** It begins like one of the above, but goes on like none. */
  | { kind: 'unreadable' }

export interface Connected {
  kind: 'connected'
  clientId: string
  username: string | null
  address: string
  endpoint: Endpoint
  /** The client says something at least this often; 0: whenever it likes. */
  keepaliveMs: number
}

export interface Disconnected {
  kind: 'disconnected'
  /** Also of a client that was refused; `<unknown>` or its address where the broker knows no id. */
  clientId: string
  reason: DisconnectReason
  /** The whole text before the reason: what `clientId` is where a client's id ends like an endpoint. */
  longerId: string
  /** From Mosquitto 2.1 on. */
  address: string | null
  endpoint: Endpoint | null
  /** The reason is one that refused logins have, too. */
  isRefusal: boolean
}

export interface Publish {
  kind: 'publish'
  /** As the broker sees it: received from a client, sent to it, or denied to it. */
  way: 'received' | 'sent' | 'denied'
  /** How the line can be read, the longest client id first; nearly always one. */
  readings: readonly PublishReading[]
  /** Bytes of payload; null where the line was cut before it says. */
  bytes: number | null
}

export interface PublishReading {
  clientId: string
  isDuplicate: boolean
  qos: number
  messageId: number
}

const other: LogEvent = { kind: 'other' }
const unreadable: LogEvent = { kind: 'unreadable' }

/** Mosquitto cuts its lines at 999 bytes, time included. A cut line may end in the middle of a character. */
const cutAtBytes = 998

const syslogPrefix =
  /^(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT[\d:.]{8,15}(?:Z|[+-]\d\d:?\d\d)) \S+ mosquitto\[\d+\]: /
const unixTime = /^(\d{9,11}): /
const isoTime = /^(\d{4}-?\d\d-?\d\d)[T ](\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:?\d\d)?: /

/** Takes off what a syslog daemon put before a line of Mosquitto's. */
export function withoutSyslogPrefix(line: string): string {
  return line.replace(syslogPrefix, '')
}

/** True where Mosquitto may have cut the line: its end cannot be trusted. */
export function isCut(line: string): boolean {
  return line.length * 3 >= cutAtBytes && Buffer.byteLength(line) >= cutAtBytes
}

/** The text of a line without the time before it. */
export function textOf(line: string): string {
  const time = unixTime.exec(line) ?? isoTime.exec(line)
  return time ? line.slice(time[0].length) : line
}

/** When a line was written, epoch ms; null where it does not say. A time without a zone is this machine's. */
export function writtenAt(line: string): number | null {
  const seconds = unixTime.exec(line)?.[1]
  if (seconds !== undefined) return Number(seconds) * 1000
  const time = isoTime.exec(line)
  if (!time) return null
  const [, day = '', clock = '', zone = ''] = time
  const dashed = day.includes('-') ? day : `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`
  const at = Date.parse(`${dashed}T${clock}${zone.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2')}`)
  return Number.isNaN(at) ? null : at
}

/** Reads a line's text. `wasCut`: its end is missing. */
export function readLogText(text: string, wasCut: boolean): LogEvent {
  if (text.startsWith('\t')) return { kind: 'indented', text: text.slice(1) }
  for (const [opening, read] of readers) {
    if (text.startsWith(opening)) return read(text.slice(opening.length), wasCut)
  }
  return other
}

/** The bare address of an endpoint or a name, or null where it is none. IPv4 is written as IPv4. */
export function addressOf(text: string): string | null {
  const bare = text.replace(/^::ffff:(?=\d+\.)/i, '')
  return isIP(bare) ? bare : null
}

type Reader = (rest: string, wasCut: boolean) => LogEvent

/** By how a line begins, the most frequent first. */
const readers: readonly (readonly [string, Reader])[] = [
  ['Sending PUBLISH to ', publishReader('sent')],
  ['Received PUBLISH from ', publishReader('received')],
  ['Received PINGREQ from ', named('seen')],
  ['Received SUBSCRIBE from ', named('subscribe')],
  ['Received UNSUBSCRIBE from ', named('unsubscribe')],
  ['Sending SUBACK to ', named('answered')],
  ['Sending UNSUBACK to ', named('answered')],
  ['Sending CONNACK to ', readConnack],
  ['New connection from ', readAccepted],
  ['New client connected from ', readConnected],
  ['New bridge connected from ', readConnected],
  ['Client ', readClient],
  ['Denied PUBLISH from ', publishReader('denied')],
  ['Dropped too large PUBLISH from ', publishReader('received')],
  ['Bad socket read/write on client ', readBadSocket],
  ['Socket error on client ', readSocketError],
  ['Outgoing messages are being dropped for client ', readDropping],
  ['mosquitto version ', readBroker],
  ['Suppressed ', readSuppressed],
]

function named(kind: 'subscribe' | 'unsubscribe' | 'seen' | 'answered'): Reader {
  return (clientId, wasCut) => (wasCut ? unreadable : { kind, clientId })
}

const publishFlags = / \(d([01]), q([0-2]), r[01], m(\d{1,5}), '/g
const publishEnd = /', \.\.\. \((\d{1,10}) bytes\)\)$/

function publishReader(way: Publish['way']): Reader {
  return (rest, wasCut) => {
    const end = wasCut ? null : publishEnd.exec(rest)
    if (!end && !wasCut) return unreadable
    const found = [...rest.slice(0, end?.index).matchAll(publishFlags)]
    if (found.length === 0) return unreadable
    const readings = found.map((flags) => readingOf(rest, flags)).reverse()
    return { kind: 'publish', way, readings, bytes: end ? Number(end[1]) : null }
  }
}

function readingOf(rest: string, flags: RegExpExecArray): PublishReading {
  const [, duplicate, qos, messageId] = flags
  return {
    clientId: rest.slice(0, flags.index),
    isDuplicate: duplicate === '1',
    qos: Number(qos),
    messageId: Number(messageId),
  }
}

function readConnack(rest: string, wasCut: boolean): LogEvent {
  const parts = /^(.*) \(\d+, (\d+)\)$/.exec(rest)
  if (!parts || wasCut) return unreadable
  return { kind: 'connack', to: String(parts[1]), code: Number(parts[2]) }
}

function readAccepted(rest: string): LogEvent {
  const endpoint = /^(\S+:\d+) on port \d+\.$/.exec(rest)?.[1]
  return endpoint === undefined ? other : { kind: 'accepted', endpoint }
}

/** Greedy, so that an id cannot pretend to have a user name: the last one is the broker's word. */
const connectedRest = /^(\S+):(\d+) as (.*) \(p\d+, c[01], k(\d+)(?:, u'(.*)')?\)\.$/

function readConnected(rest: string, wasCut: boolean): LogEvent {
  const parts = wasCut ? null : connectedRest.exec(rest)
  if (!parts) return unreadable
  const [, host = '', port = '', clientId = '', keepalive, username] = parts
  return {
    kind: 'connected',
    clientId,
    username: username ?? null,
    address: addressOf(host) ?? host,
    endpoint: `${host}:${port}`,
    keepaliveMs: Number(keepalive) * 1000,
  }
}

/** The visible part of an id so long that its connect line was cut, or null. */
export function longIdOf(text: string): string | null {
  return /^New (?:client|bridge) connected from \S+:\d+ as (.*)$/.exec(text)?.[1] ?? null
}

const takenOver = ' already connected, closing old connection.'
/** Mosquitto 2.1 and later. No reason has brackets in it, nor the word before it. */
const withEndpoint =
  /^(.*) \[([^\s[\]]+):(\d+)\] disconnected(?:: ((?:(?! disconnected)[^.[\]])*))?\.$/

function readClient(rest: string, wasCut: boolean): LogEvent {
  if (wasCut) return unreadable
  if (rest.endsWith(takenOver)) {
    return { kind: 'taken-over', clientId: rest.slice(0, -takenOver.length) }
  }
  for (const [ending, reason] of endings) {
    if (rest.endsWith(ending)) return ended(rest.slice(0, -ending.length), reason)
  }
  const parts = withEndpoint.exec(rest)
  return parts ? endedAt(parts) : readReason(rest)
}

/** Of Mosquitto 2.0; no line of 2.1 ends like this. */
const endings: readonly (readonly [string, DisconnectReason])[] = [
  [' closed its connection.', 'CONNECTION_LOST'],
  [' has exceeded timeout, disconnecting.', 'MQTT_KEEP_ALIVE_TIMEOUT'],
  [' been disconnected by administrative action.', 'API_INITIATED_DISCONNECT'],
]

function endedAt([, clientId = '', host = '', port = '', words]: RegExpExecArray): Disconnected {
  const endpoint = `${host}:${port}`
  return {
    ...ended(clientId, words === undefined ? 'CLIENT_INITIATED_DISCONNECT' : reasonOf(words)),
    longerId: `${clientId} [${endpoint}]`,
    address: addressOf(host) ?? host,
    endpoint,
    isRefusal: words !== undefined && refusalIn(words),
  }
}

const disconnectedOnly = ' disconnected.'

/** Greedy, so that an id which looks like the end of a line is not taken for one. */
const worded = /^(.*) disconnected(?: due to |, |: )([^.]*)\.$/

function readReason(rest: string): LogEvent {
  if (rest.endsWith(disconnectedOnly)) {
    return ended(rest.slice(0, -disconnectedOnly.length), 'CLIENT_INITIATED_DISCONNECT')
  }
  const parts = worded.exec(rest)
  if (!parts) return other
  const [, clientId = '', words = ''] = parts
  return { ...ended(clientId, reasonOf(words)), isRefusal: refusalIn(words) }
}

function ended(clientId: string, reason: DisconnectReason): Disconnected {
  const nowhere = { address: null, endpoint: null, isRefusal: false }
  return { kind: 'disconnected', clientId, longerId: clientId, reason, ...nowhere }
}

function readBadSocket(rest: string): LogEvent {
  const clientId = /^(.*): [^:]*$/.exec(rest)?.[1]
  return clientId === undefined ? other : ended(clientId, 'CONNECTION_LOST')
}

function readSocketError(rest: string): LogEvent {
  const clientId = /^(.*), disconnecting\.$/.exec(rest)?.[1]
  return clientId === undefined ? other : ended(clientId, 'CONNECTION_LOST')
}

function readDropping(rest: string): LogEvent {
  return rest.endsWith('.') ? { kind: 'dropping', clientId: rest.slice(0, -1) } : other
}

function readBroker(rest: string): LogEvent {
  const parts = /^(\S+) (starting|running|terminating)$/.exec(rest)
  const step = parts?.[2]
  if (step !== 'starting' && step !== 'running' && step !== 'terminating') return other
  return { kind: 'broker', step, version: String(parts?.[1]) }
}

function readSuppressed(rest: string): LogEvent {
  const lines = /^(\d{1,9}) messages from \S+$/.exec(rest)?.[1]
  return lines === undefined ? other : { kind: 'suppressed', lines: Number(lines) }
}
