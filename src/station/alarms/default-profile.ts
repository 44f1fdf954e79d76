import { allMetricsTogether, awsMetrics } from '../../contract/model/aws-metrics.ts'
import { securityProfile, type SecurityProfile } from '../../contract/model/profile.ts'

/** Watches AWS's 13 metrics, each and together, with learned limits and few alarms; used where a site sets no profile. */
export const defaultProfile: SecurityProfile = securityProfile.parse({
  securityProfileName: 'Picket-default',
  securityProfileDescription: 'Every metric judged by what the device normally does.',
  behaviors: [...awsMetrics, allMetricsTogether].map(({ id }) => ({
    name: id.replace(/^\w+:/, ''),
    metric: id,
    criteria: { mlDetectionConfig: { confidenceLevel: 'HIGH' } },
  })),
})
