import { StationError } from '../../contract/errors.ts'
import {
  isEngineRequest,
  type EngineMessage,
  type EngineRequest,
  type Failure,
} from './protocol.ts'
import { createRequestHandler } from './requests.ts'

/** Electron's `process.parentPort`, as far as it is used. It wraps messages, `process.on('message')` does not. */
interface UtilityPort {
  postMessage(message: unknown): void
  on(event: 'message', receive: (event: { data: unknown }) => void): void
}

const post = open()
const handle = createRequestHandler(post)

/** Listens to whoever started this process; returns how to answer. */
function open(): (message: EngineMessage) => void {
  if ('parentPort' in process && isUtilityPort(process.parentPort)) {
    const port = process.parentPort
    port.on('message', ({ data }) => void receive(data))
    return (message) => port.postMessage(message)
  }
  if (!process.send) {
    throw new Error('The detection engine must be started by a station: there is no one to answer.')
  }
  process.on('message', (message) => void receive(message))
  process.once('disconnect', () => process.exit())
  // Ctrl-C in a terminal reaches every process of it: the station ends its engines when it is ready to.
  process.on('SIGINT', () => undefined)
  return (message) => void process.send?.(message)
}

async function receive(message: unknown): Promise<void> {
  if (!isEngineRequest(message)) return
  try {
    post(await handle(message))
  } catch (error) {
    post(failureOf(message, error))
  }
}

function failureOf({ id }: EngineRequest, error: unknown): Failure {
  const code = error instanceof StationError ? error.code : 'INTERNAL'
  const sentence = error instanceof Error ? error.message : String(error)
  return { kind: 'failure', id, code, sentence }
}

function isUtilityPort(port: unknown): port is UtilityPort {
  return typeof port === 'object' && port !== null && 'postMessage' in port && 'on' in port
}
