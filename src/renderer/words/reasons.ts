import { metricOf } from '../../contract/model/aws-metrics.ts'
import type { Alarm } from '../../contract/model/alarm.ts'
import type {
  ComponentEvidence,
  ExpectedRange,
  Explanation,
} from '../../contract/model/explanation.ts'
import type { Metric } from '../../contract/model/metric.ts'
import { slotMs, slotsPerDay } from '../../contract/model/time.ts'
import { componentSubject, isChange, isJoint } from '../../contract/words/component.ts'
import { formatSpan } from './age.ts'
import { inertShort } from './inert.ts'
import { formatInterval } from './interval.ts'
import { formatChange, formatCount, formatRange, formatValue } from './value.ts'

/** One part of the evidence in words. */
export interface ComponentWords {
  /** What was looked at: "mean of the last 8 h". */
  subject: string
  observed: string
  /** "usually 120–240 messages"; empty where no range is known. */
  expected: string
}

/** What one component saw beside what it usually sees. Names that are not known here are shown as they are. */
export function componentWords(evidence: ComponentEvidence, metric: Metric): ComponentWords {
  const { observed, expected } = evidence
  // The size of a change has no sign; where it has one, the other side shall have one, too.
  const isSigned = isChange(evidence) && (observed < 0 || (expected.low ?? 0) < 0)
  return {
    subject: componentSubject(evidence, inertShort),
    observed: (isSigned ? formatChange : formatValue)(observed, metric),
    expected: expectedOf(expected, isSigned ? changeRange : formatRange, metric),
  }
}

/** The same in one line: "mean of the last 8 h: 310 messages, usually 120–240 messages". */
export function componentLine(evidence: ComponentEvidence, metric: Metric): string {
  const { subject, observed, expected } = componentWords(evidence, metric)
  return `${subject}: ${observed}${expected && `, ${expected}`}`
}

/** Whether a burst or something that lasts raised the alarm; empty without components. */
export function courseWords({ components }: Explanation): string {
  if (components.length === 0) return ''
  const shareOf = (isCounted: (one: ComponentEvidence) => boolean) =>
    components.filter(isCounted).reduce((sum, { share }) => sum + share, 0)
  const slow = shareOf(({ head }) => head === 'slow') / shareOf(() => true)
  const joint = shareOf(isJoint) / shareOf(() => true)
  const together = joint >= 0.5 ? ' Its metrics do not fit together as they usually do.' : ''
  if (slow >= 0.7) return `What lasts raised it, rather than a single value.${together}`
  if (slow <= 0.3) return `A burst raised it: this value and those just before it.${together}`
  return `A burst and what lasts raised it together.${together}`
}

/** What would not have alarmed in this slot. */
export function counterfactualWords({ counterfactual }: Explanation, metric: Metric): string {
  if (!counterfactual)
    return 'No value of this slot would have cleared it: what came before, or what the other metrics did, alone alarms.'
  const range = formatRange(counterfactual, metric)
  const isOpen = counterfactual.low === null || counterfactual.high === null
  return `A value ${isOpen ? 'of' : 'within'} ${range} would not have alarmed.`
}

/** How often normal data of so many devices would do this, with a datapoint of each in every slot. */
export function recurrenceWords(odds: number, devices: number): string {
  const days = odds / (slotsPerDay * Math.max(1, devices))
  const fleet = devices === 1 ? '1 device' : `${formatCount(devices)} devices`
  if (days < 1) return `about ${formatCount(Math.round(1 / days))} times a day for ${fleet}`
  return `about once in ${formatInterval(days)} for ${fleet}`
}

/** When another metric was strange, as seen from the alarm's slot. */
export function offsetWords(offsetMs: number): string {
  if (Math.abs(offsetMs) < slotMs) return 'in the same slot'
  return `${formatSpan(Math.abs(offsetMs))} ${offsetMs < 0 ? 'before' : 'after'}`
}

/** How the device usually stands to its fleet at this hour; empty where they are much alike. */
export function standingWords({ device, fleet }: NonNullable<Explanation['usual']>): string {
  if (fleet <= 0 || device <= 0) return ''
  if (device >= 2 * fleet) return 'It is usually well above its peers.'
  return device <= fleet / 2 ? 'It is usually well below its peers.' : ''
}

/** The strongest part of the evidence in one line, or nothing where there is none. */
export function strongestLine(alarm: Alarm): string | undefined {
  const [first] = alarm.explanation?.components ?? []
  return first && componentLine(first, metricOf(alarm.metricId))
}

type FormatRange = (range: ExpectedRange, metric: Metric) => string

function expectedOf(range: ExpectedRange, format: FormatRange, metric: Metric): string {
  if (range.low === null && range.high === null) return ''
  return `usually ${format(range, metric)}`
}

function changeRange({ low, high }: ExpectedRange, metric: Metric): string {
  if (low === null) return high === null ? '' : `at most ${formatChange(high, metric)}`
  if (high === null) return `at least ${formatChange(low, metric)}`
  return `${formatChange(low, metric)} to ${formatChange(high, metric)}`
}
