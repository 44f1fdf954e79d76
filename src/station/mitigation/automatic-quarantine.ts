import { StationError } from '../../contract/errors.ts'
import type { Alarm } from '../../contract/model/alarm.ts'
import type { MitigationExecution } from '../../contract/model/mitigation.ts'
import { isMl } from '../../contract/model/profile.ts'
import type { Core } from '../core.ts'
import { appendToJournal } from '../journal/append.ts'
import type { StationSettings } from '../settings.ts'
import { listActiveAlarms, readAlarmEvents } from '../store/alarms.ts'
import {
  hasExecution,
  insertExecution,
  listExecutions,
  readExecutions,
  updateExecution,
} from '../store/mitigation.ts'
import { deleteState, readState, writeState } from '../store/state.ts'
import { transaction } from '../store/transaction.ts'
import { wordsOf } from './isolation-acts.ts'
import { byPicket } from './isolation-log.ts'
import { activeIsolation } from './isolations.ts'
import { protectionOf } from './protections.ts'
import type { QuarantineDesk } from './quarantine-desk.ts'

type Rule = StationSettings['quarantine']['automatic'][number]

/** What Picket did of its own accord is listed as executions of a task of this name. */
export const automaticTask = 'automatic'

/** Where the store remembers since when it may: alarms of before are for people. */
const sinceKey = 'automatic-quarantine-since'

const hourMs = 3_600_000

/** Throws SETTINGS_INVALID where a rule names no behavior, or one that is not judged by a model at HIGH. */
export function checkAutomatic({ quarantine, profiles }: StationSettings): void {
  for (const { securityProfileName, behaviorName } of quarantine.automatic) {
    const profile = profiles.find((one) => one.securityProfileName === securityProfileName)
    const behavior = profile?.behaviors.find(({ name }) => name === behaviorName)
    const named = `quarantine.automatic: ${securityProfileName} / ${behaviorName}`
    if (!behavior) {
      const sentence = `${named} is no behavior of the profiles in the settings. Correct the names, or take it out.`
      throw new StationError('SETTINGS_INVALID', sentence)
    }
    const { criteria } = behavior
    if (isMl(criteria) && criteria.mlDetectionConfig.confidenceLevel === 'HIGH') continue
    const sentence = `${named} may not isolate devices by itself: only a behavior that is judged by a model (mlDetectionConfig) at confidence HIGH may. Set its confidence to HIGH, or take it out.`
    throw new StationError('SETTINGS_INVALID', sentence)
  }
}

/** Isolates devices whose alarms say so in the settings: timed, a few an hour, and never protected ones. */
export class AutomaticQuarantine {
  readonly #core: Core
  readonly #desk: QuarantineDesk
  #judgedThrough = 0
  #work: Promise<void> = Promise.resolve()
  #isBusy = false

  constructor(core: Core, desk: QuarantineDesk) {
    this.#core = core
    this.#desk = desk
  }

