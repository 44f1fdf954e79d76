import { z } from 'zod'
import { Refusal } from '../refusal.ts'
import type { DisconnectReason } from './presence.ts'

/** What to subscribe to; `#` alone does not match topics with `$`. */
export const lifecycleFilters = ['connected', 'disconnected', 'connect_failed'].map(
  (event) => `$aws/events/presence/${event}/+`,
)

const name = z.string().min(1).max(128)

const common = {
  /** AWS allows 128 bytes. */
  clientId: name,
  /** Only of a client that connected as its thing alone, which its certificate was checked for. */
  thingName: name.nullish().transform((thing) => thing ?? null),
  /** Epoch ms. */
  timestamp: z.number().int().min(0),
  /** One number for a session, whatever happens to the messages. */
  sessionIdentifier: z.string().max(128).default(''),
}

/** Grows with each connection of a client id, and falls to 0 after about an hour without one. */
const versionNumber = z.number().int().min(0)

const address = z
  .string()
  .max(64)
  .nullish()
  .transform((text) => text ?? null)

const reasons = [
  'CLIENT_INITIATED_DISCONNECT',
  'CONNECTION_LOST',
  'MQTT_KEEP_ALIVE_TIMEOUT',
  'DUPLICATE_CLIENTID',
  'CLIENT_ERROR',
  'SERVER_INITIATED_DISCONNECT',
  'API_INITIATED_DISCONNECT',
  'AUTH_ERROR',
  'THROTTLED',
  'SERVER_ERROR',
  'FORBIDDEN_ACCESS',
] as const satisfies readonly DisconnectReason[]

const lifecycleEvent = z.discriminatedUnion('eventType', [
  z.object({
    eventType: z.literal('connected'),
    ...common,
    versionNumber,
    ipAddress: address,
  }),
  z.object({
    eventType: z.literal('disconnected'),
    ...common,
    versionNumber,
    // AWS may add reasons; a connection that ended has ended all the same.
    disconnectReason: z.union([z.enum(reasons), z.literal('UNKNOWN')]).catch('UNKNOWN'),
  }),
  z.object({
    eventType: z.literal('connect_failed'),
    ...common,
    ipAddress: address,
    connectFailureReason: z.string().max(128).default('AUTHORIZATION_FAILED'),
  }),
])

/** An AWS IoT lifecycle event. */
export type LifecycleEvent = z.infer<typeof lifecycleEvent>
/** One of a connection, which has an order. */
export type ConnectionEvent = Exclude<LifecycleEvent, { eventType: 'connect_failed' }>

/** Client ids have 128 bytes, things too; the rest is short. */
const mostBytes = 8192

const utf8 = new TextDecoder()

/**
 * Reads an event. Throws a Refusal where it is none, or its topic names another client or event.
 * Source: AWS IoT Core developer guide, "Lifecycle events".
 */
export function readLifecycleEvent(topic: string, payload: Uint8Array): LifecycleEvent {
  if (payload.length > mostBytes) {
    throw new Refusal('oversized', `an event of ${payload.length} bytes; the most is ${mostBytes}`)
  }
  const result = lifecycleEvent.safeParse(jsonOf(payload))
  if (!result.success) {
    const [issue] = result.error.issues
    throw new Refusal('malformed', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`)
  }
  const event = result.data
  const own = `$aws/events/presence/${event.eventType}/${event.clientId}`
  if (topic !== own) throw new Refusal('malformed', 'topic and payload differ')
  return event
}

function jsonOf(payload: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(payload))
  } catch {
    throw new Refusal('malformed', 'an event that is not JSON')
  }
}
