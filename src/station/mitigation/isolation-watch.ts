import type { QuarantineProof } from '../../contract/model/quarantine.ts'
import { asMetricId } from '../../contract/model/aws-metrics.ts'
import { watchTraffic } from '../ingest/traffic-watch.ts'
import type { WatchedSource } from '../source-desk.ts'
import { inspectAll, wordsOf } from './isolation-acts.ts'
import { byPicket, keepIsolation, showIsolation, type Happening } from './isolation-log.ts'
import { stepIsolation } from './isolation-machine.ts'
import { beforeProof, isEnded, type KeptBroker, type KeptIsolation } from './kept-isolation.ts'
import type { QuarantineParts } from './quarantine-plan.ts'
import { isolationProof, returnProof, type SeenTraffic } from './traffic-proof.ts'

/** Real milliseconds after the act in which a source may still tell of what came before. */
const settleMs = 2000

const messagesSent = asMetricId('aws:num-messages-sent')

/** Begins to watch the device's traffic, from a moment on in which what came before has been told. */
export function beginProof({ core }: QuarantineParts, kept: KeptIsolation): KeptIsolation {
  const now = core.clock.now()
  const settle = Math.min(settleMs * core.ports.clock.speed, proofMsOf(core) / 4)
  const next = { ...kept, proof: beforeProof(now + settle) }
  watchSince(core.sources, next)
  return next
}

/** Looks at the traffic so far. Keeps and tells a proof that changed; figures that move are only shown. */
export function updateProof(parts: QuarantineParts, kept: KeptIsolation): KeptIsolation {
  const { core } = parts
  const restarted = restartWhereBlind(parts, kept)
  if (restarted) return restarted
  const traffic = seenTraffic(parts, kept)
  const proof = isEnded(kept)
    ? returnProof(traffic, { isThere: isThere(parts, kept), readBack: readBackOf(kept) })
    : isolationProof(traffic, brokerWord(kept))
  const next = { ...kept, proof }
  if (proof.state !== kept.proof.state) keepIsolation(core, next, ...conclusionOf(next))
  else if (proof.sentence !== kept.proof.sentence) {
    core.isolations.set(kept.deviceId, next)
    showIsolation(core, next)
  }
  return next
}

/** Asks the brokers again. That one does not answer is said, and is no failure. */
export async function readBack(
  parts: QuarantineParts,
  kept: KeptIsolation,
): Promise<KeptIsolation> {
  try {
    const inspected = await inspectAll(parts, kept)
    const isChanged = inspected.differences.length > 0
    const course = stepIsolation(kept.course, { kind: 'inspected', isChanged })
    const next = { ...kept, ...inspected, course, trouble: null }
    keepIsolation(parts.core, next)
    return next
  } catch (error) {
    const next = { ...kept, trouble: `Not read back: ${wordsOf(parts.core, error)}` }
    if (next.trouble !== kept.trouble) keepIsolation(parts.core, next)
    return next
  }
}

function proofMsOf({ settings }: QuarantineParts['core']): number {
  return settings.quarantine.proofSeconds * 1000
}

function watchSince(sources: readonly WatchedSource[], { deviceId, proof }: KeptIsolation): void {
  for (const { observations } of sources) watchTraffic(observations.traffic, deviceId, proof.since)
}

export function endWatch({ core }: QuarantineParts, { deviceId }: KeptIsolation): void {
  for (const { observations } of core.sources) observations.traffic.delete(deviceId)
}

function seenTraffic(parts: QuarantineParts, kept: KeptIsolation): SeenTraffic {
  const { core } = parts
  watchSince(core.sources, kept)
  const seen = core.sources.flatMap(({ observations }) => {
    const traffic = observations.traffic.get(kept.deviceId)
    return traffic ? [traffic] : []
  })
  return {
    since: kept.proof.since,
    now: core.clock.now(),
    proofMs: proofMsOf(core),
    messages: seen.reduce((sum, { messages }) => sum + messages, 0),
    refusedAttempts: seen.reduce((sum, { refusedAttempts }) => sum + refusedAttempts, 0),
    blindness: kept.brokers.map((broker) => blindnessAt(parts, broker)).find(Boolean) ?? null,
  }
}

