import type { Guarantee } from '../../../contract/model/quarantine.ts'
import type { ControllerSettings } from '../../settings.ts'
import type { ControllerContext } from '../controller-context.ts'
import type { QuarantineController } from '../controller.ts'
import { oneAtATime } from '../one-at-a-time.ts'
import { blockUsers, freeUsers, readFiles } from './broker-files.ts'
import { tellBroker } from './broker-signal.ts'
import { inspected } from './inspection.ts'
import { prepared } from './preparation.ts'
import { filesRecord } from './record.ts'

type FilesSettings = Extract<ControllerSettings, { kind: 'mosquitto-files' }>

/** Takes devices off a Mosquitto through its access list and password file on this machine. */
export function createMosquittoFilesController(
  settings: FilesSettings,
  { ownLogins }: Pick<ControllerContext, 'ownLogins'>,
): QuarantineController {
  const inTurn = oneAtATime()
  return {
    sourceId: settings.source,
    kind: 'mosquitto-files',
    address: settings.aclFile,
    guarantees: guaranteesOf(settings),
    prepare: (target) =>
      inTurn(async () =>
        prepared(await readFiles(settings), target, { signal: settings, ownLogins: ownLogins() }),
      ),
    isolate(kept) {
      const record = filesRecord.parse(kept)
      return inTurn(async () => {
        await blockUsers(await readFiles(settings), record)
        // Even where nothing was left to write: it may not have been told the last time.
        await tellBroker(settings)
      })
    },
    inspect(kept) {
      const record = filesRecord.parse(kept)
      return inTurn(async () => inspected(await readFiles(settings), record))
    },
    release(kept, manner) {
      const record = filesRecord.parse(kept)
      return inTurn(async () => {
        await freeUsers(await readFiles(settings), record, manner)
        await tellBroker(settings)
      })
    },
    stop: () => inTurn(() => Promise.resolve()),
  }
}

function guaranteesOf({ passwordFile }: FilesSettings): Guarantee[] {
  const login = passwordFile
    ? {
        holds: true,
        sentence: 'With a password, its connections end and it cannot log in again.',
      }
    : {
        holds: false,
        sentence:
          'It stays connected and may log in: the configuration names no passwordFile to take its login from.',
      }
  return [
    {
      holds: true,
      sentence:
        'Nothing it sends is taken and nothing reaches it, whatever other lines and patterns allow: Mosquitto looks at denials of a user first.',
    },
    login,
    {
      holds: false,
      sentence:
        'Whoever logs in with the same user name goes with it, and devices without a user name cannot be isolated: the access list tells them apart by nothing else.',
    },
    {
      holds: false,
      sentence:
        'Listeners with an access list of their own, and plugins, are not covered: Picket changes this one file. The proof shows whether that is enough.',
    },
  ]
}
