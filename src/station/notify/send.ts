import type { NotificationTarget } from '../../contract/model/mitigation.ts'
import { sendToTopic, type OwnConnections } from './mqtt.ts'
import type { Notification } from './notification.ts'
import { sendToSyslog } from './syslog.ts'
import { sendToWebhook } from './webhook.ts'

/** Tells another system. Returns what was done, in a sentence. Throws NOTIFICATION_UNSENT or NOTIFICATION_REFUSED. */
export async function sendNotification(
  target: NotificationTarget,
  secret: string | null,
  { message, connections }: { message: Notification; connections: OwnConnections },
): Promise<string> {
  const { clock } = connections
  switch (target.kind) {
    case 'webhook':
      await sendToWebhook(target, secret, { message, clock })
      return `${new URL(target.url).host} was told, and has taken it.`
    case 'mqtt':
      await sendToTopic(target, secret, { message, connections })
      return `${new URL(target.url).host} has taken it for the topic ${target.topic}.`
    case 'syslog':
      await sendToSyslog(target, { message, clock })
      return target.transport === 'udp'
        ? `Sent to ${target.host}:${target.port}. With UDP nobody says whether it came.`
        : `${target.host}:${target.port} has taken it.`
  }
}
