import type { DeviceId } from '../../contract/model/device.ts'
import type { IsolationId } from '../../contract/model/isolation-id.ts'
import type { ReleaseManner } from '../../contract/model/quarantine.ts'
import { carryOut } from './isolation-acts.ts'
import { byPicket, keepIsolation } from './isolation-log.ts'
import { nextDeed, stepIsolation } from './isolation-machine.ts'
import { beginProof, endWatch, readBack, updateProof } from './isolation-watch.ts'
import { returnWatchMs } from './isolations.ts'
import { isEnded, type KeptIsolation } from './kept-isolation.ts'
import { oneAtATime } from './one-at-a-time.ts'
import type { QuarantineParts } from './quarantine-plan.ts'

/** How often a broker is read back while a device is isolated there. */
const readBackEveryMs = 5 * 60_000

/** Real milliseconds between attempts at a broker that keeps a device waiting. */
const firstRetryMs = 1000
const longestRetryMs = 60_000

/** What this run knows of an isolation: all of it may be forgotten. */
interface Pace {
  attempts: number
  /** By the clock that only grows. */
  nextAttemptAt: number
  nextReadBackAt: number
  /** It was under way when Picket was ended. */
  isResumed: boolean
}

/** Looks after isolations as time goes on: attempts, proofs, timers, and what an earlier run left half done. */
export class IsolationRounds {
  readonly #parts: QuarantineParts
  readonly #queues = new Map<DeviceId, ReturnType<typeof oneAtATime>>()
  readonly #busy = new Map<DeviceId, number>()
  readonly #paces = new Map<IsolationId, Pace>()
  #isStopped = false

  constructor(parts: QuarantineParts) {
    this.#parts = parts
  }

