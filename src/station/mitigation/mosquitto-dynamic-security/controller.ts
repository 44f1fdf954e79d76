import { randomBytes } from 'node:crypto'
import { StationError } from '../../../contract/errors.ts'
import type { Guarantee } from '../../../contract/model/quarantine.ts'
import type { ControllerContext } from '../controller-context.ts'
import type { QuarantineController } from '../controller.ts'
import { oneAtATime } from '../one-at-a-time.ts'
import { inspected } from './inspection.ts'
import { stepsToIsolate } from './isolation-steps.ts'
import {
  withPlugin,
  type AskPlugin,
  type DynamicSecuritySettings,
  type PluginLink,
} from './plugin-link.ts'
import { readState, stateCommands, type PluginState } from './plugin-state.ts'
import { prepared } from './preparation.ts'
import { dynamicSecurityRecord } from './record.ts'
import { stepsToRelease } from './release-steps.ts'
import type { Step } from './steps.ts'

/** Takes devices off a Mosquitto with a role of Picket's own, through its Dynamic Security plugin. */
export function createDynamicSecurityController(
  settings: DynamicSecuritySettings,
  context: ControllerContext,
): QuarantineController {
  const clientId = `picket-control-${randomBytes(4).toString('hex')}`
  const ending = new AbortController()
  const link: PluginLink = { settings, context, clientId, stopped: ending.signal }
  // What one isolation reads must not be changed by another before it has written.
  const inTurn = oneAtATime()
  const use = <Result>(work: (ask: AskPlugin) => Promise<Result>) =>
    inTurn(() => withPlugin(link, work))
  const ownLogins = () => [
    ...context.ownLogins(),
    ...(settings.username ? [settings.username] : []),
  ]

  return {
    sourceId: settings.source,
    kind: 'mosquitto-dynamic-security',
    address: settings.url,
    guarantees,
    prepare: (target) => use(async (ask) => prepared(await look(ask), target, ownLogins())),
    isolate(kept) {
      const record = dynamicSecurityRecord.parse(kept)
      return use((ask) => carryOut(ask, (state) => stepsToIsolate(state, record)))
    },
    inspect(kept) {
      const record = dynamicSecurityRecord.parse(kept)
      return use(async (ask) => inspected(await look(ask), record))
    },
    release(kept, manner) {
      const record = dynamicSecurityRecord.parse(kept)
      return use((ask) => carryOut(ask, (state) => stepsToRelease(state, record, manner)))
    },
    stop() {
      ending.abort()
      return inTurn(() => Promise.resolve())
    },
  }
}

const guarantees: Guarantee[] = [
  {
    holds: true,
    sentence:
      'It is stopped whatever its roles and groups allow, with a password or a certificate, after a restart of the broker too.',
  },
  {
    holds: true,
    sentence: 'Its connections end at once. Roles and groups of others are not touched.',
  },
  {
    holds: false,
    sentence:
      'It can connect again, and stays connected; what it sends and asks for is refused then.',
  },
  {
    holds: false,
    sentence:
      'Whoever logs in with the same user name goes with it: the broker tells devices apart by nothing else.',
  },
  {
    holds: false,
    sentence:
      'Topics under $ that no role names, $SYS and $aws aside, are as open as the default access of the broker: no rule covers all of them.',
  },
]

async function look(ask: AskPlugin): Promise<PluginState> {
  const answers = await ask(stateCommands)
  const failed = answers.find(({ error }) => error !== undefined)
  if (failed) {
    throw new StationError('BROKER_REFUSED', `The broker did not tell its state: ${failed.error}.`)
  }
  return readState(answers.map(({ data }) => data))
}

/** Does what is left, and looks whether that was enough. */
async function carryOut(ask: AskPlugin, stepsLeft: (state: PluginState) => Step[]): Promise<void> {
  const steps = stepsLeft(await look(ask))
  if (steps.length === 0) return
  const answers = await ask(steps.map(({ command }) => command))
  const [left] = stepsLeft(await look(ask))
  if (!left) return
  const refused = steps.flatMap(({ sentence }, index) => {
    const error = answers[index]?.error
    return error === undefined ? [] : [`The broker said "${error}" to this: ${sentence}`]
  })
  throw new StationError(
    'BROKER_REFUSED',
    `${refused[0] ?? `The broker took all commands, and yet this is left: ${left.sentence}`} Asking again is safe, and finishes what was begun.`,
  )
}