  start(): void {
    const { write } = this.#core.store
    if (this.#rules.length === 0) deleteState(write, sinceKey)
    else if (readState(write, sinceKey) === null) {
      writeState(write, sinceKey, String(this.#core.clock.now()))
    }
    for (const { id, execution } of readExecutions(write, automaticTask)) {
      if (execution.status === 'IN_PROGRESS') endInterrupted(this.#core, id, execution)
    }
  }

  /** Looks at the alarms once more slots were judged. Waits for nothing. */
  turn(): void {
    const { judgedThrough } = this.#core
    if (this.#rules.length === 0 || this.#isBusy || judgedThrough === this.#judgedThrough) return
    this.#judgedThrough = judgedThrough
    this.#isBusy = true
    this.#work = this.#actOnAll()
      .catch((error: unknown) => {
        const facts = { error: String(error) }
        this.#core.ports.log.error(facts, 'Automatic quarantine could not look at the alarms')
        this.#judgedThrough = 0
      })
      .finally(() => (this.#isBusy = false))
  }

  stop(): Promise<void> {
    return this.#work
  }

  get #rules(): readonly Rule[] {
    return this.#core.settings.quarantine.automatic
  }

  async #actOnAll(): Promise<void> {
    const { read } = this.#core.store
    const { alarms } = listActiveAlarms(read, { includeSuppressed: false, limit: 1000, offset: 0 })
    for (const alarm of alarms) {
      const rule = this.#rules.find((one) => isOf(alarm, one))
      if (rule && isNew(this.#core, alarm)) await this.#act(alarm, rule)
    }
  }

  /** Kept before anything is done, so that no alarm isolates a device twice. */
  async #act(alarm: Alarm, rule: Rule): Promise<void> {
    const core = this.#core
    const why = reasonAgainst(core, alarm)
    if (why !== null) return leftAlone(core, alarm, why)
    const begun = executionOf(core, alarm)
    const id = insertExecution(core.store.write, begun)
    const { status, ...outcome } = await this.#isolate(alarm, rule)
    const ended = { ...begun, ...outcome, status, executionEndDate: core.clock.now() }
    updateExecution(core.store.write, id, ended)
    if (status === 'FAILED') tell(core, alarm, `not isolated by itself: ${outcome.message}`)
  }

  async #isolate(alarm: Alarm, { releaseAfterMinutes }: Rule) {
    const reason = `The alarm of ${alarm.securityProfileName} / ${alarm.behaviorName}, by the settings.`
    const order = { digest: null, reason, by: byPicket, approvedBy: null, releaseAfterMinutes }
    try {
      const { deviceId, id } = alarm
      const isolation = await this.#desk.carryOut({ ...order, deviceId, alarmIds: [id] })
      const status = isolation.state === 'failed' ? 'FAILED' : 'SUCCESSFUL'
      const errorCode = status === 'FAILED' ? 'BROKER_REFUSED' : null
      return { status, errorCode, message: isolation.sentence, isolationId: isolation.id } as const
    } catch (error) {
      const errorCode = error instanceof StationError ? error.code : 'INTERNAL'
      const message = wordsOf(this.#core, error)
      return { status: 'FAILED', errorCode, message, isolationId: null } as const
    }
  }
}

function isOf(alarm: Alarm, rule: Rule): boolean {
  return (
    alarm.kind === 'machine-learning' &&
    alarm.confidence === 'HIGH' &&
    alarm.securityProfileName === rule.securityProfileName &&
    alarm.behaviorName === rule.behaviorName
  )
}

/** Raised since Picket may act by itself, and not acted on. */
function isNew({ store: { read } }: Core, { id }: Alarm): boolean {
  const raised = readAlarmEvents(read, id).find(({ type }) => type === 'in-alarm')
  const since = Number(readState(read, sinceKey) ?? Infinity)
  if (!raised || raised.at < since) return false
  return !hasExecution(read, { taskId: automaticTask, violationId: id })
}

function reasonAgainst(core: Core, { deviceId }: Alarm): string | null {
  const protection = protectionOf(core, deviceId)
  if (protection !== 'none') return `it is protected (${protection}).`
  const { automaticPerHour } = core.settings.quarantine
  return actsInLastHour(core) >= automaticPerHour
    ? `${automaticPerHour} devices were isolated by themselves within an hour, which is the limit.`
    : null
}

function actsInLastHour({ store, clock }: Core): number {
  const now = clock.now()
  const page = { limit: 1000, offset: 0 }
  const recent = listExecutions(store.read, { from: now - hourMs, to: now + 1, ...page })
  return recent.filter(({ taskId, status }) => taskId === automaticTask && status !== 'SKIPPED')
    .length
}

/** A person should know that nothing was done. */
function leftAlone(core: Core, alarm: Alarm, why: string): void {
  const message = `Not isolated by itself: ${why} Look at the alarm and isolate it by hand if it is right.`
  const begun = executionOf(core, alarm)
  const skipped = {
    ...begun,
    status: 'SKIPPED',
    message,
    executionEndDate: core.clock.now(),
  } as const
  const { write } = core.store
  transaction(write, () => {
    insertExecution(write, skipped)
    const detail = { what: automaticTask, alarm: alarm.id, why }
    const facts = { by: byPicket, subject: alarm.deviceId, detail }
    appendToJournal(core, { ...facts, kind: 'mitigation-failed' })
  })
  tell(core, alarm, `not isolated by itself: ${why}`)
}

/** Picket was ended before it was kept, or after: the isolation itself is finished by the desk. */
function endInterrupted(core: Core, id: number, execution: MitigationExecution): void {
  const { deviceId } = execution
  const isolation = activeIsolation(core.isolations, deviceId)
  const message = isolation
    ? 'Picket was ended in the middle; the isolation is finished after its start.'
    : 'Picket was ended before it could isolate the device. Look at the alarm and isolate it by hand if it is right.'
  updateExecution(core.store.write, id, {
    ...execution,
    message,
    status: isolation ? 'SUCCESSFUL' : 'FAILED',
    errorCode: isolation ? null : 'INTERNAL',
    isolationId: isolation?.id ?? null,
    executionEndDate: core.clock.now(),
  })
}

function tell({ ports }: Core, { deviceId }: Alarm, what: string): void {
  ports.notifier.quarantineChanged({ deviceId, isUrgent: true, sentence: `${deviceId}: ${what}` })
}

function executionOf({ clock }: Core, alarm: Alarm): MitigationExecution {
  return {
    taskId: automaticTask,
    violationId: alarm.id,
    actionName: 'quarantine',
    deviceId: alarm.deviceId,
    executionStartDate: clock.now(),
    executionEndDate: null,
    status: 'IN_PROGRESS',
    errorCode: null,
    message: '',
    isolationId: null,
  }
}
