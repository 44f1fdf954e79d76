import { decodeModel, encodeModel } from '../../detect/trained/codec.ts'
import { unseenDays } from '../../detect/trained/known-days.ts'
import type {
  DeviceHistory,
  GroupModel,
  MetricModel,
  SeriesHistory,
} from '../../detect/trained/model.ts'
import { trainGroup } from '../../detect/trained/train.ts'
import { slotMs } from '../../contract/model/time.ts'
import { confidenceScore } from '../../detect/confidence.ts'
import { groupDevices, type SeriesData } from '../store/datapoints.ts'
import type { ReadHandle } from '../store/handles.ts'
import { readDevices } from '../store/catalog.ts'
import { closeReader, openReader } from '../store/open.ts'
import type { SeriesSpan, TrainJob, TrainResult } from './protocol.ts'

/**
 * Learns the whole group from the histories of all devices. Reads through a connection of its own, so the
 * station goes on writing.
 */
export function train(job: TrainJob, report: (done: number, total: number) => void): TrainResult {
  const reader = openReader(job.databasePath)
  try {
    const outcome = trainGroup(
      { slotMs, metricIds: job.metricIds, devices: historiesOf(reader, job, report) },
      { previous: previousOf(job), minimumDatapoints: job.minimumDatapoints },
    )
    const { model, skipped, kept, shifts, calibration } = outcome
    return {
      model: model && encodeModel(model),
      learned: (model?.metrics ?? []).flatMap((metric) => (metric ? [learnedOf(metric)] : [])),
      skipped,
      kept,
      shifts,
      calibration,
    }
  } finally {
    closeReader(reader)
  }
}

function learnedOf(metric: MetricModel): TrainResult['learned'][number] {
  const { metricId, datapoints } = metric
  return { metricId, datapoints, unseenDays: unseenDays(metric) }
}

/** A model of an earlier version, or a damaged one, is no model to fall back on. */
function previousOf({ previous }: TrainJob): GroupModel | null {
  try {
    return previous && decodeModel(previous)
  } catch {
    return null
  }
}

/** Of the progress that is told. A large fleet is read twice; learning itself tells nothing until it is done. */
const readings = 2

function historiesOf(
  reader: ReadHandle,
  job: TrainJob,
  report: (done: number, total: number) => void,
): Iterable<DeviceHistory> {
  const spared = Map.groupBy(job.falsePositives, ({ deviceId }) => deviceId)
  const total = readings * readDevices(reader).length
  let done = 0
  function* read(): Generator<DeviceHistory> {
    for (const { deviceId, series } of groupDevices(reader, job)) {
      report(Math.min(done++, total), total)
      const spans = spared.get(deviceId) ?? []
      yield {
        deviceId,
        series: series.map((data, index) => {
          const own = spans.filter(({ metricId }) => metricId === job.metricIds[index])
          return data && historyOf(data, own)
        }),
      }
    }
  }
  return { [Symbol.iterator]: read }
}

/** What was so strange is not learned from, unless a person said that it was normal. */
function historyOf(
  { slots, values, scores }: SeriesData,
  spared: readonly SeriesSpan[],
): SeriesHistory {
  const isExcluded = Uint8Array.from(slots, (_, at) =>
    Number((scores[at] ?? 0) >= confidenceScore.MEDIUM),
  )
  if (spared.length === 0) return { slots, values, isExcluded }
  const isNormal = Uint8Array.from(slots, (slot) =>
    Number(spared.some(({ fromSlot, toSlot }) => slot >= fromSlot && slot <= toSlot)),
  )
  const stillExcluded = isExcluded.map((flag, at) => flag & ~(isNormal[at] ?? 0))
  return { slots, values, isExcluded: stillExcluded, isNormal }
}
