import type { StationClient } from '../contract/contract.ts'
import type { Alarm } from '../contract/model/alarm.ts'
import { allMetricsTogether, metricOf } from '../contract/model/aws-metrics.ts'
import type { ComponentEvidence, Explanation } from '../contract/model/explanation.ts'
import { componentSubject } from '../contract/words/component.ts'
import { plain, rangeWords } from '../contract/words/range.ts'
import { alarmLine, chanceOf, timeOf } from './alarm-line.ts'
import { inert } from './terminal.ts'

type AlarmAnswer = Awaited<ReturnType<StationClient['alarms']['get']>>

/** `picket alarms show`: the alarm, why it was raised, what happened to it and what was found out. */
export function reasonLines({ alarm, events, verification }: AlarmAnswer): string[] {
  return [
    alarmLine(alarm),
    ...(alarm.explanation ? explanationLines(alarm, alarm.explanation) : []),
    ...events.map(({ at, sentence }) => `  ${timeOf(at)}  ${inert(sentence)}`),
    `  marked   ${markWords(verification)}`,
  ]
}

function explanationLines(alarm: Alarm, reasons: Explanation): string[] {
  const { unit } = metricOf(alarm.metricId)
  const { components, usual, coFiring, isProvisional } = reasons
  return [
    ...components.map((one) => componentLine(one, unit)),
    ...(usual
      ? [
          `  usual    ${amount(usual.device, unit)} for this device, ${amount(usual.fleet, unit)} for the fleet's middle one, at this hour`,
        ]
      : []),
    ...(alarm.metricId === allMetricsTogether.id ? [] : [counterfactualLine(reasons, unit)]),
    ...coFiring.map(
      ({ metricId, at, odds }) =>
        `  along    ${metricOf(metricId).name} ${chanceOf(odds)}, ${timeOf(at)}`,
    ),
    ...(isProvisional ? ['  known for less than a day: judged by its peers'] : []),
  ]
}

/** "lasting 61 %  mean of the last 8 h: 310 messages, usually 120 to 240". */
function componentLine(evidence: ComponentEvidence, unit: string): string {
  const { head, share, observed, expected } = evidence
  const course = head === 'fast' ? 'burst  ' : 'lasting'
  const range = rangeWords(expected)
  const part = `  ${course}  ${String(Math.round(share * 100)).padStart(3)} %  ${componentSubject(evidence, inert)}`
  return `${part}: ${amount(observed, unit)}${range && `, ${range}`}`
}

function counterfactualLine({ counterfactual }: Explanation, unit: string): string {
  if (!counterfactual)
    return '  no value of this slot would have cleared it: what came before, or what the other metrics did, alone alarms'
  const { low, high } = counterfactual
  const range =
    low !== null && high !== null
      ? `from ${plain(low)} to ${amount(high, unit)}`
      : high === null
        ? `of at least ${amount(low ?? 0, unit)}`
        : `of at most ${amount(high, unit)}`
  return `  a value ${range} would not have alarmed`
}

function markWords({ state, note, at }: AlarmAnswer['verification']): string {
  if (at === null) return 'not yet'
  return `${state}, ${timeOf(at)}${note && `: ${inert(note)}`}`
}

function amount(value: number, unit: string): string {
  return `${plain(value)} ${unit}`.trimEnd()
}
