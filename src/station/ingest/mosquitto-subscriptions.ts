/** A subscribe or unsubscribe under way: the broker writes its lines without any others between. */
interface UnderWay {
  clientId: string
  isSubscribe: boolean
  /** The filter that has no answer yet. */
  filter: string | null
  /** The filter's line was cut: what follows cannot be told. */
  isCut: boolean
}

/** A subscription that was denied, if `log_type subscribe` is on: which only a granted one can show. */
interface Suspect {
  clientId: string
  at: number
}

/**
 * Reads subscriptions. Mosquitto writes no line for one that it denies; it only leaves out the one for a grant. The
 * granted line begins with the client id, so it may look like any other line: it is known by its exact text.
 */
export interface Subscriptions {
  underWay: UnderWay | null
  /** A grant was seen, so `log_type subscribe` is on. */
  seesGrants: boolean
  suspects: Suspect[]
}

/** Denials kept until a grant is seen. */
const mostSuspects = 1000

export function createSubscriptions(): Subscriptions {
  return { underWay: null, seesGrants: false, suspects: [] }
}

export function beginSubscription(
  subscriptions: Subscriptions,
  { clientId, isSubscribe }: Pick<UnderWay, 'clientId' | 'isSubscribe'>,
): void {
  subscriptions.underWay = { clientId, isSubscribe, filter: null, isCut: false }
}

/** True for the line of a grant, or of an unsubscribe, of the filter under way. */
export function isAnswerOf({ underWay }: Subscriptions, text: string): boolean {
  if (!underWay) return false
  const { clientId, isSubscribe, filter, isCut } = underWay
  if (isCut) return text.startsWith(`${clientId} `)
  if (filter === null || !text.endsWith(filter) || !text.startsWith(clientId)) return false
  const between = text.slice(clientId.length, text.length - filter.length)
  return isSubscribe ? /^ [0-2] $/.test(between) : between === ' '
}

/** Takes note of a grant. Returns the denials that it turns from a suspicion into a fact. */
export function noteAnswer(subscriptions: Subscriptions): readonly Suspect[] {
  const { underWay } = subscriptions
  if (!underWay) return []
  const isGrant = underWay.isSubscribe && !underWay.isCut
  underWay.filter = null
  underWay.isCut = false
  if (!isGrant) return []
  subscriptions.seesGrants = true
  return subscriptions.suspects.splice(0)
}

const filterLine = /^(.*) \(QoS [0-3]\)$/

/** Takes up the next filter. Returns the denial of the one before, if there was one. */
export function noteFilter(
  subscriptions: Subscriptions,
  { text, wasCut, at }: { text: string; wasCut: boolean; at: number },
): Suspect | null {
  const { underWay } = subscriptions
  if (!underWay) return null
  const denied = deniedNow(subscriptions, at)
  const filter = underWay.isSubscribe ? filterLine.exec(text)?.[1] : text
  underWay.filter = wasCut ? null : (filter ?? null)
  underWay.isCut = wasCut
  return denied
}

/** The broker answered the whole request. Returns the denial of the last filter, if there was one. */
export function endSubscription(subscriptions: Subscriptions, at: number): Suspect | null {
  const denied = deniedNow(subscriptions, at)
  subscriptions.underWay = null
  return denied
}

/** What is denied, or null where nothing is or it cannot be told yet. */
function deniedNow(subscriptions: Subscriptions, at: number): Suspect | null {
  const { underWay, seesGrants, suspects } = subscriptions
  if (!underWay?.isSubscribe || underWay.filter === null) return null
  const suspect = { clientId: underWay.clientId, at }
  if (seesGrants) return suspect
  if (suspects.length < mostSuspects) suspects.push(suspect)
  return null
}
