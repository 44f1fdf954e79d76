import { isMl, securityProfile, type TrainingSummary } from '../../src/contract/model/profile.ts'
import type { Scene } from './scripted-scenes.ts'
import { hourMs, sceneStartAt } from './scripted-fleet.ts'

type Profile = Scene['profiles'][number]

const learned = (confidenceLevel: string) => ({ mlDetectionConfig: { confidenceLevel } })

const fleetProfile = securityProfile.parse({
  securityProfileName: 'fleet',
  securityProfileDescription: 'Pumps and meters of the north station.',
  behaviors: [
    { name: 'messages-sent', metric: 'aws:num-messages-sent', criteria: learned('HIGH') },
    {
      name: 'bytes-out',
      metric: 'aws:all-bytes-out',
      criteria: { ...learned('MEDIUM'), consecutiveDatapointsToClear: 3 },
    },
    {
      name: 'disconnects',
      metric: 'aws:num-disconnects',
      criteria: learned('HIGH'),
      suppressAlerts: true,
    },
    { name: 'all-metrics', metric: 'picket:all-metrics', criteria: learned('HIGH') },
    {
      name: 'authorization-failures',
      metric: 'aws:num-authorization-failures',
      criteria: {
        comparisonOperator: 'less-than-equals',
        value: { count: 5 },
        durationSeconds: 300,
      },
    },
  ],
})

const budgets: Readonly<Record<string, TrainingSummary['falseAlarmsPerDay']>> = {
  'messages-sent': { LOW: 0.69, MEDIUM: 0.072, HIGH: 0.0069 },
  'bytes-out': { LOW: 2.4, MEDIUM: 0.31, HIGH: 0.022 },
  disconnects: { LOW: 0.71, MEDIUM: 0.069, HIGH: 0.0004 },
}

/** In use, with what each level costs; one metric has kept its earlier model. */
export function learnedProfile(): Profile {
  return profileOf((behaviorName) => ({
    falseAlarmsPerDay: budgets[behaviorName] ?? null,
    ...(behaviorName === 'disconnects' && {
      lastModelRefreshDate: sceneStartAt - 29 * hourMs,
      keptModelReason:
        'On the latest day 0.9 % of its datapoints were as strange as 0.1 % should be.',
    }),
  }))
}

/** A small profile that is set to one level throughout. */
export function mediumProfile(): Profile {
  const behaviors = (['out', 'in'] as const).map((way) => ({
    name: `packets-${way}`,
    metric: `aws:all-packets-${way}`,
    criteria: learned('MEDIUM'),
  }))
  const profile = securityProfile.parse({ securityProfileName: 'packets', behaviors })
  const falseAlarmsPerDay = { LOW: 64, MEDIUM: 7.1, HIGH: 0.8 }
  return profileOf(() => ({ falseAlarmsPerDay }), profile)
}

/** Before the first model. */
export function learningProfile(): Profile {
  return profileOf((behaviorName) => ({
    modelStatus: 'PENDING_BUILD',
    datapointsCollectionPercentage: percentages[behaviorName] ?? 43,
    trainingDataCollectionStartDate: sceneStartAt - 6 * 24 * hourMs,
    lastModelRefreshDate: null,
  }))
}

/** Text from outside that is made to deceive, and models that are too old. */
export function hostileProfile(): Profile {
  const { profile, training } = profileOf(() => ({
    modelStatus: 'EXPIRED',
    lastModelRefreshDate: sceneStartAt - 31 * 24 * hourMs,
    keptModelReason: '<img src=x onerror=alert(1)>\u202e',
  }))
  const securityProfileDescription = '<script>alert(1)</script>\u202e description'
  return { profile: { ...profile, securityProfileDescription }, training }
}

const percentages: Readonly<Record<string, number>> = { disconnects: 100, 'all-metrics': 0 }

function profileOf(
  own: (behaviorName: string) => Partial<TrainingSummary>,
  profile = fleetProfile,
): Profile {
  const training = profile.behaviors
    .filter(({ criteria }) => isMl(criteria))
    .map(({ name }) => ({
      securityProfileName: profile.securityProfileName,
      behaviorName: name,
      modelStatus: 'ACTIVE' as const,
      datapointsCollectionPercentage: 100,
      trainingDataCollectionStartDate: sceneStartAt - 20 * 24 * hourMs,
      lastModelRefreshDate: sceneStartAt - 5 * hourMs,
      falseAlarmsPerDay: null,
      keptModelReason: null,
      ...own(name),
    }))
  return { profile, training }
}
