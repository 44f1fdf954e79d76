import type { Alarm } from '../contract/model/alarm.ts'
import { allMetricsTogether } from '../contract/model/aws-metrics.ts'
import { deviceId as deviceIdShape } from '../contract/model/device.ts'
import { confidenceScore } from '../detect/confidence.ts'
import type { Evidence } from './alarms/tracked-alarm.ts'
import type { Core } from './core.ts'
import { measureOf } from './datapoint.ts'
import type { DeviceScore, PointVerdict } from './engine/protocol.ts'
import { registerDevice, registerSeries } from './fleet.ts'
import { storedScore } from './store/series-data.ts'

/** A datapoint and what the engine says of it; null where its metric has no model. */
export type Judged = Pick<Evidence, 'datapoint' | 'verdict'>

/** How strange a device is over all its metrics, as a datapoint of its own that behaviors may watch. */
export function judgedTogether(core: Core, score: DeviceScore): Judged {
  const { fleet, store } = core
  const deviceId = deviceIdShape.parse(score.deviceId)
  const device = registerDevice(fleet, store.write, { deviceId, at: core.clock.now() })
  const metricId = allMetricsTogether.id
  const seriesId = registerSeries(fleet, store.write, { device, metricId })
  const measure = measureOf(storedScore(score.score))
  const datapoint = { seriesId, deviceId, metricId, slot: score.slot, measure, isPartial: false }
  return { datapoint, verdict: verdictOf(score) }
}

/** What a single metric showed is no news for as long as the engine looks back on it. */
const shownSlots = 12

/**
 * Leaves out the devices of which a single metric is in alarm, or was within the hour: what all of them together
 * show is news only where no single one shows it, and one incident is one alarm.
 */
export function notShownAlone(
  { shownAlone }: Core,
  judged: readonly { alarm: Alarm | null }[],
  together: readonly Judged[],
): Judged[] {
  const slot = together[0]?.datapoint.slot ?? 0
  for (const { alarm } of judged) if (alarm) shownAlone.set(alarm.deviceId, slot)
  return together.filter(({ datapoint: { deviceId } }) => {
    return slot - (shownAlone.get(deviceId) ?? -Infinity) > shownSlots
  })
}

function verdictOf({ score, isProvisional, coFiring }: DeviceScore): PointVerdict {
  const upTo = (high: number) => ({ low: null, high })
  return {
    score,
    direction: 'above',
    centre: 0,
    expected: {
      LOW: upTo(confidenceScore.LOW),
      MEDIUM: upTo(confidenceScore.MEDIUM),
      HIGH: upTo(confidenceScore.HIGH),
    },
    isProvisional,
    explanation: { components: [], usual: null, coFiring, counterfactual: null, isProvisional },
  }
}
