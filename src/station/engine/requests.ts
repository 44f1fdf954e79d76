import type { Judge } from '../../detect/trained/judge.ts'
import { check } from './check.ts'
import { openJudge } from './last-day.ts'
import type { Answer, EngineRequest, Progress } from './protocol.ts'
import { scorePoints } from './scoring.ts'
import { train } from './training.ts'

/** Answers requests, with the model that was loaded last. `report` is told how a long one gets on. */
export function createRequestHandler(
  report: (progress: Progress) => void,
): (request: EngineRequest) => Promise<Answer> {
  let judge: Judge | null = null

  return async function handle(request): Promise<Answer> {
    const { id } = request
    switch (request.ask) {
      case 'ping':
        return { kind: 'answer', id, ask: 'ping', value: null }
      case 'load':
        judge = openJudge(request.job)
        return { kind: 'answer', id, ask: 'load', value: judgedMetrics(judge) }
      case 'score':
        return { kind: 'answer', id, ask: 'score', value: scorePoints(judge, request.points) }
      case 'band':
        return { kind: 'answer', id, ask: 'band', value: judge?.band(request.query) ?? null }
      case 'train': {
        const told = (done: number, total: number) => report({ kind: 'progress', id, done, total })
        return { kind: 'answer', id, ask: 'train', value: train(request.job, told) }
      }
      case 'check':
        return { kind: 'answer', id, ask: 'check', value: check(request.databasePath) }
    }
  }
}

function judgedMetrics(judge: Judge | null): string[] {
  if (!judge) return []
  const { metricIds, metrics } = judge.model
  return metricIds.filter((_, index) => metrics[index] !== null)
}
