import type { ConnectionEvent } from './aws-lifecycle-events.ts'

/** An event of a connection, in its place. */
export interface OrderedEvent {
  event: ConnectionEvent
  /** When it arrived, epoch ms. */
  at: number
  /** Tells the connection from others of the same client id. */
  key: number
}

interface Waiting {
  event: ConnectionEvent
  at: number
}

/** What is known of a client id. */
interface Client {
  waiting: Waiting[]
  /** The last event that was let go. */
  last: ConnectionEvent | null
  /** How often its version numbers began anew. */
  resets: number
  /** Marks of recent events: what comes again is a duplicate. */
  seen: string[]
}

/**
 * Puts lifecycle events into order: AWS may send them out of it, and twice. Each waits a few seconds for others of
 * its client id that belong before it.
 */
export interface LifecycleOrder {
  clients: Map<string, Client>
  /** Events that wait. */
  held: number
  /** Client ids that are remembered, and events that may wait. */
  most: number
}

/** How long AWS suggests to wait before a disconnect is believed. */
export const lifecycleWaitMs = 5000

/** Version numbers begin anew after about an hour without a connection; events are not late by half of that. */
const resetAfterMs = 30 * 60_000

const recentEvents = 8

/** A client has few events a second; far apart from the next reset's. */
const versionsPerReset = 2 ** 32

export function createLifecycleOrder(most: number): LifecycleOrder {
  return { clients: new Map(), held: 0, most }
}

/** Whether an event that was told is news, duplicate of an earlier one, or one too many to keep. */
export type Admission = 'new' | 'duplicate' | 'full'

/** Looks whether an event came before; `mark` is the same for both. */
export function admitOnce(order: LifecycleOrder, clientId: string, mark: string): Admission {
  const { seen } = clientOf(order, clientId)
  if (seen.includes(mark)) return 'duplicate'
  seen.push(mark)
  if (seen.length > recentEvents) seen.shift()
  return 'new'
}

/** Takes an event of a connection that arrived at `at`, to be let go in its turn. */
export function addEvent(order: LifecycleOrder, event: ConnectionEvent, at: number): Admission {
  if (order.held >= order.most) return 'full'
  const { eventType, versionNumber, timestamp, clientId } = event
  const admission = admitOnce(order, clientId, `${eventType} ${versionNumber} ${timestamp}`)
  if (admission !== 'new') return admission
  clientOf(order, clientId).waiting.push({ event, at })
  order.held += 1
  return 'new'
}

/** Lets go what has waited long enough, with what belongs before it; all of it where `now` is Infinity. */
export function takeDue(order: LifecycleOrder, now: number): OrderedEvent[] {
  if (order.held === 0) return []
  const due: OrderedEvent[] = []
  for (const client of order.clients.values()) {
    if (client.waiting.length > 0) due.push(...takeDueOf(client, now))
  }
  order.held -= due.length
  return due.sort((one, other) => one.at - other.at)
}

function takeDueOf(client: Client, now: number): OrderedEvent[] {
  client.waiting.sort(({ event: one }, { event: other }) => placeOf(one) - placeOf(other))
  const last = client.waiting.findLastIndex(({ at }) => now - at >= lifecycleWaitMs)
  const taken = client.waiting.splice(0, last + 1)
  // Told in this order, so none may seem to have arrived before the one that belongs before it.
  let latest = 0
  return taken.map(({ event, at }) => {
    latest = Math.max(latest, at)
    return { event, at: latest, key: keyOf(client, event) }
  })
}

/** A connection begins before it ends. */
function placeOf({ versionNumber, eventType }: ConnectionEvent): number {
  return versionNumber * 2 + (eventType === 'connected' ? 0 : 1)
}

function keyOf(client: Client, event: ConnectionEvent): number {
  if (client.last && isReset(client.last, event)) client.resets += 1
  client.last = event
  return client.resets * versionsPerReset + event.versionNumber
}

function isReset(last: ConnectionEvent, { versionNumber, timestamp }: ConnectionEvent): boolean {
  if (timestamp - last.timestamp < resetAfterMs) return false
  const isSameAgain = versionNumber === last.versionNumber && last.eventType === 'disconnected'
  return versionNumber < last.versionNumber || isSameAgain
}

/** The newest is last; where there are too many, the oldest that has nothing waiting gives way. */
function clientOf(order: LifecycleOrder, clientId: string): Client {
  const known = order.clients.get(clientId)
  if (known) return known
  const client = { waiting: [], last: null, resets: 0, seen: [] }
  if (order.clients.size >= order.most) forgetOldest(order)
  order.clients.set(clientId, client)
  return client
}

function forgetOldest({ clients }: LifecycleOrder): void {
  for (const [clientId, { waiting }] of clients) {
    if (waiting.length > 0) continue
    clients.delete(clientId)
    return
  }
}
