import { calibrateGroup } from './calibrate.ts'
import type { CalibrationReport } from './calibration-report.ts'
import { everything } from './fit-range.ts'
import { fitGroup, habitsIn, judgeHeldOut, withPartners } from './folds.ts'
import { gatherHistory, type GatheredHistory } from './gathered-history.ts'
import type { GroupHistory, GroupModel, MetricModel } from './model.ts'
import { addOthers } from './others.ts'
import { measure } from './device-cells.ts'
import { findOutages, forgetOutages } from './outages.ts'
import { keepUncalibrated, type Kept } from './publish.ts'
import { bringToLevel } from './relevel.ts'
import { momentsOf } from './moments.ts'
import { choosePartners } from './ratios.ts'
import { learnRelations } from './relations.ts'
import { baselineShifts, shiftKey, type BaselineShift } from './shifts.ts'
import { traitsOf, type Traits } from './traits.ts'

export type { BaselineShift } from './shifts.ts'

export interface TrainingOptions {
  previous?: GroupModel | null
  /** Fewest datapoints of a metric over all devices. */
  minimumDatapoints: number
  /** Datapoints kept in memory, of all metrics together; the tails are learned from the devices that fit. */
  mostCells?: number
}

export interface TrainingOutcome {
  /** Null where no metric has enough datapoints. */
  model: GroupModel | null
  /** Metrics with too few datapoints. */
  skipped: { metricId: string; datapoints: number }[]
  /** Metrics that were not calibrated on the latest day, and what is in use for them. */
  kept: Kept[]
  /** Devices whose level moved within the window, those that were not reported before. */
  shifts: BaselineShift[]
  calibration: CalibrationReport
}

/** Learns what is normal for each device of a group, and how rare every distance from it is. */
export function trainGroup(source: GroupHistory, options: TrainingOptions): TrainingOutcome {
  const history = gatherHistory(source, options.mostCells)
  const datapoints = history?.datapoints ?? new Float64Array(source.metricIds.length)
  const isEnough = (metric: number) =>
    (datapoints[metric] ?? 0) >= Math.max(1, options.minimumDatapoints)
  const skipped = source.metricIds
    .map((metricId, metric) => ({ metricId, metric, datapoints: datapoints[metric] ?? 0 }))
    .filter(({ metric }) => !isEnough(metric))
    .map(({ metricId, datapoints }) => ({ metricId, datapoints }))
  if (!history || skipped.length === source.metricIds.length) {
    return { model: null, skipped, kept: [], shifts: [], calibration: { metrics: [] } }
  }
  const traits = traitsOf(history.kept, {
    metrics: history.metricIds.length,
    slotMs: history.slotMs,
  })
  const wanted = traits.map((each, metric) => (isEnough(metric) ? each : null))
  return {
    ...learn({ source, history, traits: wanted, previous: options.previous ?? null }),
    skipped,
  }
}

interface Lesson {
  source: GroupHistory
  history: GatheredHistory
  traits: (Traits | null)[]
  previous: GroupModel | null
}

function learn({ source, history, traits, previous }: Lesson): Omit<TrainingOutcome, 'skipped'> {
  toMeasures(history, traits)
  const { alone, outages } = fitCalmly(history, traits)
  const moments = momentsOf(alone.group, history)
  const relations = learnRelations(alone.group, history, moments)
  const learned = { history, traits, relations, partners: choosePartners(alone.group, moments) }
  const fitted = withPartners(alone, learned, everything)
  const { group } = fitted
  const heldOut = judgeHeldOut(learned, group)
  const habits = habitsIn(learned, group)
  const calibrated = calibrateGroup(group, heldOut, history)
  const metrics = group.metrics.map((baseline, index): MetricModel | null => {
    const tails = calibrated.tails[index]
    const own = habits[index]
    if (!baseline || !tails || !own) return null
    const devices = { ...baseline.devices, habits: own.table }
    const metricId = history.metricIds[index] ?? ''
    const datapoints = history.datapoints[index] ?? 0
    return { metricId, toSlot: history.toSlot, datapoints, ...baseline, devices, ...tails }
  })
  addOthers({ source, learned, fitted, outages, metrics, habits })
  const shifts = baselineShifts(group, history)
  const known = new Set(previous?.shifted ?? [])
  const { slotMs, metricIds, fromSlot, toSlot } = history
  const fresh: GroupModel = {
    version: 7,
    slotMs,
    metricIds,
    fromSlot,
    toSlot,
    metrics,
    device: calibrated.device,
    shifted: shifts.map(shiftKey),
    calibration: calibrated.report,
  }
  const { model, kept } = keepUncalibrated(fresh, previous, calibrated.latestDay)
  const newShifts = shifts.filter((shift) => !known.has(shiftKey(shift)))
  return { model, kept, shifts: newShifts, calibration: calibrated.report }
}

/** Each metric by itself, and takes out of the history what befell many devices at once. */
function fitCalmly(history: GatheredHistory, traits: (Traits | null)[]) {
  const nobody = traits.map(() => null)
  const alone = fitGroup({ history, traits, relations: nobody, partners: nobody }, everything)
  const outages = findOutages(alone.group, history)
  for (const device of history.kept) forgetOutages(device, outages, { group: alone.group, history })
  return { alone, outages }
}

/** Replaces values by what is computed with. */
function toMeasures({ kept, slotMs }: GatheredHistory, traits: readonly (Traits | null)[]): void {
  for (const cells of kept) {
    measure(cells, traits)
    bringToLevel(cells, traits, slotMs)
  }
}
