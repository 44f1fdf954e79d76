import { z } from 'zod'
import { Refusal } from '../refusal.ts'
import type { Party } from './identity.ts'
import type { DisconnectReason } from './presence.ts'

/** What EMQX tells of a client, by a system topic or by Picket's rule. */
export type EmqxEvent =
  | { kind: 'connected'; party: Party & { clientId: string }; connectedAt: number | null }
  | {
      kind: 'disconnected'
      clientId: string
      reason: DisconnectReason
      /** When the connection that ended began: tells it from others. */
      connectedAt: number | null
      disconnectedAt: number | null
    }
  | { kind: 'refused'; party: Party }
  | { kind: 'denied'; clientId: string }
  /** `topic`: null where an earlier rule of Picket's does not tell. */
  | { kind: 'sent'; clientId: string; bytes: number; topic: string | null }
  | { kind: 'received'; clientId: string }
  /** Known, and of no interest. */
  | { kind: 'other' }

/** One level more than client ids have levels: they may contain `/`. */
export const emqxSystemFilter = '$SYS/brokers/+/clients/#'

/** An event is small; the longest thing in it is a name. */
const mostBytes = 65_536

/** Client ids that are longer name no device. */
const longestClientId = 1024

/** Erlang's `undefined` comes as text, so a user of that name is nobody too. */
const nothing = ['undefined', 'null', '']

const word = z
  .union([z.string(), z.number(), z.boolean(), z.null()])
  .transform((value) =>
    typeof value === 'string' && !nothing.includes(value) && value.length <= longestClientId
      ? value
      : null,
  )
  .catch(null)

const instant = z.number().nullable().catch(null)

const systemEvent = z.object({
  clientid: z.string().min(1).max(longestClientId),
  username: word.default(null),
  ipaddress: word.default(null),
  reason: word.default(null),
  connected_at: instant.default(null),
  disconnected_at: instant.default(null),
})

/**
 * Reads `$SYS/brokers/{node}/clients/{clientid}/connected` or `.../disconnected`. Throws a Refusal.
 * Source: EMQX 5, `emqx_sys.erl`; docs "System Topic".
 */
export function readSystemEvent(topic: string, payload: Uint8Array): EmqxEvent {
  const parts = /^\$SYS\/brokers\/[^/]+\/clients\/(.+)\/([a-z]+)$/s.exec(topic)
  const [, topicClientId, event] = parts ?? []
  if (event !== 'connected' && event !== 'disconnected') return { kind: 'other' }
  const fields = parsed(systemEvent, payload)
  const { clientid: clientId, username, ipaddress: address } = fields
  if (clientId !== topicClientId) throw new Refusal('malformed', 'topic and payload differ')
  if (event === 'connected') {
    const party = { clientId, username, certificateName: null, address }
    return { kind: 'connected', party, connectedAt: fields.connected_at }
  }
  return disconnection({ ...fields, clientId })
}

const ruleEvent = z.object({
  picket: z.literal(1),
  event: z.string(),
  clientid: z.string().max(longestClientId),
  username: word.default(null),
  peername: word.default(null),
  reason: word.default(null),
  reason_code: word.default(null),
  connected_at: instant.default(null),
  disconnected_at: instant.default(null),
  bytes: z.number().int().min(0).catch(-1).default(-1),
  sent_on: word.default(null),
})
type RuleEvent = z.infer<typeof ruleEvent>

/** Why EMQX refuses a login; other refusals (server busy, bad packet) are no authorization failures. */
const refusals = [
  'bad_username_or_password',
  'not_authorized',
  'banned',
  'bad_authentication_method',
  'bad_clientid_or_password',
]

