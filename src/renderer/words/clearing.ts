import { metricOf } from '../../contract/model/aws-metrics.ts'
import type { Alarm } from '../../contract/model/alarm.ts'
import type { ExpectedRange } from '../../contract/model/explanation.ts'
import type { Behavior } from '../../contract/model/profile.ts'
import { slotMs } from '../../contract/model/time.ts'
import { formatSpan } from './age.ts'
import { basisOf } from './alarm.ts'
import { formatRange } from './value.ts'

/** What ends the alarm. `behavior` is unknown when the profile has changed since. */
export function clearingSentence(alarm: Alarm, behavior: Behavior | undefined): string {
  if (basisOf(alarm) === 'shift') return shiftEnd(alarm)
  if (alarm.state === 'alarm-cleared')
    return 'It has cleared. A new violation would start a new alarm.'
  if (alarm.state === 'alarm-invalidated')
    return 'It was invalidated, because for two days there was nothing to judge.'
  if (!behavior)
    return 'Its behavior is no longer in any security profile, so nothing judges it now.'
  const count = behavior.criteria.consecutiveDatapointsToClear
  const datapoints = count === 1 ? '1 datapoint' : `${count} datapoints in a row`
  return `${datapoints} (${formatSpan(count * slotMs)}) ${normalWords(alarm)}. Missing data never clears it; two days of silence invalidate it.`
}

function shiftEnd({ state }: Alarm): string {
  return state === 'in-alarm'
    ? 'The next training learns the new level as usual and ends this. If the new level is not meant to be, the time to find out is before.'
    : 'The new level has been learned as usual.'
}

/** What a datapoint must be to count as normal again. */
function normalWords(alarm: Alarm): string {
  const { explanation, expected } = alarm
  const basis = basisOf(alarm)
  if (basis === 'together') return `that is ${formatRange(expected, metricOf(alarm.metricId))}`
  // Without reasons there is no telling how much of it came before this slot.
  if (basis === 'limit' || !explanation) return rangeWords(alarm, expected)
  if (explanation.counterfactual)
    return `judged normal: ${rangeWords(alarm, explanation.counterfactual)} as things stand`
  return 'judged normal: what came before, or what the other metrics do, alarms by itself, so that has to pass first'
}

function rangeWords(alarm: Alarm, range: ExpectedRange): string {
  const isClosed = range.low !== null && range.high !== null
  return `${isClosed ? 'within' : 'of'} ${formatRange(range, metricOf(alarm.metricId))}`
}
