import { StationError } from '../../contract/errors.ts'
import { judgeByOwnPast } from './adaptive-pass.ts'
import { rowsBySeries, type Datapoints } from './datapoints.ts'
import { createJudged, type Judged } from './judged.ts'
import type { ReplayFigures } from './replay.ts'
import { spacingBefore } from './spacing.ts'
import { judgeByModels } from './trained-pass.ts'

export interface Judgement {
  judged: Judged
  /** Median interval between two datapoints of a series, ms. */
  spacingMs: number
  /** Null where nothing was to be learned beforehand. */
  models: ReplayFigures | null
}

/**
 * Judges every datapoint by what came before it: from `trainUntil` (epoch ms) on by models of the days before, all
 * others, and those that no model knows, by the past of their own series.
 */
export function judgeDatapoints(datapoints: Datapoints, trainUntil: number | null): Judgement {
  const judged = createJudged(datapoints.count)
  const bySeries = rowsBySeries(datapoints)
  const spacingMs = spacingBefore(datapoints, bySeries, trainUntil ?? Infinity)
  if (trainUntil === null) {
    judgeByOwnPast({ datapoints, bySeries }, judged, { isStopgap: false })
    return { judged, spacingMs, models: null }
  }
  refuseUselessCut(datapoints, trainUntil)
  const file = { datapoints, bySeries }
  const models = judgeByModels(file, judged, { spacingMs, trainUntil })
  judgeByOwnPast(file, judged, { isStopgap: true })
  return { judged, spacingMs, models }
}

function refuseUselessCut({ at }: Datapoints, trainUntil: number): void {
  if (at.some((time) => time < trainUntil)) return
  throw new StationError(
    'INPUT_INVALID',
    '--train-until lies before the first datapoint, so there is nothing to learn from. Name a later time, or leave it out.',
  )
}
