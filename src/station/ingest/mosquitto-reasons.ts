import type { DisconnectReason } from './presence.ts'

/** Words of Mosquitto 2.0 and 2.1 for the end of a connection, and what AWS would call it. */
const reasons: readonly (readonly [RegExp, DisconnectReason])[] = [
  [/^connection closed by client$|^success$/i, 'CONNECTION_LOST'],
  [/exceeded timeout|keepalive/i, 'MQTT_KEEP_ALIVE_TIMEOUT'],
  [/session taken over/i, 'DUPLICATE_CLIENTID'],
  [/administrative action/i, 'API_INITIATED_DISCONNECT'],
  [
    /not authorised|bad username or password|bad authentication method|client banned/i,
    'AUTH_ERROR',
  ],
  [/client identifier not valid|non-matching http origin/i, 'AUTH_ERROR'],
  [/quota exceeded|connection rate exceeded|receive maximum/i, 'THROTTLED'],
  [/out of memory|server unavailable|server busy|implementation specific/i, 'SERVER_ERROR'],
  [
    /malformed|protocol error|oversize|too large|qos too high|not allowed feature|topic alias/i,
    'CLIENT_ERROR',
  ],
]

/** A reason in Mosquitto's words, without the full stop. Words of the operating system are a lost connection. */
export function reasonOf(words: string): DisconnectReason {
  return reasons.find(([pattern]) => pattern.test(words))?.[1] ?? 'CONNECTION_LOST'
}

const refusals =
  /not authorised|bad username or password|bad authentication method|client banned|client identifier not valid/i

/** True for words that a refused login ends with. */
export function refusalIn(words: string): boolean {
  return refusals.test(words)
}

/** Return codes of MQTT 3.1.1 (4, 5) and reason codes of MQTT 5 that say who may not connect. */
const authorizationCodes = new Set([4, 5, 134, 135, 138, 140])

/** True for a CONNACK that refuses a login, rather than a protocol or a busy server. */
export function isAuthorizationCode(code: number): boolean {
  return authorizationCodes.has(code)
}
