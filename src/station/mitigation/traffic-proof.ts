import type { QuarantineProof } from '../../contract/model/quarantine.ts'
import { slotMs } from '../../contract/model/time.ts'

/** What is known of a device's traffic since an instant. */
export interface SeenTraffic {
  /** Since when it is watched, epoch ms. May lie ahead. */
  since: number
  now: number
  /** How long it is watched before a conclusion. */
  proofMs: number
  messages: number
  refusedAttempts: number
  /** Why nobody sees the device's messages at one of its brokers; null: they are seen. */
  blindness: string | null
}

/** A device that is connected may publish once in a slot: it is given two. */
const rarePublisherMs = 2 * slotMs

type Conclusion = Pick<QuarantineProof, 'state' | 'sentence'>

/** Whether a device that should be isolated is. `isInForce`: what the brokers said last; null: they cannot say. */
export function isolationProof(
  traffic: SeenTraffic,
  broker: { isInForce: boolean | null; isTicket: boolean; readBack: string },
): QuarantineProof {
  const { readBack } = broker
  return proofOf(traffic, readBack, concludeIsolation(traffic, broker))
}

/** Whether a device that was released came back. `isThere`: it is connected; null: nobody sees connections. */
export function returnProof(
  traffic: SeenTraffic,
  broker: { isThere: boolean | null; readBack: string },
): QuarantineProof {
  return proofOf(traffic, broker.readBack, concludeReturn(traffic, broker.isThere))
}

function concludeIsolation(
  traffic: SeenTraffic,
  broker: { isInForce: boolean | null; isTicket: boolean },
): Conclusion {
  const { messages, blindness } = traffic
  const counted = `${counts(traffic)} in ${spanOf(traffic)}`
  if (messages > 0) return notIsolated(traffic, broker.isTicket)
  if (broker.isInForce === false) {
    const next = 'Release it and isolate it again, or block it at the broker by hand.'
    const sentence = `NOT isolated: the broker says that the block is not there, whole. ${next}`
    return { state: 'not-isolated', sentence }
  }
  if (blindness) {
    const sentence = `unproven: ${blindness} Ask the broker's own tools whether it still publishes.`
    return { state: 'unproven', sentence }
  }
  if (!isLongEnough(traffic)) return { state: 'watching', sentence: `watching: ${counted}` }
  const attempts = `${traffic.refusedAttempts} refused ${traffic.refusedAttempts === 1 ? 'attempt' : 'attempts'}`
  // A device that is switched off is silent too.
  const caution = traffic.refusedAttempts === 0 ? '; it did not try to come back' : ''
  return { state: 'isolated', sentence: `isolated: ${counted}, ${attempts}${caution}` }
}

function notIsolated(traffic: SeenTraffic, isTicket: boolean): Conclusion {
  const got = `${counts(traffic)} got through in ${spanOf(traffic)}.`
  const next = isTicket
    ? 'Somebody has to do what the ticket says; this changes by itself once it is silent.'
    : 'It may have another login or connection: see its sessions, then unplug it or block it at the broker by hand, and verify again.'
  return { state: 'not-isolated', sentence: `NOT isolated: ${got} ${next}` }
}

function concludeReturn(traffic: SeenTraffic, isThere: boolean | null): Conclusion {
  const { messages, blindness } = traffic
  const counted = `${counts(traffic)} in ${spanOf(traffic)}`
  if (messages > 0) return { state: 'back', sentence: `back: ${counted}` }
  if (blindness) return { state: 'unproven', sentence: `unproven: ${blindness}` }
  const isSoon = isThere === true && traffic.now - traffic.since < rarePublisherMs
  if (!isLongEnough(traffic) || isSoon) {
    return { state: 'watching', sentence: `watching: ${counted}` }
  }
  const why = {
    true: 'It is connected but has not published yet.',
    false: 'The device is not connected: see whether it is switched on and tries again.',
    null: 'Whether it is connected cannot be seen.',
  }[`${isThere}`]
  return { state: 'not-back', sentence: `not back: ${counted}. ${why}` }
}

function proofOf(
  { since, now, messages, refusedAttempts, blindness }: SeenTraffic,
  readBack: string,
  conclusion: Conclusion,
): QuarantineProof {
  const isBlind = blindness !== null
  return {
    ...conclusion,
    since,
    checkedAt: now,
    messages: isBlind && messages === 0 ? null : messages,
    refusedAttempts: isBlind && refusedAttempts === 0 ? null : refusedAttempts,
    readBack,
  }
}

function isLongEnough({ since, now, proofMs }: SeenTraffic): boolean {
  return now - since >= proofMs
}

function counts({ messages }: SeenTraffic): string {
  return `${messages} ${messages === 1 ? 'message' : 'messages'}`
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs

/** `45 s`, `60 s`, `12 min`, `3 h`. */
function spanOf({ since, now }: SeenTraffic): string {
  const ms = Math.max(0, now - since)
  if (ms < 3 * minuteMs) return `${Math.floor(ms / 1000)} s`
  return ms < 3 * hourMs ? `${Math.floor(ms / minuteMs)} min` : `${Math.floor(ms / hourMs)} h`
}
