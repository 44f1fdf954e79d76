import type { PublishPacket, Subscription } from 'aedes'
import type { EmbeddedBrokerSettings } from '../settings.ts'
import { deniedTopic, type Access } from './embedded-broker-access.ts'
import type { Blocks } from './embedded-broker-blocks.ts'
import { tallySent, type Connection, type OpenSession } from './embedded-broker-connection.ts'
import type { Outbox } from './embedded-broker-outbox.ts'
import type { Party } from './identity.ts'
import type { PublishedTopics } from './published-topics.ts'
import { parseReportTopic } from './report-topic.ts'

type Done = (error?: Error | null) => void

/** What goes through the broker: counted, handed on, or denied. */
export interface Passage {
  /** This packet is a client's last will, should it ever be published. */
  noteWill(will: object): void
  published(connection: Connection, packet: PublishPacket, done: Done): void
  granted(connection: Connection | undefined, asked: Subscription): Subscription | null
  delivered(connection: Connection | undefined): void
}

interface PassageRules {
  settings: EmbeddedBrokerSettings
  outbox: Outbox
  access: Access
  blocks: Blocks
  topics: PublishedTopics
}

export function createPassage(rules: PassageRules): Passage {
  const { outbox, access, blocks } = rules
  /** Published by the broker for a client that is gone. */
  const wills = new WeakSet<object>()

  function published(connection: Connection, packet: PublishPacket, done: Done): void {
    const { session } = connection
    if (!session) return done(null)
    if (connection.isBlocked) return done(keptOut())
    const mayPublish = access.mayPublish(session.names, packet.topic)
    if (wills.has(packet)) {
      const isFine = mayPublish && !blocks.isSilenced(packet.topic)
      return done(isFine ? null : new Error('may not be published'))
    }
    if (!mayPublish && noteDenial(rules, connection))
      return done(new Error('may not publish there'))
    if (mayPublish) take(rules, session, packet)
    else silence(packet)
    outbox.whenRoom(() => done(connection.isBlocked ? keptOut() : null))
  }

  return {
    noteWill: (will) => void wills.add(will),
    published,
    granted(connection, asked) {
      if (access.maySubscribe(connection?.session?.names ?? [], asked.topic)) return asked
      if (connection) countDenied(outbox, connection)
      return null
    },
    delivered(connection) {
      const session = connection?.session
      if (!session || session.isEnded) return
      session.tally.received += 1
      outbox.tally(session.tally)
    },
  }
}

function take(rules: PassageRules, session: OpenSession, packet: PublishPacket): void {
  const isSilenced = rules.blocks.isSilenced(packet.topic)
  // A duplicate is the same message once more.
  if (!packet.dup) {
    tallySent(session.tally, packet.payload.length)
    noteTopic(rules, session.party, packet.topic)
    if (!isSilenced) handOn(rules, session, packet)
    rules.outbox.tally(session.tally)
  }
  if (isSilenced) silence(packet)
}

/**
 * Counts a denial. True where the connection is to end for it: MQTT 3.1.1 knows two ways to refuse a publish, to hang
 * up, or to take it and let nobody have it.
 */
function noteDenial({ settings, outbox }: PassageRules, connection: Connection): boolean {
  countDenied(outbox, connection)
  if (settings.whenDenied !== 'disconnect') return false
  connection.endReason = 'FORBIDDEN_ACCESS'
  return true
}

function countDenied(outbox: Outbox, { session }: Connection): void {
  if (!session || session.isEnded) return
  session.tally.denied += 1
  outbox.tally(session.tally)
}

function handOn({ outbox, access }: PassageRules, session: OpenSession, packet: PublishPacket) {
  const topic = parseReportTopic(packet.topic)
  if (!topic) return
  const isSenderAllowed = access.speaksFor(session.names, topic.thingName)
  if (!isSenderAllowed) session.tally.denied += 1
  const payload = Buffer.from(packet.payload)
  outbox.report({ topic: packet.topic, payload, isSenderAllowed })
}

/** Of who published it, and of whom it was published for. */
function noteTopic({ access, topics }: PassageRules, party: Party, topic: string): void {
  const [name, owner] = [access.nameOf(party), access.ownerOf(topic)]
  if (name !== null) topics.note(name, topic)
  if (owner !== null && owner !== name) topics.note(owner, topic)
}

/** It is taken, so that the client goes on, and nobody gets it. */
function silence(packet: PublishPacket): void {
  packet.topic = deniedTopic
  packet.payload = Buffer.alloc(0)
  packet.retain = false
}

function keptOut(): Error {
  return new Error('is kept out')
}
