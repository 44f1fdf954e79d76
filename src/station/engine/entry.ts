import { StationError } from '../../contract/errors.ts'
import { listenToStation } from '../parent-port.ts'
import {
  isEngineRequest,
  type EngineMessage,
  type EngineRequest,
  type Failure,
} from './protocol.ts'
import { createRequestHandler } from './requests.ts'

const post: (message: EngineMessage) => void = listenToStation((message) => void receive(message))
const handle = createRequestHandler(post)

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
