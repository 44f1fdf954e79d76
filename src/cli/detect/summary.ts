import type { BadLines } from './bad-lines.ts'
import type { Judgement } from './judge-datapoints.ts'
import { confidenceOf } from './judged.ts'
import type { CsvContent } from './read-csv.ts'

/**
 * What `--json` answers with. `levels`: datapoints whose highest level it is. `usPerDatapoint` is of judging, with
 * training, without reading and writing.
 */
export function summaryOf(run: {
  content: CsvContent
  badLines: BadLines
  judgement: Judgement
  readMs: number
  judgeMs: number
  writeMs: number
}) {
  const { content, badLines, judgement, readMs, judgeMs, writeMs } = run
  const { count, devices, metrics, series } = content.datapoints
  return {
    datapoints: count,
    devices: devices.length,
    metrics: metrics.length,
    series: series.length,
    spacingMs: judgement.spacingMs,
    badLines: { total: badLines.total(), ...badLines.byReason() },
    damage: content.damage,
    levels: levelsOf(judgement.judged.p),
    trainings: judgement.models?.trainings ?? 0,
    judgedByModels: judgement.models?.judgedDatapoints ?? 0,
    readMs: Math.round(readMs),
    judgeMs: Math.round(judgeMs),
    writeMs: Math.round(writeMs),
    tookMs: Math.round(readMs + judgeMs + writeMs),
    usPerDatapoint: (judgeMs * 1000) / count,
  }
}

export type Summary = ReturnType<typeof summaryOf>

function levelsOf(p: Float64Array) {
  const levels = { HIGH: 0, MEDIUM: 0, LOW: 0 }
  for (const one of p) {
    const level = confidenceOf(one)
    if (level) levels[level] += 1
  }
  return levels
}
