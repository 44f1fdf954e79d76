import { decodeModel } from '../../detect/codec.ts'
import { expectedBand, judge } from '../../detect/judge.ts'
import type { MetricModel } from '../../detect/model.ts'
import type { Verdict } from '../../detect/verdict.ts'
import { check } from './check.ts'
import type { Answer, Band, BandQuery, EngineRequest, Progress, ScorePoint } from './protocol.ts'
import { train } from './training.ts'

type Models = ReadonlyMap<string, MetricModel>

/** Answers requests, with the models that were loaded last. `report` is told how a long one gets on. */
export function createRequestHandler(
  report: (progress: Progress) => void,
): (request: EngineRequest) => Promise<Answer> {
  let models: Models = new Map()

  return async function handle(request): Promise<Answer> {
    const { id } = request
    switch (request.ask) {
      case 'ping':
        return { kind: 'answer', id, ask: 'ping', value: null }
      case 'load':
        models = modelsOf(request.models)
        return { kind: 'answer', id, ask: 'load', value: [...models.keys()] }
      case 'score':
        return { kind: 'answer', id, ask: 'score', value: score(models, request.points) }
      case 'band':
        return { kind: 'answer', id, ask: 'band', value: bandOf(models, request.query) }
      case 'train': {
        const told = (done: number, total: number) => report({ kind: 'progress', id, done, total })
        return { kind: 'answer', id, ask: 'train', value: await train(request.job, told) }
      }
      case 'check': {
        return { kind: 'answer', id, ask: 'check', value: check(request.databasePath) }
      }
    }
  }
}

function modelsOf(encoded: readonly Uint8Array[]): Models {
  return new Map(encoded.map(decodeModel).map((model) => [model.metricId, model]))
}

function score(models: Models, points: readonly ScorePoint[]): (Verdict | null)[] {
  return points.map((point) => {
    const model = models.get(point.metricId)
    return model ? judge(model, point) : null
  })
}

function bandOf(models: Models, query: BandQuery): Band | null {
  const model = models.get(query.metricId)
  if (!model) return null
  const { deviceId, confidence } = query
  const band: Band = { low: [], high: [] }
  for (let slot = query.fromSlot; slot < query.toSlot; slot += Math.max(1, query.step)) {
    const { low, high } = expectedBand(model, { deviceId, slot, confidence })
    band.low.push(low)
    band.high.push(high)
  }
  return band
}
