import { isMl, type SecurityProfile, type TrainingSummary } from '../../contract/model/profile.ts'
import { dayMs } from '../../contract/model/time.ts'
import type { Core } from '../core.ts'
import { storeFigures } from '../store/figures.ts'
import type { Training } from '../training.ts'

/** AWS: models expire when they could not be refreshed for 30 days. */
const modelLifeMs = 30 * dayMs

/** The profiles with how far learning has come for each of their machine learning behaviors. */
export function listProfiles(core: Core, training: Training) {
  return core.settings.profiles.map((profile) => ({
    profile,
    training: summariesOf(core, training, profile),
  }))
}

function summariesOf(
  core: Core,
  training: Training,
  { securityProfileName, behaviors }: SecurityProfile,
): TrainingSummary[] {
  const { oldestAt } = storeFigures(core.store.read, core.store.path)
  const needed = core.settings.training.minimumDatapoints
  return behaviors
    .filter(({ criteria }) => isMl(criteria))
    .map(({ name, metric }) => {
      const model = core.models.get(metric)
      const refreshedAt = model?.trainedAt ?? null
      const collected = training.datapoints.get(metric) ?? model?.datapoints ?? 0
      return {
        securityProfileName,
        behaviorName: name,
        modelStatus: modelStatus(refreshedAt, core.clock.now()),
        datapointsCollectionPercentage: Math.min(100, (100 * collected) / needed),
        trainingDataCollectionStartDate: oldestAt,
        lastModelRefreshDate: refreshedAt,
        falseAlarmsPerDay: model?.falseAlarmsPerDay ?? null,
        keptModelReason: model?.keptReason ?? null,
      }
    })
}

function modelStatus(refreshedAt: number | null, now: number): TrainingSummary['modelStatus'] {
  if (refreshedAt === null) return 'PENDING_BUILD'
  return now - refreshedAt > modelLifeMs ? 'EXPIRED' : 'ACTIVE'
}