  /** Blocks at brokers of our own what is isolated there, and remembers what was under way. */
  async start(): Promise<void> {
    const { core, controllers } = this.#parts
    for (const kept of core.isolations.values()) {
      this.#paceOf(kept).isResumed = nextDeed(kept.course) !== null
      for (const [index, { sourceId, kind, record }] of kept.brokers.entries()) {
        const isBlocked = !isEnded(kept) && kept.course.brokers[index] !== 'released'
        if (kind === 'embedded-broker' && isBlocked) await controllers.of(sourceId).isolate(record)
      }
      // What was seen before is not known any more: it is proved anew.
      if (!isEnded(kept)) core.isolations.set(kept.deviceId, beginProof(this.#parts, kept))
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await Promise.all([...this.#queues.values()].map((run) => run(() => Promise.resolve())))
  }

  /** One thing after another for each device. */
  inTurn<Result>(deviceId: DeviceId, work: () => Promise<Result>): Promise<Result> {
    const run = this.#queues.get(deviceId) ?? oneAtATime()
    this.#queues.set(deviceId, run)
    this.#busy.set(deviceId, (this.#busy.get(deviceId) ?? 0) + 1)
    return run(work).finally(() => {
      const left = (this.#busy.get(deviceId) ?? 1) - 1
      if (left > 0) this.#busy.set(deviceId, left)
      else {
        this.#busy.delete(deviceId)
        this.#queues.delete(deviceId)
      }
    })
  }

  turn(): void {
    if (this.#isStopped) return
    for (const kept of this.#parts.core.isolations.values()) {
      if (this.#busy.has(kept.deviceId)) continue
      this.inTurn(kept.deviceId, () => this.#look(kept.deviceId)).catch((error: unknown) => {
        const facts = { device: kept.deviceId, error: String(error) }
        this.#parts.core.ports.log.error(facts, 'An isolation could not be looked after')
      })
    }
  }

  /** Acts, and begins to watch what came of it. */
  async carryOut(kept: KeptIsolation): Promise<KeptIsolation> {
    const pace = this.#paceOf(kept)
    const after = await carryOut(this.#parts, kept)
    if (nextDeed(after.course) !== null) return this.#waitOn(after)
    pace.attempts = 0
    const resumed = pace.isResumed ? this.#tellResumed(after) : after
    pace.isResumed = false
    return this.#settle(resumed)
  }

  async release(
    kept: KeptIsolation,
    wanted: { by: string; reason: string; manner: ReleaseManner | null },
  ): Promise<KeptIsolation> {
    const { by, reason, manner } = wanted
    const course = stepIsolation(kept.course, { kind: 'release-wanted', manner })
    if (course === kept.course) return kept
    const next = { ...kept, course, release: { by, reason } }
    keepIsolation(this.#parts.core, next, { kind: 'release-requested', by, sentence: reason })
    return this.carryOut(next)
  }

  async verify(kept: KeptIsolation): Promise<KeptIsolation> {
    if (nextDeed(kept.course) !== null) return this.carryOut(kept)
    return this.#settle(kept)
  }

  /** Nothing is left to do: what the broker says, and what the device does from now on, is looked at. */
  async #settle(kept: KeptIsolation): Promise<KeptIsolation> {
    this.#paceOf(kept).nextReadBackAt = this.#monotonic() + readBackEveryMs
    const isWhole = kept.course.state === 'isolated' || kept.course.state === 'released'
    const read = isWhole ? await readBack(this.#parts, kept) : kept
    return updateProof(this.#parts, beginProof(this.#parts, read))
  }

  async #look(deviceId: DeviceId): Promise<void> {
    const kept = this.#parts.core.isolations.get(deviceId)
    if (!kept || this.#isStopped) return
    if (nextDeed(kept.course) !== null) await this.#attempt(kept)
    else if (isEnded(kept)) this.#watchReturn(kept)
    else await this.#watchIsolated(kept)
  }

  async #attempt(kept: KeptIsolation): Promise<void> {
    if (this.#monotonic() >= this.#paceOf(kept).nextAttemptAt) await this.carryOut(kept)
  }

  async #watchIsolated(kept: KeptIsolation): Promise<void> {
    const { clock } = this.#parts.core
    const isDue = kept.releaseAt !== null && kept.releaseAt <= clock.now()
    if (isDue && kept.course.state === 'isolated') {
      await this.release(kept, { by: byPicket, reason: 'Its time was up.', manner: null })
      return
    }
    const watched = updateProof(this.#parts, kept)
    const pace = this.#paceOf(kept)
    const isConcluded = watched.proof.state !== kept.proof.state
    if (!isConcluded && this.#monotonic() < pace.nextReadBackAt) return
    pace.nextReadBackAt = this.#monotonic() + readBackEveryMs
    updateProof(this.#parts, await readBack(this.#parts, watched))
  }

  #watchReturn(kept: KeptIsolation): void {
    const { core } = this.#parts
    const isOver = core.clock.now() - (kept.endedAt ?? 0) > returnWatchMs
    if (isOver) {
      endWatch(this.#parts, kept)
      core.isolations.delete(kept.deviceId)
      this.#paces.delete(kept.id)
    } else if (kept.course.state === 'released' && kept.proof.state !== 'back') {
      updateProof(this.#parts, kept)
    }
  }

  /** Waits longer each time. */
  #waitOn(kept: KeptIsolation): KeptIsolation {
    const pace = this.#paceOf(kept)
    const { speed } = this.#parts.core.ports.clock
    const realMs = Math.min(longestRetryMs, firstRetryMs * 2 ** pace.attempts)
    pace.attempts += 1
    pace.nextAttemptAt = this.#monotonic() + realMs * speed
    return kept
  }

  #tellResumed(kept: KeptIsolation): KeptIsolation {
    const end = `It is ${kept.course.state} now.`
    const sentence = `Picket was ended in the middle; finished after its start. ${end}`
    keepIsolation(this.#parts.core, kept, { kind: 'resumed', by: byPicket, sentence })
    return kept
  }

  #monotonic(): number {
    return this.#parts.core.ports.clock.monotonic()
  }

  #paceOf({ id }: KeptIsolation): Pace {
    const known = this.#paces.get(id)
    if (known) return known
    const pace = { attempts: 0, nextAttemptAt: 0, nextReadBackAt: 0, isResumed: false }
    this.#paces.set(id, pace)
    return pace
  }
}
