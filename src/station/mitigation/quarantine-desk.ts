import { StationError } from '../../contract/errors.ts'
import type { ViolationId } from '../../contract/model/alarm.ts'
import type { DeviceId } from '../../contract/model/device.ts'
import type { IsolationId } from '../../contract/model/isolation-id.ts'
import type {
  Approval,
  Isolation,
  QuarantinePlan,
  ReleaseManner,
} from '../../contract/model/quarantine.ts'
import type { Core } from '../core.ts'
import { readIsolation } from '../store/isolations.ts'
import { createApprovers, type Approvers } from './approvers.ts'
import type { Controllers } from './controllers.ts'
import { keepIsolation } from './isolation-log.ts'
import { IsolationRounds } from './isolation-rounds.ts'
import { activeIsolation, keptOf } from './isolations.ts'
import { isEnded, newIsolation, shownIsolation, type KeptIsolation } from './kept-isolation.ts'
import {
  assertMayAct,
  prepareQuarantine,
  reasonsAgainst,
  type PreparedQuarantine,
  type QuarantineParts,
} from './quarantine-plan.ts'
import { protectionOf } from './protections.ts'

const minuteMs = 60_000

/** What is wanted, once it is known who agrees. */
export interface IsolationOrder {
  deviceId: DeviceId
  /** Of the dry run that was looked at; null: nobody looked, and nothing uncertain may be in it. */
  digest: string | null
  reason: string
  by: string
  /** Who agreed besides; null: nobody had to. */
  approvedBy: string | null
  releaseAfterMinutes: number | null
  alarmIds: ViolationId[]
}

export interface ReleaseOrder {
  id: IsolationId
  by: string
  reason: string
  manner?: ReleaseManner | undefined
}

/** Takes devices off the network, and puts them back. What is asked of one device is done in turn. */
export class QuarantineDesk {
  readonly approvers: Approvers
  readonly #parts: QuarantineParts
  readonly #rounds: IsolationRounds

  constructor(core: Core, controllers: Controllers) {
    this.#parts = { core, controllers }
    this.#rounds = new IsolationRounds(this.#parts)
    this.approvers = createApprovers(core)
  }

  get controllers(): Controllers {
    return this.#parts.controllers
  }

  /** Before any source starts: a broker of our own must not let anybody in who is isolated. */
  start(): Promise<void> {
    return this.#rounds.start()
  }

  /** One look at what is due: attempts, timers, proofs. Waits for nothing. */
  turn(): void {
    this.#rounds.turn()
  }