/** Reads what Picket's rule (`emqx-rule.ts`) republishes. Throws a Refusal. */
export function readRuleEvent(payload: Uint8Array): EmqxEvent {
  const fields = parsed(ruleEvent, payload)
  const { event, clientid: clientId } = fields
  if (event === 'client.connack') return connack(fields)
  if (clientId === '') throw new Refusal('malformed', 'an event without a client id')
  if (event === 'message.publish') return publication(clientId, fields)
  if (event === 'message.delivered') return { kind: 'received', clientId }
  if (event === 'client.check_authz_complete') return { kind: 'denied', clientId }
  if (event === 'client.disconnected') return disconnection({ ...fields, clientId })
  if (event !== 'client.connected') return { kind: 'other' }
  const party = { ...partyOf(fields), clientId }
  return { kind: 'connected', party, connectedAt: fields.connected_at }
}

function connack(fields: RuleEvent): EmqxEvent {
  const isRefused = refusals.includes(fields.reason_code ?? '')
  return isRefused ? { kind: 'refused', party: partyOf(fields) } : { kind: 'other' }
}

function publication(clientId: string, { bytes, sent_on: topic }: RuleEvent): EmqxEvent {
  if (bytes < 0)
    throw new Refusal('malformed', 'a message without its size: is the rule the printed one?')
  return { kind: 'sent', clientId, bytes, topic }
}

function partyOf({ clientid, username, peername }: RuleEvent): Party {
  return {
    clientId: clientid === '' ? null : clientid,
    username,
    certificateName: null,
    address: peername === null ? null : withoutPort(peername),
  }
}

/** `192.0.2.1:1883`, `::1:1883`, `[::1]:1883`. */
function withoutPort(peername: string): string {
  return peername.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
}

function disconnection(fields: {
  clientId: string
  reason: string | null
  connected_at: number | null
  disconnected_at: number | null
}): EmqxEvent {
  const { clientId, connected_at: connectedAt, disconnected_at: disconnectedAt } = fields
  const reason = reasons.get(fields.reason ?? '') ?? 'UNKNOWN'
  return { kind: 'disconnected', clientId, reason, connectedAt, disconnectedAt }
}

/** EMQX's words for the end of a connection. */
const reasons = new Map<string, DisconnectReason>([
  ['normal', 'CLIENT_INITIATED_DISCONNECT'],
  ['keepalive_timeout', 'MQTT_KEEP_ALIVE_TIMEOUT'],
  ['tcp_closed', 'CONNECTION_LOST'],
  ['ssl_closed', 'CONNECTION_LOST'],
  ['sock_closed', 'CONNECTION_LOST'],
  ['closed', 'CONNECTION_LOST'],
  ['einval', 'CONNECTION_LOST'],
  ['etimedout', 'CONNECTION_LOST'],
  ['takenover', 'DUPLICATE_CLIENTID'],
  ['takeovered', 'DUPLICATE_CLIENTID'],
  ['discarded', 'DUPLICATE_CLIENTID'],
  ['kicked', 'API_INITIATED_DISCONNECT'],
  ['kickout', 'API_INITIATED_DISCONNECT'],
  ['not_authorized', 'AUTH_ERROR'],
  ['banned', 'FORBIDDEN_ACCESS'],
  ['quota_exceeded', 'THROTTLED'],
  ['message_rate_too_high', 'THROTTLED'],
  ['server_shutting_down', 'SERVER_INITIATED_DISCONNECT'],
  ['malformed_packet', 'CLIENT_ERROR'],
  ['protocol_error', 'CLIENT_ERROR'],
  ['frame_too_large', 'CLIENT_ERROR'],
])

const utf8 = new TextDecoder()

function parsed<Output>(schema: z.ZodType<Output>, payload: Uint8Array): Output {
  if (payload.length > mostBytes) {
    throw new Refusal('oversized', `an event of ${payload.length} bytes; the most is ${mostBytes}`)
  }
  const result = schema.safeParse(jsonOf(payload))
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new Refusal('malformed', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`)
}

function jsonOf(payload: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(payload))
  } catch {
    throw new Refusal('malformed', 'an event that is not JSON')
  }
}
