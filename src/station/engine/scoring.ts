import type { Explanation } from '../../contract/model/explanation.ts'
import { slotStartAt } from '../../contract/model/time.ts'
import type { Explanation as Reasons } from '../../detect/trained/explanation.ts'
import type { Judge } from '../../detect/trained/judge.ts'
import type { DeviceVerdict, Verdict } from '../../detect/trained/verdict.ts'
import { confidenceScore } from '../../detect/confidence.ts'
import type { DeviceScore, PointVerdict, ScorePoint, Scores } from './protocol.ts'

/** Metrics below this are not what makes a device strange. */
const leastCoFiringScore = 1

/** Judges the points, and each device over all its metrics. */
export function scorePoints(judge: Judge | null, points: readonly ScorePoint[]): Scores {
  const verdicts = new Map<ScorePoint, PointVerdict>()
  const devices: DeviceScore[] = []
  if (judge) {
    const indices = new Map(judge.model.metricIds.map((metricId, index) => [metricId, index]))
    for (const own of byDeviceAndSlot(points)) {
      devices.push(...scoreDevice(judge, { own, indices, verdicts }))
    }
  }
  return { points: points.map((point) => verdicts.get(point) ?? null), devices }
}

/** Runs of points of one device and slot. */
function byDeviceAndSlot(points: readonly ScorePoint[]): ScorePoint[][] {
  const groups = Map.groupBy(points, ({ slot, deviceId }) => `${slot} ${deviceId}`)
  return [...groups.values()]
}

function scoreDevice(
  judge: Judge,
  device: {
    own: readonly ScorePoint[]
    indices: ReadonlyMap<string, number>
    verdicts: Map<ScorePoint, PointVerdict>
  },
): DeviceScore[] {
  const { own, indices, verdicts } = device
  const [first] = own
  if (!first) return []
  const { deviceId, slot } = first
  const judged = judge.step({ deviceId, slot, values: valuesOf(own, indices) })
  for (const point of own) {
    const verdict = judged.metrics[indices.get(point.metricId) ?? -1]
    if (verdict) verdicts.set(point, pointVerdict(judge, point, verdict))
  }
  const complete = own.filter(({ isPartial }) => !isPartial)
  if (complete.length === own.length) return [deviceScore(judge, { deviceId, slot }, judged)]
  // What was seen in part is not remembered, and says nothing of the device as a whole.
  judge.warm({ deviceId, slot, values: valuesOf(complete, indices) })
  return []
}

function valuesOf(
  points: readonly ScorePoint[],
  indices: ReadonlyMap<string, number>,
): Float64Array {
  const values = new Float64Array(indices.size).fill(NaN)
  for (const { metricId, value } of points) {
    const index = indices.get(metricId)
    if (index !== undefined) values[index] = value
  }
  return values
}

function pointVerdict(judge: Judge, point: ScorePoint, verdict: Verdict): PointVerdict {
  const { score, direction, centre, expected, isProvisional } = verdict
  const { explainAt } = point
  const isExplained = explainAt !== null && score >= confidenceScore[explainAt]
  const reasons = isExplained ? judge.explain({ ...point, confidence: explainAt }) : null
  const explanation = reasons && explanationOf(reasons)
  return { score, direction, centre, expected, isProvisional, explanation }
}

function explanationOf(reasons: Reasons): Explanation {
  const { components, usual, coFiring, counterfactual, isProvisional } = reasons
  return {
    components,
    usual,
    coFiring: coFiring.map(({ metricId, slot, score }) => {
      return { metricId, at: slotStartAt(slot), odds: 10 ** score } as Explanation['coFiring'][0]
    }),
    counterfactual,
    isProvisional,
  }
}

function deviceScore(
  judge: Judge,
  { deviceId, slot }: { deviceId: string; slot: number },
  { device, metrics }: DeviceVerdict,
): DeviceScore {
  const { score } = device
  const isProvisional = metrics.some((verdict) => verdict?.isProvisional)
  const isStrange = score >= confidenceScore.LOW
  return { deviceId, slot, score, isProvisional, coFiring: isStrange ? coFiringOf() : [] }

  function coFiringOf(): Explanation['coFiring'] {
    const strange = metrics.flatMap((verdict, index) => {
      if (!verdict || verdict.score < leastCoFiringScore) return []
      const metricId = judge.model.metricIds[index] ?? ''
      const at = slotStartAt(slot)
      return [{ metricId, at, odds: 10 ** verdict.score } as Explanation['coFiring'][0]]
    })
    return strange.toSorted((a, b) => b.odds - a.odds)
  }
}