  async stop(): Promise<void> {
    // Controls give up what is under way; it is done at the next start.
    await Promise.all([this.#rounds.stop(), this.controllers.stop()])
  }

  async plan(deviceId: DeviceId): Promise<QuarantinePlan> {
    return (await prepareQuarantine(this.#parts, deviceId)).plan
  }

  /** As a person wants it, who typed the device's name. */
  async isolate({
    confirmation,
    approval,
    ...order
  }: Omit<IsolationOrder, 'approvedBy'> & {
    confirmation: string
    approval?: Approval | undefined
  }): Promise<Isolation> {
    const { deviceId } = order
    this.#assertFree(deviceId)
    if (confirmation !== deviceId) throw new StationError('CONFIRMATION_WRONG')
    const approvedBy = await this.approvalFor([deviceId], approval, order.by)
    return this.carryOut({ ...order, approvedBy })
  }

  /** The name of who agreed, where any of the devices needs it or somebody did. Throws APPROVAL_NEEDED or APPROVAL_WRONG. */
  async approvalFor(
    deviceIds: readonly DeviceId[],
    approval: Approval | undefined,
    by: string,
  ): Promise<string | null> {
    const { core } = this.#parts
    const isNeeded = deviceIds.some((one) => protectionOf(core, one) === 'safety-critical')
    return isNeeded || approval ? this.approvers.approve(approval, by) : null
  }

  /** Plans anew, and does it where it is what was shown. */
  carryOut(order: IsolationOrder): Promise<Isolation> {
    return this.#rounds.inTurn(order.deviceId, async () => {
      this.#assertFree(order.deviceId)
      const prepared = await prepareQuarantine(this.#parts, order.deviceId)
      assertAllowed(prepared, order)
      const begun = begin(this.#parts.core, prepared, order)
      return shownIsolation(await this.#rounds.carryOut(begun))
    })
  }

  /** Throws BROKER_CHANGED, with what changed, where `manner` is not given. */
  release({ id, by, reason, manner }: ReleaseOrder): Promise<Isolation> {
    return this.#with(id, async (kept) => {
      if (isEnded(kept)) return shownIsolation(kept)
      assertMayAct(this.#parts.core)
      const after = await this.#rounds.release(kept, { by, reason, manner: manner ?? null })
      if (after.course.state !== 'changed') return shownIsolation(after)
      const sentence = `The broker is not as the isolation left it: ${after.differences.join(' ')} Nothing was released. Choose how: restore just what was recorded, or only lift the block.`
      throw new StationError('BROKER_CHANGED', sentence)
    })
  }

  /** Reads the broker's state back and watches the device's traffic anew. */
  verify(id: IsolationId): Promise<Isolation> {
    return this.#with(id, async (kept) => {
      assertMayAct(this.#parts.core)
      return shownIsolation(await this.#rounds.verify(kept))
    })
  }

  extend(wanted: {
    id: IsolationId
    by: string
    releaseAfterMinutes: number | null
  }): Promise<Isolation> {
    const { id, by, releaseAfterMinutes } = wanted
    return this.#with(id, async (kept) => {
      if (isEnded(kept)) throw new StationError('QUARANTINE_UNKNOWN', over)
      const { core } = this.#parts
      const next = { ...kept, releaseAt: releaseAtOf(core.clock.now(), releaseAfterMinutes) }
      const until = next.releaseAt === null ? 'until a person releases it' : timeOf(next.releaseAt)
      keepIsolation(core, next, { kind: 'extended', by, sentence: `It stays isolated ${until}.` })
      return shownIsolation(next)
    })
  }

  #with<Result>(id: IsolationId, work: (kept: KeptIsolation) => Promise<Result>): Promise<Result> {
    const { deviceId } = this.#known(id)
    return this.#rounds.inTurn(deviceId, () => work(this.#known(id)))
  }

  /** The newest word on an isolation: in memory while it still moves, else in the store. */
  #known(id: IsolationId): KeptIsolation {
    const { isolations, store } = this.#parts.core
    const moving = [...isolations.values()].find((kept) => kept.id === id)
    const body = moving ? null : readIsolation(store.read, id)
    const kept = moving ?? (body === null ? null : keptOf(body))
    if (!kept) throw new StationError('QUARANTINE_UNKNOWN')
    return kept
  }

  #assertFree(deviceId: DeviceId): void {
    if (activeIsolation(this.#parts.core.isolations, deviceId)) {
      throw new StationError('QUARANTINE_EXISTS')
    }
  }
}

const over = 'This isolation is over already. Isolate the device again if that is wanted.'

function assertAllowed(prepared: PreparedQuarantine, order: IsolationOrder): void {
  const { plan, isUncertain } = prepared
  const reasons = reasonsAgainst(plan)
  if (reasons.length > 0) throw new StationError('QUARANTINE_FORBIDDEN', forbiddenFor(reasons))
  if (order.digest === null && isUncertain) {
    throw new StationError('QUARANTINE_FORBIDDEN', forbiddenFor([uncertain]))
  }
  if (order.digest !== null && order.digest !== plan.digest) {
    throw new StationError('QUARANTINE_PLAN_CHANGED')
  }
  if (plan.needsApproval && order.approvedBy === null) throw new StationError('APPROVAL_NEEDED')
}

const uncertain =
  'Its connection was never seen, or others use its login: a person has to look at the dry run.'

function forbiddenFor(reasons: readonly string[]): string {
  return `This device must not be isolated: ${reasons.join(' ')} Nothing was changed.`
}

/** Keeps what is going to be done, and how to undo it, before anything is done. */
function begin(core: Core, { brokers }: PreparedQuarantine, order: IsolationOrder): KeptIsolation {
  const { deviceId, reason, by, approvedBy, alarmIds, releaseAfterMinutes } = order
  const now = core.clock.now()
  const releaseAt = releaseAtOf(now, releaseAfterMinutes)
  const wanted = { deviceId, reason, by, approvedBy, alarmIds, releaseAt, brokers }
  const kept = newIsolation(wanted, now)
  keepIsolation(core, kept, { kind: 'requested', by, sentence: reason })
  return kept
}

function releaseAtOf(now: number, afterMinutes: number | null): number | null {
  return afterMinutes === null ? null : now + afterMinutes * minuteMs
}

function timeOf(at: number): string {
  return `until ${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
