import type { DeviceId } from '../../contract/model/device.ts'
import { slotOf } from '../../contract/model/time.ts'
import type { Core } from '../core.ts'
import { activeIsolation, isNotJudged } from './isolations.ts'

/** What quarantine means for what is shown of a device, in sentences. */
export function noticesOfIsolation({ isolations, clock }: Core, deviceId: DeviceId): string[] {
  if (activeIsolation(isolations, deviceId)) {
    return [
      "In quarantine: what its broker sees of it is Picket's doing, so that raises and clears no alarm and is not learned from.",
    ]
  }
  if (!isNotJudged(isolations, deviceId, slotOf(clock.now()))) return []
  return ['Just out of quarantine: it is judged again once it has caught up, in a few minutes.']
}
