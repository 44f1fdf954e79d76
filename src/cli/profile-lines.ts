import type { StationClient } from '../contract/contract.ts'
import { metricOf } from '../contract/model/aws-metrics.ts'
import { isMl, type Behavior, type TrainingSummary } from '../contract/model/profile.ts'
import { inert } from './terminal.ts'

type Profiles = Awaited<ReturnType<StationClient['profiles']['list']>>
type Rates = NonNullable<TrainingSummary['falseAlarmsPerDay']>

const levels = ['HIGH', 'MEDIUM', 'LOW'] as const

/** `picket profiles list`: each behavior with its model and the false alarms that it costs a day. */
export function profileLines(profiles: Profiles): string[] {
  return profiles.flatMap(({ profile, training }) => [
    `${profile.securityProfileName}: ${profile.behaviors.length} behaviors, the whole fleet`,
    ...profile.behaviors.map((behavior) =>
      behaviorLine(
        behavior,
        training.find(({ behaviorName }) => behaviorName === behavior.name),
      ),
    ),
    budgetLine(profile.behaviors, training),
  ])
}

function behaviorLine(behavior: Behavior, summary: TrainingSummary | undefined): string {
  const rule = isMl(behavior.criteria)
    ? `learned, ${behavior.criteria.mlDetectionConfig.confidenceLevel}`
    : 'fixed limit'
  const parts = [`${behavior.name} (${metricOf(behavior.metric).name})`, rule]
  return `  ${[...parts, ...(summary ? trainingParts(summary) : [])].join(' · ')}`
}

function trainingParts(summary: TrainingSummary): string[] {
  const { modelStatus, datapointsCollectionPercentage, lastModelRefreshDate } = summary
  const trained =
    lastModelRefreshDate === null ? '' : ` of ${new Date(lastModelRefreshDate).toISOString()}`
  return [
    `${modelStatus}${trained}, ${Math.floor(datapointsCollectionPercentage)} % of the data`,
    ...(summary.falseAlarmsPerDay
      ? [`false alarms a day: ${rateWords(summary.falseAlarmsPerDay)}`]
      : []),
    ...(summary.keptModelReason
      ? [`did not hold on the latest day: ${inert(summary.keptModelReason)}`]
      : []),
  ]
}

/** Sums over the behaviors whose figures are known, at each level and as configured. */
function budgetLine(behaviors: readonly Behavior[], training: readonly TrainingSummary[]): string {
  const known = training.flatMap(({ behaviorName, falseAlarmsPerDay }) => {
    const criteria = behaviors.find(({ name }) => name === behaviorName)?.criteria
    if (!falseAlarmsPerDay || !criteria || !isMl(criteria)) return []
    return [
      { ...falseAlarmsPerDay, own: falseAlarmsPerDay[criteria.mlDetectionConfig.confidenceLevel] },
    ]
  })
  if (known.length === 0) return '  false alarms: not counted yet; each training counts them'
  const sum = (key: (typeof levels)[number] | 'own') =>
    known.reduce((total, rates) => total + rates[key], 0)
  const rates = { HIGH: sum('HIGH'), MEDIUM: sum('MEDIUM'), LOW: sum('LOW') }
  return `  about ${rate(sum('own'))} false alarms a day as configured; all at ${rateWords(rates)} (on this fleet's own days, ${known.length} of ${behaviors.length} behaviors)`
}

function rateWords(rates: Rates): string {
  return levels.map((level) => `${level} ${rate(rates[level])}`).join(', ')
}

function rate(perDay: number): string {
  return perDay.toLocaleString('en', { maximumSignificantDigits: 2 })
}