/** Sources that see who publishes at a broker. */
function seeing({ core, controllers }: QuarantineParts, { sourceId }: KeptBroker): WatchedSource[] {
  return core.sources.filter(({ source }) => {
    const isOfBroker = controllers.brokerOf(source.id) === sourceId
    return isOfBroker && source.facts().capabilities.some(isOfMessages)
  })
}

function isOfMessages({ metricId, level }: { metricId: string; level: string }): boolean {
  return metricId === messagesSent && level !== 'not-measurable'
}

function blindnessAt(parts: QuarantineParts, broker: KeptBroker): string | null {
  const sources = seeing(parts, broker)
  if (sources.length === 0) return `no source sees who publishes at ${broker.address}.`
  if (sources.some(({ state }) => state === 'connected')) return null
  return `${broker.address} is not watched at the moment.`
}

/**
 * A watch that was broken off proves nothing: it begins anew when the source is back. What a ticket asks of a person
 * may be done at any time, so it begins anew with the last message, too. Null: it goes on.
 */
function restartWhereBlind(parts: QuarantineParts, kept: KeptIsolation): KeptIsolation | null {
  const { core } = parts
  const { since } = kept.proof
  const back = kept.brokers.flatMap((broker) => {
    const connected = seeing(parts, broker).filter(({ state }) => state === 'connected')
    return connected.length === 0 ? [] : [Math.min(...connected.map((one) => one.since))]
  })
  const latest = Math.max(-Infinity, ...back, ...silentSince(parts, kept))
  if (latest <= since) return null
  const next = { ...kept, proof: { ...kept.proof, since: latest } }
  watchSince(core.sources, next)
  core.isolations.set(kept.deviceId, next)
  return next
}

function silentSince({ core }: QuarantineParts, kept: KeptIsolation): number[] {
  if (isEnded(kept) || !kept.brokers.some(({ kind }) => kind === 'ticket')) return []
  const last = core.sources.flatMap(({ observations }) => {
    const at = observations.traffic.get(kept.deviceId)?.lastMessageAt
    return at ? [at] : []
  })
  const lastAt = Math.max(0, ...last)
  const isSilent = core.clock.now() - lastAt >= proofMsOf(core)
  return lastAt > 0 && isSilent ? [lastAt + 1] : []
}

/** A ticket's broker cannot say anything. */
function brokerWord(kept: KeptIsolation) {
  const told = kept.brokers.filter(({ kind }) => kind !== 'ticket')
  const inForce = told.flatMap(({ readBack }) => (readBack ? [readBack.isInForce] : []))
  return {
    isTicket: told.length < kept.brokers.length,
    isInForce: inForce.length === 0 ? null : inForce.every(Boolean),
    readBack: readBackOf(kept),
  }
}

function readBackOf({ brokers, course, trouble }: KeptIsolation): string {
  const told = brokers.flatMap(({ readBack }) => (readBack ? [readBack.sentence] : []))
  const words = [...told, ...(trouble === null ? [] : [trouble])]
  // Whoever lifts a block wants other changes to stay.
  const isRestored = course.state === 'released' && course.manner === 'restore'
  const isAsBefore = brokers.every(({ kind, readBack }) => {
    return kind === 'ticket' || readBack === null || readBack.isAsBefore
  })
  if (isRestored && !isAsBefore) words.unshift('It is NOT as it was before the isolation.')
  return words.length === 0 ? 'Not read back yet.' : words.join(' ')
}

function isThere({ core }: QuarantineParts, { deviceId }: KeptIsolation): boolean | null {
  return core.presence.byDevice.get(deviceId)?.isConnected ?? null
}

const conclusions: Partial<Record<QuarantineProof['state'], Happening['kind']>> = {
  isolated: 'proved',
  'not-isolated': 'not-proved',
  unproven: 'not-proved',
  back: 'back',
  'not-back': 'not-back',
}

function conclusionOf(kept: KeptIsolation): Happening[] {
  const kind = conclusions[kept.proof.state]
  if (!kind) return []
  const isReturn = isEnded(kept) && kind === 'not-proved'
  return [{ kind: isReturn ? 'not-back' : kind, by: byPicket, sentence: kept.proof.sentence }]
}
