/** What Mosquitto publishes of itself, `$SYS/broker/...`: it tells whether what was seen is all there was. */
export interface BrokerCounters {
  version: string | null
  /** Whole seconds since the broker started. */
  uptimeSeconds: number | null
  /** Messages that the broker gave up, to whomever, since it started. */
  dropped: number | null
  connectedClients: number | null
}

/** What a change of a counter means. */
export type CounterNews =
  | { kind: 'restarted' }
  /** So many more messages were given up. */
  | { kind: 'dropped'; messages: number }
  | { kind: 'clients' }

export const counterFilters = [
  '$SYS/broker/version',
  '$SYS/broker/uptime',
  '$SYS/broker/publish/messages/dropped',
  '$SYS/broker/clients/connected',
] as const

export function createBrokerCounters(): BrokerCounters {
  return { version: null, uptimeSeconds: null, dropped: null, connectedClients: null }
}

/** Takes a message of `$SYS`; null where it is no counter, or says nothing new. */
export function takeCounter(
  counters: BrokerCounters,
  topic: string,
  payload: string,
): CounterNews | null {
  switch (topic) {
    case '$SYS/broker/version':
      counters.version = /^mosquitto version (\S{1,32})$/.exec(payload)?.[1] ?? null
      return null
    case '$SYS/broker/uptime':
      return takeUptime(counters, wholeNumber(payload.replace(/ seconds?$/, '')))
    case '$SYS/broker/publish/messages/dropped':
      return takeDropped(counters, wholeNumber(payload))
    case '$SYS/broker/clients/connected':
      counters.connectedClients = wholeNumber(payload)
      return { kind: 'clients' }
    default:
      return null
  }
}

/** A broker that is up for less time than before was started anew. */
function takeUptime(counters: BrokerCounters, seconds: number | null): CounterNews | null {
  const before = counters.uptimeSeconds
  counters.uptimeSeconds = seconds
  if (before === null || seconds === null || seconds >= before) return null
  counters.dropped = 0
  return { kind: 'restarted' }
}

function takeDropped(counters: BrokerCounters, dropped: number | null): CounterNews | null {
  const before = counters.dropped
  counters.dropped = dropped
  if (before === null || dropped === null || dropped <= before) return null
  return { kind: 'dropped', messages: dropped - before }
}

function wholeNumber(text: string): number | null {
  return /^\d{1,15}$/.test(text) ? Number(text) : null
}
