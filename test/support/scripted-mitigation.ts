import { implement, ORPCError } from '@orpc/server'
import { contract } from '../../src/contract/contract.ts'
import { errorSentences, type ErrorCode } from '../../src/contract/errors.ts'
import { deviceId as deviceIdSchema } from '../../src/contract/model/device.ts'
import type { Isolation } from '../../src/contract/model/quarantine.ts'
import { scriptedEntry, scriptedIsolation, type QuarantineScene } from './scripted-quarantine.ts'

const station = implement(contract)

/** What the routes read and change. */
interface Playing {
  quarantine(): QuarantineScene
  change(next: QuarantineScene): void
  /** Answers as slowly as the scene wants, or fails as it wants. */
  read<T>(answer: () => T): Promise<T>
  /** What was asked, in its order. */
  received: unknown[]
}

/** The calls of quarantine as a scripted station answers them: what is isolated stands in the list from then on. */
export function quarantineRoutes(playing: Playing) {
  const { quarantine: os } = station
  const { read, received } = playing
  return {
    controllers: os.controllers.handler(() => read(() => playing.quarantine().controllers)),
    list: os.list.handler(({ input }) =>
      read(() => {
        const { isolations } = playing.quarantine()
        const own = isolations.filter(
          ({ deviceId }) => input.deviceId === undefined || deviceId === input.deviceId,
        )
        return { total: own.length, isolations: own }
      }),
    ),
    get: os.get.handler(({ input: { id } }) =>
      read(() => ({ isolation: known(playing, id), events: playing.quarantine().events })),
    ),
    plan: os.plan.handler(({ input: { deviceId } }) =>
      read(() => ({ ...playing.quarantine().plan, deviceId })),
    ),
    isolate: os.isolate.handler(({ input }) => {
      received.push(input)
      return read(() => {
        const scene = playing.quarantine()
        if (input.digest !== scene.plan.digest) fail('QUARANTINE_PLAN_CHANGED')
        if (input.confirmation !== input.deviceId) fail('CONFIRMATION_WRONG')
        const { deviceId, reason, by } = input
        const isolation = scriptedIsolation(90, { deviceId, reason, by })
        playing.change({ ...scene, isolations: [isolation, ...scene.isolations] })
        return isolation
      })
    }),
    release: os.release.handler(({ input }) => {
      received.push(input)
      return read(() => changed(playing, input.id, { state: 'released' }))
    }),
    verify: os.verify.handler(({ input }) => {
      received.push(input)
      return read(() => known(playing, input.id))
    }),
    extend: os.extend.handler(({ input }) => {
      received.push(input)
      return read(() => changed(playing, input.id, { releaseAt: null }))
    }),
    protections: os.protections.handler(() =>
      read(() =>
        playing
          .quarantine()
          .protections.map((one) => ({ ...one, deviceId: deviceIdSchema.parse(one.deviceId) })),
      ),
    ),
    protect: os.protect.handler(({ input }) => {
      received.push(input)
      const { deviceId, protection } = input
      return read(() => ({ deviceId, protection }))
    }),
    approvers: os.approvers.handler(() => read(() => playing.quarantine().approvers)),
    setPin: os.setPin.handler(({ input }) => {
      received.push(input)
      return read(() => ({ person: input.person }))
    }),
  }
}

/** The calls of mitigation actions and tasks, as a scripted station answers them. */
export function mitigationRoutes({ quarantine, read, received }: Playing) {
  const { mitigation: os } = station
  return {
    actions: os.actions.handler(() => read(() => quarantine().actions)),
    saveAction: os.saveAction.handler(() =>
      read(() => quarantine().actions[0] ?? fail('ACTION_EXISTS')),
    ),
    removeAction: os.removeAction.handler(({ input: { name } }) => read(() => ({ name }))),
    planTask: os.planTask.handler(({ input }) =>
      read(() => {
        const deviceIds = ['pump-07', 'pump-03'].map((name) => deviceIdSchema.parse(name))
        const isIsolating = input.actions.includes('quarantine')
        const plans = deviceIds.map((deviceId) => ({ ...quarantine().plan, deviceId }))
        return { deviceIds, plans: isIsolating ? plans : [] }
      }),
    ),
    startTask: os.startTask.handler(({ input }) => {
      received.push(input)
      return read(() => quarantine().tasks[0] ?? fail('TASK_LIMIT'))
    }),
    tasks: os.tasks.handler(() => read(() => quarantine().tasks)),
    task: os.task.handler(() =>
      read(() => ({
        task: quarantine().tasks[0] ?? fail('TASK_UNKNOWN'),
        executions: quarantine().executions,
      })),
    ),
    cancelTask: os.cancelTask.handler(() =>
      read(() => quarantine().tasks[0] ?? fail('TASK_UNKNOWN')),
    ),
    executions: os.executions.handler(() => read(() => quarantine().executions)),
  }
}

/** The calls of the journal: one entry, and sound. */
export function journalRoutes({ read }: Playing) {
  const { journal: os } = station
  return {
    list: os.list.handler(() => read(() => [scriptedEntry()])),
    verify: os.verify.handler(() =>
      read(() => ({
        isSound: true,
        entries: 1,
        signedThrough: 1,
        head: null,
        keys: [],
        findings: [],
        notices: [],
      })),
    ),
    key: os.key.handler(() => read(() => ({ key: null }))),
  }
}

function known({ quarantine }: Playing, id: string): Isolation {
  return quarantine().isolations.find((one) => one.id === id) ?? fail('QUARANTINE_UNKNOWN')
}

function changed(playing: Playing, id: string, change: Partial<Isolation>): Isolation {
  const isolation = { ...known(playing, id), ...change }
  const scene = playing.quarantine()
  const isolations = scene.isolations.map((one) => (one.id === id ? isolation : one))
  playing.change({ ...scene, isolations })
  return isolation
}

function fail(code: ErrorCode): never {
  throw new ORPCError(code, { message: errorSentences[code] })
}
