import { createHold } from '../../detect/adaptive/hold.ts'
import { newsScore, type Verdict } from '../../detect/trained/verdict.ts'
import type { Datapoints, RowsBySeries } from './datapoints.ts'
import type { Judged } from './judged.ts'
import { slottedFile } from './recorded-group.ts'
import { replay, type ReplayFigures } from './replay.ts'

/** A file is what there is: the station's minimum of 25,000 is for its operator to decide. */
const minimumDatapoints = 100

/**
 * Fewer devices than this have too few days in common to pool what several metrics do together: how strange a device
 * is as a whole is then ranked by its own past, and only the odds are the models'.
 */
const fewestPooled = 8

/**
 * Judges every datapoint from `trainUntil` (epoch ms) on by models learned from those before it. Leaves out those that
 * no model can judge.
 */
export function judgeByModels(
  { datapoints, bySeries }: { datapoints: Datapoints; bySeries: RowsBySeries },
  judged: Judged,
  { spacingMs, trainUntil }: { spacingMs: number; trainUntil: number },
): ReplayFigures {
  const cut = { spacingMs, cutAt: trainUntil }
  const { group, fromSlot, rows } = slottedFile(datapoints, bySeries, cut)
  const holds: (((score: number) => number) | undefined)[] = []
  const isPooled = rows.length >= fewestPooled
  return replay(group, {
    fromSlot,
    minimumDatapoints,
    take({ device, slot, verdict }) {
      for (let metric = 0; metric < verdict.metrics.length; metric += 1) {
        const row = rows[device]?.[metric]?.[slot.positions[metric] ?? -1]
        const ofMetric = verdict.metrics[metric]
        if (row === undefined || !ofMetric) continue
        const series = datapoints.seriesOf[row] ?? 0
        const hold = (holds[series] ??= holdAfter(slot.positions[metric] ?? 0))
        keep(judged, row, ofMetric)
        judged.emission[row] = hold(ofMetric.score)
        if (isPooled) judged.deviceScore[row] = verdict.device.score
        judged.deviceP[row] = verdict.device.p
      }
    },
  })
}

/** A hold that has let so many normal datapoints pass. */
function holdAfter(datapoints: number) {
  const hold = createHold()
  for (let seen = 0; seen < datapoints; seen += 1) hold(0)
  return hold
}

function keep(judged: Judged, row: number, verdict: Verdict): void {
  const { score, expected, isProvisional } = verdict
  judged.score[row] = score
  judged.p[row] = 10 ** -newsScore(verdict)
  judged.low[row] = expected.LOW.low ?? NaN
  judged.high[row] = expected.LOW.high ?? NaN
  judged.isProvisional[row] = isProvisional ? 1 : 0
}
