import type { ProbeAdvice, ProbeFinding } from '../../contract/model/source.ts'
import { good, problem, warning } from './link-findings.ts'
import type { LogFailure, LogTrial } from './log-trial.ts'
import { readableJournal, readableLog, wholeLog } from './mosquitto-advice.ts'

/** What was read: a file, or the journal of a unit. `user`: whom Picket runs as. */
export type LogPlace =
  { kind: 'file'; path: string; user: string } | { kind: 'journal'; unit: string; user: string }

interface Said {
  findings: ProbeFinding[]
  advice: ProbeAdvice[]
}

/** What the trial of a log found, in words. */
export function logFindings(place: LogPlace, trial: LogTrial): Said {
  if (trial.failure) return failureSaid(place, trial.failure)
  const file = place.kind === 'file' ? place.path : null
  const what = place.kind === 'file' ? place.path : `the journal of ${place.unit}`
  const findings = [good(`Picket may read ${what}.`)]
  if (trial.lines === 0)
    return emptySaid(place, [...findings, warning(`There is nothing in ${what} yet.`)])
  const { connections, messages, grants } = trial.evidence
  if (!connections && !messages) {
    const sentence = `None of the last ${trial.lines} lines of ${what} is one that Mosquitto writes about a client. Is it the right log? Or nobody connected, or it does not log connections.`
    return { findings: [...findings, problem(sentence)], advice: [wholeLog(file)] }
  }
  if (trial.version !== null) findings.push(good(`The broker is Mosquitto ${trial.version}.`))
  findings.push(good('Connections and their ends stand in it.'))
  if (!messages) {
    const sentence =
      'Messages and denials do not stand in it: debug lines are off, or nobody has sent anything yet.'
    return { findings: [...findings, problem(sentence)], advice: [wholeLog(file)] }
  }
  findings.push(good('Messages stand in it: debug lines are on.'))
  if (!grants) {
    const sentence =
      'No granted subscription stands in it yet, so denied ones cannot be told from the others. `log_type all` has both.'
    findings.push(warning(sentence))
  }
  return { findings, advice: [] }
}

function emptySaid(place: LogPlace, findings: ProbeFinding[]): Said {
  const file = place.kind === 'file' ? place.path : null
  const advice = [wholeLog(file)]
  // Whoever may not read the journal is shown an empty one.
  return { findings, advice: file === null ? [...advice, readableJournal(place.user)] : advice }
}

function failureSaid(place: LogPlace, failure: LogFailure): Said {
  const { user } = place
  if (place.kind === 'journal') {
    const detail = failure.kind === 'other' ? failure.detail : failure.kind
    return {
      findings: [problem(`The journal of ${place.unit} cannot be read: ${detail}.`)],
      advice: [readableJournal(user)],
    }
  }
  const { path: file } = place
  const advice = [readableLog({ file, user })]
  switch (failure.kind) {
    case 'missing':
      return {
        findings: [problem(`There is no file ${file} on the station’s machine.`)],
        advice: [wholeLog(file)],
      }
    case 'no-file':
      return { findings: [problem(`${file} is not a plain file.`)], advice: [] }
    case 'folder-closed':
      return {
        findings: [problem(`${user} may not look into ${failure.folder}.`)],
        advice,
      }
    case 'not-readable': {
      const { owner, mode } = failure
      const sentence = `${user}, whom Picket runs as, may not read ${file}: it belongs to user number ${owner}, with mode ${mode}.`
      return { findings: [problem(sentence)], advice }
    }
    default:
      return { findings: [problem(`${file} cannot be read: ${failure.detail}.`)], advice: [] }
  }
}
