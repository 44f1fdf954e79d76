/** Message ids kept for each client: more than clients usually have under way at once. */
const keptMessages = 64

/**
 * Which messages of QoS 1 and 2 a client may send again. The DUP flag is the client's own word: a device that sets it
 * on all it sends would vanish from the count. A message is a resend only where it was seen on the connection before.
 */
export interface Resends {
  sent: Map<string, number[]>
  mayComeAgain: Map<string, Set<number>>
  most: number
}

/** `most`: clients remembered. */
export function createResends(most: number): Resends {
  return { sent: new Map(), mayComeAgain: new Map(), most }
}

/** Notes a message of QoS 1 or 2 that a client published. */
export function noteMessage({ sent, most }: Resends, clientId: string, messageId: number): void {
  const known = sent.get(clientId)
  if (!known) {
    if (sent.size >= most) forgetOldest(sent)
    sent.set(clientId, [messageId])
    return
  }
  known.push(messageId)
  if (known.length > 2 * keptMessages) known.splice(0, known.length - keptMessages)
}

/** The client's connection ended: what it sent last may come again on the next. */
export function expectResends({ sent, mayComeAgain, most }: Resends, clientId: string): void {
  const messages = sent.get(clientId)
  sent.delete(clientId)
  mayComeAgain.delete(clientId)
  if (!messages) return
  if (mayComeAgain.size >= most) forgetOldest(mayComeAgain)
  mayComeAgain.set(clientId, new Set(messages.slice(-keptMessages)))
}

/** True, once, for a message that was seen on the connection before. */
export function isResend({ mayComeAgain }: Resends, clientId: string, messageId: number): boolean {
  return mayComeAgain.get(clientId)?.delete(messageId) ?? false
}

function forgetOldest(map: Map<string, unknown>): void {
  const oldest = map.keys().next()
  if (!oldest.done) map.delete(oldest.value)
}
