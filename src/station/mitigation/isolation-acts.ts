import { StationError } from '../../contract/errors.ts'
import type { Core } from '../core.ts'
import type { Inspection } from './controller.ts'
import { byPicket, keepIsolation, type Happening } from './isolation-log.ts'
import { nextDeed, stepIsolation, type Deed, type News } from './isolation-machine.ts'
import { beforeProof, isEnded, type KeptBroker, type KeptIsolation } from './kept-isolation.ts'
import { assertMayAct, type QuarantineParts } from './quarantine-plan.ts'

/**
 * Does what is next, and what comes after, until nothing is left or something keeps it waiting: then `trouble` says
 * what, and calling again goes on. Each step is kept before the next begins, so that a crash between any two is no
 * matter. Throws only what the store throws.
 */
export async function carryOut(
  parts: QuarantineParts,
  isolation: KeptIsolation,
): Promise<KeptIsolation> {
  let kept = isolation
  for (let deed = nextDeed(kept.course); deed; deed = nextDeed(kept.course)) {
    const { next, isWaiting } = await attempt(parts, kept, deed)
    kept = next
    if (isWaiting) break
  }
  return kept
}

/** `isWaiting`: there is no use in going on at once. */
interface Attempt {
  next: KeptIsolation
  isWaiting: boolean
}

async function attempt(parts: QuarantineParts, kept: KeptIsolation, deed: Deed): Promise<Attempt> {
  try {
    assertMayAct(parts.core)
    const { news, ...changes } = await perform(parts, kept, deed)
    const next = take(parts.core, { ...kept, ...changes, trouble: null }, news)
    return { next, isWaiting: false }
  } catch (error) {
    return afterError(parts.core, kept, { deed, error })
  }
}

async function perform(
  parts: QuarantineParts,
  kept: KeptIsolation,
  deed: Deed,
): Promise<{ news: News } & Partial<KeptIsolation>> {
  if (deed.kind === 'inspect') {
    const inspected = await inspectAll(parts, kept)
    const isChanged = inspected.differences.length > 0
    return { ...inspected, news: { kind: 'inspected', isChanged } }
  }
  const { broker } = deed
  const at = brokerAt(kept, broker)
  const controller = parts.controllers.of(at.sourceId, at.kind)
  if (deed.kind === 'isolate') {
    await controller.isolate(at.record)
    return { news: { kind: 'isolated', broker } }
  }
  await controller.release(at.record, kept.course.manner ?? 'restore')
  return { news: { kind: 'released', broker } }
}

function brokerAt({ brokers }: KeptIsolation, index: number): KeptBroker {
  const broker = brokers[index]
  if (!broker) throw new Error(`an isolation has no broker ${index}`)
  return broker
}

/** Reads every broker back. Throws where one does not answer. */
export async function inspectAll(
  { controllers }: QuarantineParts,
  kept: KeptIsolation,
): Promise<Pick<KeptIsolation, 'brokers' | 'differences'>> {
  const inspected = await Promise.all(
    kept.brokers.map(async (broker) => {
      const inspection = await controllers.of(broker.sourceId, broker.kind).inspect(broker.record)
      return { broker: { ...broker, readBack: readBackOf(inspection) }, inspection }
    }),
  )
  return {
    brokers: inspected.map(({ broker }) => broker),
    differences: inspected.flatMap(({ inspection }) => inspection.differences),
  }
}

function readBackOf({ isInForce, isAsBefore, sentence }: Inspection): KeptBroker['readBack'] {
  return { isInForce, isAsBefore, sentence }
}

/** Keeps what news make of an isolation. */
function take(core: Core, kept: KeptIsolation, news: News): KeptIsolation {
  const now = core.clock.now()
  const course = stepIsolation(kept.course, news)
  const next: KeptIsolation = { ...kept, course }
  if (isEnded(next)) next.endedAt = now
  if (course.state !== kept.course.state) next.proof = beforeProof(now)
  keepIsolation(core, next, ...turnOf(kept, next))
  return next
}

/** The line in the history where the isolation came to another state. */
function turnOf(before: KeptIsolation, { course, release, failure }: KeptIsolation): Happening[] {
  const { state } = course
  if (state === before.course.state) return []
  if (state === 'isolating' || state === 'releasing') return []
  const by = state === 'isolated' ? before.by : (release?.by ?? byPicket)
  const why = state === 'failed' ? `It could not be isolated: ${failure} ` : ''
  return [{ kind: state, by, sentence: `${why}${turns[state]}` }]
}

const turns = {
  isolated: 'Isolated. Its traffic is watched now.',
  failed: 'What was done was undone.',
  changed: 'Not released: the broker is not as the isolation left it. Say how to release it.',
  released: 'Released. Its return is watched for now.',
}

/** A broker that is away is waited for; one that refuses to isolate the device ends the attempt. */
function afterError(
  core: Core,
  kept: KeptIsolation,
  { deed, error }: { deed: Deed; error: unknown },
): Attempt {
  const words = wordsOf(core, error)
  if (deed.kind === 'isolate' && !isTemporary(error)) {
    const course = stepIsolation(kept.course, { kind: 'refused', broker: deed.broker })
    const next = { ...kept, course, failure: words, trouble: null }
    keepIsolation(core, next)
    return { next, isWaiting: false }
  }
  const next = { ...kept, trouble: words }
  if (words !== kept.trouble) keepIsolation(core, next, ...stuckIn(next))
  return { next, isWaiting: true }
}

/** Half done and not undone either: somebody should know. */
function stuckIn({ course, failure, trouble }: KeptIsolation): Happening[] {
  if (!course.isUndoing) return []
  const sentence = `It could not be isolated (${failure}), and what was done cannot be undone yet: ${trouble} That is tried again for ever.`
  return [{ kind: 'failed', by: byPicket, sentence }]
}

function isTemporary(error: unknown): boolean {
  return (
    error instanceof StationError &&
    (error.code === 'BROKER_UNREACHABLE' || error.code === 'LISTEN_ONLY')
  )
}

/** What people are told of an error at a broker. */
export function wordsOf(core: Core, error: unknown): string {
  if (error instanceof StationError) return error.message
  const stack = error instanceof Error ? error.stack : String(error)
  core.ports.log.error({ error: stack }, 'A control of a broker failed')
  return 'Its control failed inside Picket; the log has the details.'
}
