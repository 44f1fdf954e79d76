import { StationError } from '../../contract/errors.ts'
import {
  isAnswerTo,
  type AnswerTo,
  type Ask,
  type EngineMessage,
  type Progress,
  type Question,
} from './protocol.ts'

interface Pending {
  ask: Ask
  settle(message: EngineMessage): void
  reject(error: StationError): void
}

/** Questions that the engine has not answered yet. */

export function createPendingRequests() {
  const pending = new Map<number, Pending>()
  let lastId = 0

  /** Numbers a question and hands it to `post`. Rejects with the engine's error, or when all are abandoned. */
  function ask<K extends Ask>(
    question: Question & { ask: K },
    post: (request: Question & { id: number }) => void,
    onProgress: (progress: Progress) => void = () => undefined,
  ): Promise<AnswerTo<K>['value']> {
    const id = ++lastId
    return new Promise((resolve, reject) => {
      const settle = (message: EngineMessage): void => {
        if (message.kind === 'progress') return onProgress(message)
        pending.delete(id)
        if (isAnswerTo(message, question.ask)) resolve(message.value)
        else reject(errorOf(message))
      }
      post({ ...question, id })
      pending.set(id, { ask: question.ask, settle, reject })
    })
  }

  function receive(message: EngineMessage): void {
    pending.get(message.id)?.settle(message)
  }

  /** The engine that was asked is gone. */
  function abandon(sentence: string): void {
    const abandoned = [...pending.values()]
    pending.clear()
    for (const { reject } of abandoned) reject(new StationError('ENGINE_DOWN', sentence))
  }

  function isWaitingFor(asks: readonly Ask[]): boolean {
    return [...pending.values()].some((one) => asks.includes(one.ask))
  }

  return { ask, receive, abandon, isWaitingFor }
}

function errorOf(message: EngineMessage): StationError {
  if (message.kind === 'failure') return new StationError(message.code, message.sentence)
  return new StationError('INTERNAL', 'The engine answered another question than it was asked.')
}
