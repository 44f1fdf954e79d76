import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { ReplayFigures } from '../../src/cli/detect/replay.ts'
import { attackKinds, type AttackKind } from './fleet-simulator/index.ts'
import { machineFacts } from './ingest/machine.ts'
import { alarmEpisodes } from './fleet/alarm-episodes.ts'
import { attackResults, type AttackResult } from './fleet/attack-results.ts'
import { judgeFleet, type FleetTrial, type JudgedDevice } from './fleet/judged-fleet.ts'
import { levelNames } from './fleet/levels.ts'
import { attackFigures, falseAlarmFigures, shortfallsOf, tableOf } from './fleet/table.ts'
import { tell } from './scoring/stage.ts'
import { wholeNumber } from './whole-number.ts'

const failed = 1

/** Seeds 1 to 3 are for those who improve the detector; these are not looked at while they do. */
const firstHeldOutSeed = 11

interface Options extends Omit<FleetTrial, 'seed'> {
  seeds: number[]
  json: boolean
  missed: string | undefined
  alarms: string | undefined
}

/** `npm run bench -- fleet`. Resolves with the exit code: 1 below the floor. */
export async function fleet(args: string[]): Promise<number> {
  const { seeds, json, missed, alarms, ...trial } = readOptions(args)
  const devices: JudgedDevice[] = []
  const results: AttackResult[] = []
  const effort: ReplayFigures[] = []
  for (const seed of seeds) {
    const startedAt = performance.now()
    const judged = judgeFleet({ ...trial, seed })
    devices.push(...judged.devices)
    results.push(...attackResults(judged, seed))
    effort.push(judged.figures)
    const seconds = Math.round((performance.now() - startedAt) / 1000)
    tell(`Seed ${seed}: ${trial.devices} devices learned and judged in ${seconds} s`)
  }
  const figures = {
    attacks: attackFigures(results),
    falseAlarms: falseAlarmFigures(devices),
    ...speedOf(effort),
  }
  write(missed, missedOf(results))
  write(alarms, alarmEpisodes(devices))
  const heading = `Fleet of ${trial.devices} devices in one group, ${trial.trainingDays} days learned, ${trial.judgedDays} judged, seeds ${seeds.join(', ')}`
  const facts = { ...machineFacts(), options: { seeds, ...trial } }
  console.log(json ? JSON.stringify({ ...facts, ...figures }) : tableOf(figures, heading))
  return shortfallsOf(figures).length === 0 ? 0 : failed
}

function write(file: string | undefined, content: unknown): void {
  if (file !== undefined) writeFileSync(file, JSON.stringify(content, null, 1))
}

/** Attacks that did not reach every level. */
function missedOf(results: readonly AttackResult[]) {
  return results
    .map((result) => ({
      missed: levelNames.filter((level) => result.delays[level] === null),
      ...result,
    }))
    .filter(({ missed }) => missed.length > 0)
}

function speedOf(effort: readonly ReplayFigures[]) {
  const sum = (of: (figures: ReplayFigures) => number) =>
    effort.reduce((total, figures) => total + of(figures), 0)
  return {
    usPerTrainedDatapoint:
      (1000 * sum(({ trainMs }) => trainMs)) / sum(({ trainedDatapoints }) => trainedDatapoints),
    usPerJudgedDatapoint:
      (1000 * sum(({ judgeMs }) => judgeMs)) / sum(({ judgedDatapoints }) => judgedDatapoints),
  }
}

function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      devices: { type: 'string', default: '240' },
      seeds: { type: 'string', default: '3' },
      'first-seed': { type: 'string', default: String(firstHeldOutSeed) },
      'per-kind': { type: 'string', default: '8' },
      learned: { type: 'string', default: '14' },
      days: { type: 'string', default: '4' },
      plain: { type: 'boolean', default: false },
      kinds: { type: 'string', default: attackKinds.join(',') },
      missed: { type: 'string' },
      alarms: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  })
  const count = wholeNumber('seeds', values.seeds, { least: 1, most: 100 })
  const first = wholeNumber('first-seed', values['first-seed'], { least: 0, most: 1e9 })
  return {
    seeds: Array.from({ length: count }, (_, index) => first + index),
    devices: wholeNumber('devices', values.devices, { least: 1, most: 2000 }),
    perKind: wholeNumber('per-kind', values['per-kind'], { least: 0, most: 100 }),
    kinds: values.kinds.split(',').map(kindOf),
    trainingDays: wholeNumber('learned', values.learned, { least: 1, most: 60 }),
    judgedDays: wholeNumber('days', values.days, { least: 1, most: 60 }),
    minimumDatapoints: 25_000,
    isPlain: values.plain,
    missed: values.missed,
    alarms: values.alarms,
    json: values.json,
  }
}

function kindOf(name: string): AttackKind {
  const kind = attackKinds.find((known) => known === name)
  if (kind) return kind
  throw new RangeError(`--kinds are of ${attackKinds.join(', ')}`)
}
