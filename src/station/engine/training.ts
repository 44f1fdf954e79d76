import { setImmediate } from 'node:timers/promises'
import { metricId } from '../../contract/model/metric.ts'
import { encodeModel } from '../../detect/codec.ts'
import { trainMetric } from '../../detect/train.ts'
import { readMetricHistories } from '../store/datapoints.ts'
import type { ReadHandle } from '../store/handles.ts'
import { closeReader, openReader } from '../store/open.ts'
import type { TrainedModel, TrainJob, TrainResult } from './protocol.ts'

interface Outcome {
  datapoints: number
  model: TrainedModel | null
}

/**
 * Trains one metric after the other, each from the histories of all devices. Reads through a connection of its
 * own, so the station goes on writing. Between metrics other requests get their turn.
 */
export async function train(
  job: TrainJob,
  report: (done: number, total: number) => void,
): Promise<TrainResult> {
  const reader = openReader(job.databasePath)
  const result: TrainResult = { models: [], skipped: [] }
  try {
    for (const [done, id] of job.metricIds.entries()) {
      report(done, job.metricIds.length)
      await setImmediate()
      const { model, datapoints } = trainOne(reader, job, id)
      if (model) result.models.push(model)
      else result.skipped.push({ metricId: id, datapoints })
    }
  } finally {
    closeReader(reader)
  }
  report(job.metricIds.length, job.metricIds.length)
  return result
}

function trainOne(reader: ReadHandle, job: TrainJob, name: string): Outcome {
  const range = [metricId.parse(name), job.fromSlot, job.toSlot] as const
  const histories = [...readMetricHistories(reader, ...range)]
  const datapoints = histories.reduce((total, { slots }) => total + slots.length, 0)
  if (datapoints < job.minimumDatapoints) return { datapoints, model: null }
  const model = trainMetric({ metricId: name, histories })
  if (!model) return { datapoints, model: null }
  const { fromSlot, toSlot } = model
  const bytes = encodeModel(model)
  return { datapoints, model: { metricId: name, fromSlot, toSlot, datapoints, bytes } }
}
