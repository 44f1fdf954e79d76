import {
  deviceClassNames,
  metricNames,
  attackKinds,
  type AttackKind,
} from '../fleet-simulator/index.ts'
import { machineLine, markdownTable } from '../scoring/report.ts'
import { summaryOf, type AttackResult, type KindSummary } from './attack-results.ts'
import { binomialBounds } from './binomial.ts'
import { alarmsOfMetric, deviceAlarms, metricAlarms, type AlarmCount } from './false-alarms.ts'
import type { JudgedDevice } from './judged-fleet.ts'
import { levelNames, levelScores, type LevelName } from './levels.ts'

/** Those that the evidence names, and what is asked of them. */
const hardAttack = 'exfiltration-1.6x' satisfies AttackKind
const namedAttacks: readonly AttackKind[] = attackKinds.slice(0, 11)
const floorAtMedium = 0.95
const floorOfHardAttack = 0.5

export interface FleetFigures {
  attacks: KindSummary[]
  falseAlarms: FalseAlarms[]
  usPerTrainedDatapoint: number
  usPerJudgedDatapoint: number
}

export interface FalseAlarms extends AlarmCount {
  of: string
}

export function attackFigures(results: readonly AttackResult[]): KindSummary[] {
  const kinds = attackKinds.filter((kind) => results.some((result) => result.kind === kind))
  return kinds.map((kind) => summaryOf(kind, results))
}

/** Of devices that nobody attacked; those that joined late are counted apart, too. */
export function falseAlarmFigures(devices: readonly JudgedDevice[]): FalseAlarms[] {
  const clean = devices.filter(({ isAttacked }) => !isAttacked)
  const known = clean.filter(({ isNew }) => !isNew)
  const classes = deviceClassNames.map((name) => ({
    of: `  ${name}`,
    ...metricAlarms(known.filter(({ deviceClass }) => deviceClass === name)),
  }))
  const metrics = metricNames.map((name, metric) => ({
    of: `  ${name}`,
    ...alarmsOfMetric(known, metric),
  }))
  return [
    { of: 'every metric', ...metricAlarms(known) },
    ...classes,
    ...metrics,
    { of: 'new devices', ...metricAlarms(clean.filter(({ isNew }) => isNew)) },
    { of: 'metrics together', ...deviceAlarms(known) },
    { of: '  new devices', ...deviceAlarms(clean.filter(({ isNew }) => isNew)) },
  ]
}

/** What keeps the figures from the floor, in words; none where they hold. */
export function shortfallsOf({ attacks, falseAlarms }: FleetFigures): string[] {
  const missed = attacks
    .filter(({ kind }) => namedAttacks.includes(kind))
    .filter((summary) => !isEnough(summary))
    .map(({ kind }) => `${kind} is detected too seldom`)
  const noisy = falseAlarms
    .filter(({ of }) => !of.startsWith(' ') && of !== 'new devices')
    .flatMap((count) =>
      levelNames
        .filter((level) => isOverNominal(count, level))
        .map((level) => `${count.of}: more false alarms at ${level} than nominal`),
    )
  return [...missed, ...noisy]
}

function isEnough({ kind, detected }: KindSummary): boolean {
  return kind === hardAttack ? detected.LOW >= floorOfHardAttack : detected.MEDIUM >= floorAtMedium
}

/** Surely so: even the lower bound lies above. */
function isOverNominal({ alarms, points }: AlarmCount, level: LevelName): boolean {
  return points > 0 && binomialBounds(alarms[level], points).low > 10 ** -levelScores[level]
}

/** For people, as Markdown. */
export function tableOf(figures: FleetFigures, heading: string): string {
  const { usPerTrainedDatapoint: train, usPerJudgedDatapoint: judge } = figures
  const shortfalls = shortfallsOf(figures)
  return [
    heading,
    markdownTable([attackHead, ...figures.attacks.map(attackRow)]),
    'By chance: of clean devices, at LOW, in as long a time. Detected: by any metric or all together, up to 1 h after.',
    markdownTable([alarmHead, ...figures.falseAlarms.map(alarmRow)]),
    'Share of datapoints (95 % bounds as if they were independent) and, of the last three, episodes a day and 1,000 devices.',
    `${train.toFixed(2)} us a datapoint trained, ${judge.toFixed(2)} us judged. ${machineLine()}`,
    shortfalls.length > 0 ? `Below the floor: ${shortfalls.join('; ')}.` : 'The floor holds.',
  ].join('\n\n')
}

const attackHead = ['attack', 'n', ...levelNames, 'median delay, min', 'by chance']

function attackRow(summary: KindSummary): string[] {
  const { kind, attacks, detected, medianDelayMinutes, chance } = summary
  const delays = levelNames.map((level) => medianDelayMinutes[level] ?? '-')
  return [
    kind,
    String(attacks),
    ...levelNames.map((level) => percent(detected[level])),
    delays.join(' / '),
    percent(chance.LOW),
  ]
}

const alarmHead = ['false alarms', 'datapoints', ...levelNames, 'a day: LOW', 'MEDIUM', 'HIGH']

function alarmRow(count: FalseAlarms): string[] {
  const { of, points, alarms, episodes, deviceDays } = count
  const shares = levelNames.map((level) => shareText(alarms[level], points))
  const perDay = levelNames.map((level) =>
    deviceDays === 0 ? '-' : ((1000 * episodes[level]) / deviceDays).toFixed(1),
  )
  return [of, points.toLocaleString('en'), ...shares, ...perDay]
}

function shareText(alarms: number, points: number): string {
  if (points === 0) return '-'
  const { low, high } = binomialBounds(alarms, points)
  return `${short(alarms / points)} (${short(low)} to ${short(high)})`
}

function short(share: number): string {
  return share === 0 ? '0' : share.toExponential(1)
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`
}
