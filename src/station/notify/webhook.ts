import { createHash } from 'node:crypto'
import type { NotificationTarget } from '../../contract/model/mitigation.ts'
import { askOverHttp } from '../http-request.ts'
import type { Clock } from '../ports.ts'
import { refused, unsent, withAttempts } from './attempts.ts'
import type { Notification } from './notification.ts'

type Webhook = Extract<NotificationTarget, { kind: 'webhook' }>

/** Of what the receiver answers, so much is read. */
const mostBytes = 1024

/**
 * POSTs the notification as JSON, with the secret as a bearer token. A redirect is not followed: the token is for this
 * address alone. Throws NOTIFICATION_UNSENT or NOTIFICATION_REFUSED.
 */
export function sendToWebhook(
  { url: address }: Webhook,
  secret: string | null,
  { message, clock }: { message: Notification; clock: Clock },
): Promise<void> {
  const url = new URL(address)
  const question = {
    method: 'POST',
    url,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'Picket',
      // Ids hold names of devices, and a header takes no other characters than ASCII.
      'idempotency-key': createHash('sha256').update(message.id).digest('hex'),
      ...(secret === null ? {} : { authorization: `Bearer ${secret}` }),
    },
    body: JSON.stringify(message),
    mostBytes,
  } as const
  return withAttempts(clock, async () => {
    const { status, text } = await askOverHttp(question, clock).catch((error: unknown) => {
      throw unsent(url.host, error)
    })
    if (status >= 200 && status < 300) return
    const said = `HTTP ${status} ${text}`.trim()
    const isBusy = status >= 500 || status === 429 || status === 408
    throw isBusy ? unsent(url.host, said) : refused(url.host, said, adviceOn(status))
  })
}

function adviceOn(status: number): string {
  if (status >= 300 && status < 400) return 'Picket follows no redirect: give the address itself.'
  if (status === 401 || status === 403) return 'Is the secret of the action right?'
  if (status === 404) return 'Is the path of the address right?'
  return 'See what it expects.'
}
