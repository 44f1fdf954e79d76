import { allMetricsTogether } from '../../contract/model/aws-metrics.ts'
import {
  isMl,
  type Behavior,
  type ConfidenceLevel,
  type SecurityProfile,
  type TrainingSummary,
} from '../../contract/model/profile.ts'
import { formatInterval } from './interval.ts'
import { formatCount } from './value.ts'

/** From few alarms to many. */
export const levels = ['HIGH', 'MEDIUM', 'LOW'] as const satisfies readonly ConfidenceLevel[]

export const levelWords = { HIGH: 'High', MEDIUM: 'Medium', LOW: 'Low' } satisfies Record<
  ConfidenceLevel,
  string
>

/** Share of normal datapoints that may reach each level. */
export const levelShares = {
  HIGH: '1 in 1,000,000',
  MEDIUM: '1 in 100,000',
  LOW: '1 in 10,000',
} satisfies Record<ConfidenceLevel, string>

/** False alarms a day of a whole profile: at each level, and as its behaviors are set. */
export interface Budget {
  byLevel: Record<ConfidenceLevel, number>
  configured: number
  /** The level that all counted behaviors are set to, or null where they differ. */
  level: ConfidenceLevel | null
  /** Learned behaviors that are in the figures, and those that are not. */
  counted: number
  uncounted: number
  /** Behaviors with a fixed limit. */
  fixed: number
}

/** Adds up what is known of a profile's behaviors; null while nothing is. */
export function budgetOf(
  { behaviors }: SecurityProfile,
  training: readonly TrainingSummary[],
): Budget | null {
  const learned = behaviors.flatMap((behavior) => {
    const level = levelOf(behavior)
    return level
      ? [{ level, perDay: summaryOf(training, behavior)?.falseAlarmsPerDay ?? null }]
      : []
  })
  const known = learned.flatMap(({ level, perDay }) => (perDay ? [{ level, perDay }] : []))
  const [first] = known
  if (!first) return null
  const sumAt = (levelFor: (own: ConfidenceLevel) => ConfidenceLevel) =>
    known.reduce((sum, { level, perDay }) => sum + perDay[levelFor(level)], 0)
  return {
    byLevel: { HIGH: sumAt(() => 'HIGH'), MEDIUM: sumAt(() => 'MEDIUM'), LOW: sumAt(() => 'LOW') },
    configured: sumAt((own) => own),
    level: known.every(({ level }) => level === first.level) ? first.level : null,
    counted: known.length,
    uncounted: learned.length - known.length,
    fixed: behaviors.length - learned.length,
  }
}

/** The level that a behavior is set to; null for a fixed limit. */
export function levelOf({ criteria }: Behavior): ConfidenceLevel | null {
  return isMl(criteria) ? criteria.mlDetectionConfig.confidenceLevel : null
}

export function summaryOf(
  training: readonly TrainingSummary[],
  { name }: Behavior,
): TrainingSummary | undefined {
  return training.find(({ behaviorName }) => behaviorName === name)
}

/** A rate in words: "14 a day", "1.4 a day", "1 in 12 days", "1 in 3 years". */
export function perDayWords(perDay: number): string {
  if (!(perDay > 0)) return 'none'
  if (perDay >= 9.95) return `${formatCount(Math.round(perDay))} a day`
  // Rarer than two days in three, an interval says more than a fraction.
  if (perDay > 2 / 3) return `${Number(perDay.toFixed(1))} a day`
  return `1 in ${formatInterval(1 / perDay)}`
}

/** "14 false alarms a day", "1 false alarm in 12 days". */
export function falseAlarmWords(perDay: number): string {
  const rate = perDayWords(perDay)
  if (rate === 'none') return 'no false alarms'
  if (rate === '1 a day') return '1 false alarm a day'
  if (rate.endsWith(' a day')) return rate.replace(' a day', ' false alarms a day')
  return rate.replace('1 in', '1 false alarm in')
}

/** What the first model of a behavior still waits for. */
export function missingWords(behavior: Behavior, summary: TrainingSummary): string {
  if (behavior.metric === allMetricsTogether.id)
    return 'Comes with the models of the single metrics.'
  const collected = summary.datapointsCollectionPercentage
  if (collected >= 100)
    return 'All its data are there: its first model comes with the next training.'
  return `${Math.ceil(100 - collected)} % of its data are still to come.`
}

/** What the figures of a profile leave out, or nothing. */
export function leftOutWords({ uncounted, fixed }: Budget): string {
  const parts = [
    ...(uncounted > 0 ? [`${uncounted} learned ${plural(uncounted)} without a figure`] : []),
    ...(fixed > 0 ? [`${fixed} ${plural(fixed)} with a fixed limit`] : []),
  ]
  return parts.length === 0 ? '' : `Not in these figures: ${parts.join(', ')}.`
}

function plural(count: number): string {
  return count === 1 ? 'behavior' : 'behaviors'
}
