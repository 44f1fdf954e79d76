import type { DataLoser } from '../../contract/model/quarantine.ts'
import { isSubscribed } from './device-topic.ts'
import type { DeviceSeen } from './source.ts'
import { createPublishedTopics, type PublishedTopics } from './published-topics.ts'

/** Who publishes where and who is subscribed to what, as far as the lines of a log told. Bounded. */
export interface Audience {
  /** By client id. */
  topics: PublishedTopics
  /** By client id: of those who are there, and of those whose session the broker keeps. */
  filters: Map<string, Set<string>>
  /** Clients remembered. */
  most: number
}

/** Of one client. */
const mostFilters = 100

export function createAudience(most: number): Audience {
  return { topics: createPublishedTopics(most), filters: new Map(), most }
}

const publishEnd = /^ \(d[01], q[0-2], r[01], m\d{1,5}, '(.*)', \.\.\. \(\d{1,10} bytes\)\)$/
const publishStart = 'Received PUBLISH from '

/** `text`: the line of a message that the broker took from this client. */
export function notePublish({ topics }: Audience, text: string, clientId: string): void {
  const topic = publishEnd.exec(text.slice(publishStart.length + clientId.length))?.[1]
  if (topic !== undefined) topics.note(clientId, topic)
}

export function noteGrant({ filters, most }: Audience, clientId: string, filter: string): void {
  const own = filters.get(clientId) ?? new Set()
  if (own.size < mostFilters) own.add(filter)
  if (filters.has(clientId) || filters.size < most) filters.set(clientId, own)
}

export function noteUnsubscribed({ filters }: Audience, clientId: string, filter: string): void {
  filters.get(clientId)?.delete(filter)
}

const cleanSession = / \(p\d+, c1, k\d+(?:, u'.*')?\)\.$/

/** `text`: the line of its connect. Who begins anew is subscribed to nothing. */
export function noteConnect({ filters }: Audience, text: string, clientId: string): void {
  if (cleanSession.test(text)) filters.delete(clientId)
}

/** The broker began anew: what it kept, the log does not tell. */
export function forgetAudience({ filters }: Audience): void {
  filters.clear()
}

/** Null: nothing was seen of the device. */
export function audienceIn(
  { topics, filters }: Audience,
  { clientIds }: DeviceSeen,
): DataLoser[] | null {
  const published = clientIds.flatMap((clientId) => [...(topics.of(clientId) ?? [])])
  if (published.length === 0) return null
  return [...filters].flatMap(([client, own]) => {
    const heard = [...own].filter((filter) =>
      published.some((topic) => isSubscribed(filter, topic)),
    )
    return heard.map((filter) => ({ client, filter }))
  })
}
