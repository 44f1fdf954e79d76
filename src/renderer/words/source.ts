import type { ProbeFinding } from '../../contract/model/source.ts'
import type { Capability } from '../../contract/model/status.ts'
import type { SourceKind, Step } from './source-form.ts'

/** The kinds of source on offer, the one that shows most first. */
export const kindChoices: readonly { kind: SourceKind; words: string; meaning: string }[] = [
  {
    kind: 'mosquitto-log',
    words: 'Mosquitto, by its log',
    meaning: 'All six metrics of the broker’s side. The log is on the station’s machine.',
  },
  {
    kind: 'mosquitto-topics',
    words: 'Mosquitto, over MQTT',
    meaning: 'Connections and their ends, refused logins in part. No messages.',
  },
  {
    kind: 'emqx',
    words: 'EMQX',
    meaning: 'All six metrics with a rule that Picket gives you; connections without it.',
  },
  {
    kind: 'aws-lifecycle',
    words: 'AWS IoT Core',
    meaning: 'Connections, their ends and refused connects, from lifecycle events.',
  },
  {
    kind: 'mqtt',
    words: 'Any other broker',
    meaning: 'Reports of devices, and messages whose topic names the device.',
  },
]

export const stepWords = {
  kind: 'Kind of broker',
  place: 'Where it is',
  login: 'Login',
  test: 'Test',
  save: 'What it measures',
} satisfies Record<Step, string>

export const findingWords = {
  good: 'In order',
  warning: 'Mind',
  problem: 'Problem',
} satisfies Record<ProbeFinding['level'], string>

/** "6 observed, 2 partly, 5 not measurable". */
export function capabilitySummary(capabilities: readonly Capability[]): string {
  const count = (level: Capability['level']) =>
    capabilities.filter((one) => one.level === level).length
  return `${count('observed')} observed, ${count('partial')} partly, ${count('not-measurable')} not measurable`
}
