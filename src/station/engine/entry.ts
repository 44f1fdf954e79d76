import { parentPort } from 'node:worker_threads'
import { StationError } from '../../contract/errors.ts'
import {
  isEngineRequest,
  type EngineMessage,
  type EngineRequest,
  type Failure,
} from './protocol.ts'
import { createRequestHandler } from './requests.ts'

/** Electron's `process.parentPort`, as far as it is used. It wraps messages, a worker's port does not. */
interface UtilityPort {
  postMessage(message: unknown): void
  on(event: 'message', receive: (event: { data: unknown }) => void): void
}

const post = open()
const handle = createRequestHandler(post)

/** Listens on whichever port this process has; returns how to answer. */
function open(): (message: EngineMessage) => void {
  if (parentPort) {
    const port = parentPort
    port.on('message', (message: unknown) => void receive(message))
    return (message) => port.postMessage(message)
  }
  if ('parentPort' in process && isUtilityPort(process.parentPort)) {
    const port = process.parentPort
    port.on('message', ({ data }) => void receive(data))
    return (message) => port.postMessage(message)
  }
  throw new Error('The detection engine must be started by a station: there is no message port.')
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
