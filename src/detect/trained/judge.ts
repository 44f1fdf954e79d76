import type { ConfidenceLevel } from '../../contract/model/profile.ts'
import { bandOf } from './band.ts'
import { claim, type DeviceMemory } from './device-memory.ts'
import { deviceSum } from './device-score.ts'
import { explain } from './explain.ts'
import type { Explanation } from './explanation.ts'
import { judgeMetric } from './judge-metric.ts'
import { createJudging, newMemory, viewAt, type Judging } from './judging.ts'
import type { GroupModel } from './model.ts'
import { toMeasure } from './places.ts'
import { claimScores } from './recent-scores.ts'
import { scoreOf } from './tail.ts'
import type { DeviceVerdict, Verdict } from './verdict.ts'

/** One device at one slot. `values`: by metric index in the metric's unit, NaN is missing. */
export interface DeviceSlot {
  deviceId: string
  slot: number
  values: Float64Array
}

export interface ExplanationQuery {
  deviceId: string
  slot: number
  metricId: string
  confidence: ConfidenceLevel
}

export interface BandQuery {
  deviceId: string
  metricId: string
  fromSlot: number
  /** Not included. */
  toSlot: number
  step: number
  confidence: ConfidenceLevel
}

/** Holds a model and the last day of each device. */
export interface Judge {
  model: GroupModel
  /** Judges and remembers. A slot of the last hours may come late or again: the answer is the same. */
  step(point: DeviceSlot): DeviceVerdict
  /** Remembers only. */
  warm(point: DeviceSlot): void
  /** Why a remembered datapoint of the last hours is judged as it is. Null where there is no verdict. */
  explain(query: ExplanationQuery): Explanation | null
  /** The expected range as a line to draw, whatever came before; null without a model. In the metric's unit. */
  band(query: BandQuery): { low: number[]; high: number[] } | null
}

export function createJudge(model: GroupModel): Judge {
  const judging = createJudging(model)
  const memories = new Map<string, DeviceMemory>()

  function remember(point: DeviceSlot): DeviceMemory {
    const memory = memories.get(point.deviceId) ?? newMemory(judging, point.deviceId)
    memories.set(point.deviceId, memory)
    write(judging, memory, point)
    return memory
  }

  return {
    model,
    step: (point) => judgeSlot(judging, remember(point), point),
    warm: (point) => void remember(point),
    explain: (query) => {
      const memory = memories.get(query.deviceId)
      return memory ? explain(judging, memory, query) : null
    },
    band: (query) => bandOf(judging, query),
  }
}

function write({ metrics }: Judging, memory: DeviceMemory, { slot, values }: DeviceSlot): void {
  const from = claim(memory, slot)
  for (let index = 0; index < metrics.length; index++) {
    const metric = metrics[index]
    const value = values[index] ?? NaN
    const isThere = metric && Number.isFinite(value)
    memory.measures[from + index] = isThere ? toMeasure(metric, value) : NaN
  }
}

function judgeSlot(judging: Judging, memory: DeviceMemory, point: DeviceSlot): DeviceVerdict {
  const view = viewAt(judging, memory, point.slot)
  const metrics: (Verdict | null)[] = []
  const from = claimScores(memory.recent, point.slot)
  for (let index = 0; index < judging.metrics.length; index++) {
    const verdict = judgeMetric(judging, view, { index, value: point.values[index] ?? NaN })
    judging.unrest[index] = verdict ? judging.heads.unrest : NaN
    memory.recent.scores[from + index] = verdict ? judging.heads.score : 0
    metrics.push(verdict)
  }
  return { metrics, device: deviceVerdict(judging) }
}

function deviceVerdict({ model, unrest }: Judging): DeviceVerdict['device'] {
  const score = model.device ? scoreOf(model.device, deviceSum(unrest)) : 0
  return { score, p: 10 ** -score }
}
