import { createHash, randomBytes } from 'node:crypto'
import { connect, type MqttClient } from 'mqtt'
import type { NotificationTarget } from '../../contract/model/mitigation.ts'
import { loginOptions } from '../ingest/link-credentials.ts'
import type { OwnLinks } from '../ingest/own-links.ts'
import { failureSentence } from '../probe/link-failure.ts'
import type { Clock } from '../ports.ts'
import { refused, unsent, withAttempts } from './attempts.ts'
import type { Notification } from './notification.ts'

type Topic = Extract<NotificationTarget, { kind: 'mqtt' }>

/** What an MQTT client of Picket's must be made known to. */
export interface OwnConnections {
  clock: Clock
  links: OwnLinks
  ownClients: Set<string>
}

/** Real milliseconds for a connection, and for the broker's word that it has the message. */
const patienceMs = 10_000

/** Of this run of Picket: another one may tell the same topic. */
const run = randomBytes(4).toString('hex')

/** Publishes the notification as JSON with QoS 1. Throws NOTIFICATION_UNSENT or NOTIFICATION_REFUSED. */
export function sendToTopic(
  target: Topic,
  secret: string | null,
  { message, connections }: { message: Notification; connections: OwnConnections },
): Promise<void> {
  const where = new URL(target.url).host
  return withAttempts(connections.clock, async () => {
    const client = clientFor(target, secret, connections)
    try {
      await inTime(connections.clock, published(client, target.topic, JSON.stringify(message)))
    } catch (error) {
      throw isAnswer(error)
        ? refused(
            where,
            failureSentence(error, where),
            'See the login and the rights of the action.',
          )
        : unsent(where, error)
    } finally {
      await client.endAsync(true)
    }
  })
}

function clientFor(
  target: Topic,
  secret: string | null,
  { links, ownClients }: OwnConnections,
): MqttClient {
  const { url, topic, username } = target
  // One for each target, and not one for each message: the ids of Picket's own are remembered.
  const mark = createHash('sha256').update(`${url} ${topic}`).digest('hex').slice(0, 8)
  const clientId = `picket-notify-${mark}-${run}`
  const login = { trustAnyCertificate: false, ...(username === undefined ? {} : { username }) }
  const client = connect(url, {
    clientId,
    reconnectPeriod: 0,
    manualConnect: true,
    queueQoSZero: false,
    ...loginOptions(login, secret === null ? {} : { password: secret }),
  })
  ownClients.add(clientId)
  links.record(client, { name: 'Notification', address: url })
  return client
}

function published(client: MqttClient, topic: string, payload: string): Promise<void> {
  return new Promise((resolve, reject) => {
    // It stays: an error later on must not end the station.
    client.on('error', reject)
    client.once('close', () =>
      reject(Object.assign(new Error('it hung up'), { code: 'EARLY_END' })),
    )
    client.once('connect', () => {
      client.publish(topic, payload, { qos: 1 }, (error) => (error ? reject(error) : resolve()))
    })
    client.connect()
  })
}

function inTime(clock: Clock, work: Promise<void>): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>()
  const cancel = clock.after(patienceMs * clock.speed, () =>
    reject(Object.assign(new Error('it does not answer'), { code: 'ETIMEDOUT' })),
  )
  return Promise.race([work, promise]).finally(cancel)
}

/** The broker's own refusals have numbers. */
function isAnswer(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'number'
}
