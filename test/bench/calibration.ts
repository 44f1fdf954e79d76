import { parseArgs } from 'node:util'
import {
  added,
  calibratedScores,
  countClasses,
  findingOf,
  type ClassCount,
} from './calibration/class-calibration.ts'
import { binomialBounds } from './fleet/binomial.ts'
import { judgeFleet, type FleetTrial } from './fleet/judged-fleet.ts'
import { levelNames, levelScores } from './fleet/levels.ts'
import { machineFacts } from './ingest/machine.ts'
import { machineLine, markdownTable } from './scoring/report.ts'
import { tell } from './scoring/stage.ts'
import { wholeNumber } from './whole-number.ts'

const failed = 1
const firstHeldOutSeed = 11

interface Options extends Omit<FleetTrial, 'seed'> {
  seeds: number[]
  json: boolean
}

/** `npm run bench -- calibration`. Resolves with the exit code: 1 where a class is surely alarmed on too often. */
export function calibration(args: string[]): Promise<number> {
  const { seeds, json, ...trial } = readOptions(args)
  const counts = seeds
    .map((seed) => {
      const counted = countClasses(judgeFleet({ ...trial, seed }).devices)
      tell(`Seed ${seed}: ${counted[0]?.points.toLocaleString('en')} clean datapoints judged`)
      return counted
    })
    .reduce(added)
  const heading = `Clean fleets of ${trial.devices} devices in one group, ${trial.trainingDays} days learned, ${trial.judgedDays} judged, seeds ${seeds.join(', ')}, incidents x ${trial.incidentRate}`
  const facts = { ...machineFacts(), options: { seeds, ...trial } }
  console.log(json ? JSON.stringify({ ...facts, counts }) : tableOf(counts, heading))
  return Promise.resolve(counts.some((count) => excesses(count).length > 0) ? failed : 0)
}

/** Levels that a class surely reaches more often than they say. */
function excesses(count: ClassCount): string[] {
  return levelNames.filter((name) => {
    const level = calibratedScores.findIndex((score) => score === levelScores[name])
    return findingOf(count, level) === 'more'
  })
}

function tableOf(counts: readonly ClassCount[], heading: string): string {
  const head = ['clean datapoints of', 'number', ...calibratedScores.map(headOf)]
  const over = counts
    .filter((count) => excesses(count).length > 0)
    .map((count) => `${count.of} at ${excesses(count).join(', ')}`)
  return [
    heading,
    markdownTable([head, ...counts.map(rowOf)]),
    'Share of datapoints that reach the score (95 % bounds as if they were independent), over what the score says: 1 is as said. Classes without site outages, too. + and - where the bounds exclude it.',
    machineLine(),
    over.length > 0 ? `Surely more often than said: ${over.join('; ')}.` : 'No level is exceeded.',
  ].join('\n\n')
}

function headOf(score: number): string {
  const level = levelNames.find((name) => levelScores[name] === score)
  return level ? `${level}, 1e-${score}` : `1e-${score}`
}

function rowOf(count: ClassCount): string[] {
  const { of, points, reached } = count
  const cells = calibratedScores.map((score, level) => {
    if (points === 0) return '-'
    const times = (share: number) => (share * 10 ** score).toFixed(2)
    const { low, high } = binomialBounds(reached[level] ?? 0, points)
    const mark = { more: ' +', less: ' -', holds: '' }[findingOf(count, level)]
    return `${times((reached[level] ?? 0) / points)} (${times(low)} to ${times(high)})${mark}`
  })
  return [of, points.toLocaleString('en'), ...cells]
}

function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      devices: { type: 'string', default: '240' },
      seeds: { type: 'string', default: '3' },
      'first-seed': { type: 'string', default: String(firstHeldOutSeed) },
      days: { type: 'string', default: '5' },
      incidents: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
    },
  })
  const count = wholeNumber('seeds', values.seeds, { least: 1, most: 100 })
  const first = wholeNumber('first-seed', values['first-seed'], { least: 0, most: 1e9 })
  return {
    seeds: Array.from({ length: count }, (_, index) => first + index),
    devices: wholeNumber('devices', values.devices, { least: 8, most: 2000 }),
    perKind: 0,
    kinds: [],
    trainingDays: 14,
    judgedDays: wholeNumber('days', values.days, { least: 1, most: 60 }),
    minimumDatapoints: 25_000,
    incidentRate: wholeNumber('incidents', values.incidents, { least: 0, most: 10 }),
    json: values.json,
  }
}
