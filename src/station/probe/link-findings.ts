import type { ProbeAdvice, ProbeFinding, ProbeReport } from '../../contract/model/source.ts'
import { emqxRuleText } from '../ingest/emqx-rule.ts'
import type { SourceSettings } from '../settings.ts'
import { awsPolicy } from './aws-advice.ts'
import { mosquittoAccess, publishedLog } from './mosquitto-advice.ts'
import type { FilterAnswer, LinkTrial } from './trial.ts'

export type LinkSource = Extract<SourceSettings, { url: string }>

interface Said {
  findings: ProbeFinding[]
  advice: ProbeAdvice[]
}

/** What a trial found, in words, and what is to be done about it. `clientId`: the one Picket watches with. */
export function linkFindings(settings: LinkSource, trial: LinkTrial, clientId: string): Said {
  const { hostname, host } = new URL(settings.url)
  const said: Said = { findings: [], advice: [] }
  if (trial.failure !== null) {
    said.findings.push(problem(trial.failure))
    if (settings.kind === 'aws-lifecycle') said.advice.push(awsPolicy(hostname, clientId))
    return said
  }
  said.findings.push(good(`${host} was reached, and took the login.`))
  said.findings.push(...wayFindings(settings, hostname), brokerFinding(settings, trial))
  said.findings.push(...trial.answers.filter(({ isWanted }) => isWanted).map(answerFinding))
  if (trial.wasCutOff) said.findings.push(problem(cutOff))
  const more = findingsByKind[settings.kind](settings, trial, clientId)
  return { findings: [...said.findings, ...more.findings], advice: more.advice }
}

const cutOff =
  'The broker ended the connection while Picket subscribed. AWS IoT and EMQX do so where a subscription is not allowed.'

type ByKind = (settings: LinkSource, trial: LinkTrial, clientId: string) => Said

const findingsByKind: Record<LinkSource['kind'], ByKind> = {
  'mosquitto-topics': topicsFindings,
  emqx: emqxFindings,
  'aws-lifecycle': awsFindings,
  mqtt: anyFindings,
}

const loopback = new Set(['127.0.0.1', '[::1]', 'localhost'])

function wayFindings({ url, trustAnyCertificate }: LinkSource, hostname: string): ProbeFinding[] {
  if (url.startsWith('mqtts:')) {
    return trustAnyCertificate
      ? [
          warning(
            'The connection is encrypted, but the broker’s certificate is not checked, as was chosen: anybody on the way may pose as the broker, and read the password.',
          ),
        ]
      : [good('The connection is encrypted, and the broker’s certificate is in order.')]
  }
  if (loopback.has(hostname)) return []
  return [
    warning(
      'The connection is not encrypted: anybody on the way may read the password and every message. Use mqtts:// if the broker can.',
    ),
  ]
}

const kindWords = {
  mosquitto: 'Mosquitto',
  emqx: 'EMQX',
  aws: 'AWS IoT Core',
} as const

const bestKinds: Record<keyof typeof kindWords, readonly LinkSource['kind'][]> = {
  mosquitto: ['mosquitto-topics'],
  emqx: ['emqx'],
  aws: ['aws-lifecycle'],
}

/** Any broker may be watched as any other; what was chosen for a certain one needs that one. */
function brokerFinding({ kind }: LinkSource, { broker }: LinkTrial): ProbeFinding {
  const version = broker.version === null ? '' : ` ${broker.version}`
  if (broker.kind === 'unknown') {
    const called = version === '' ? '' : ` It calls itself “${version.trim()}”.`
    const sentence = `What broker this is could not be found out: it does not let Picket read it in $SYS.${called}`
    return kind === 'mqtt' ? good(sentence) : warning(sentence)
  }
  const name = `${kindWords[broker.kind]}${version}`
  if (bestKinds[broker.kind].includes(kind)) return good(`The broker is ${name}.`)
  const advice = `Choose the kind for ${kindWords[broker.kind]}: it shows more`
  return kind === 'mqtt'
    ? warning(`The broker is ${name}. ${advice} than topics do.`)
    : problem(`The broker is ${name}, which has nothing of what was asked for. ${advice}.`)
}

function answerFinding({ filter, isGranted, arrived }: FilterAnswer): ProbeFinding {
  if (!isGranted) return problem(`The broker does not let Picket read ${filter}.`)
  if (arrived > 0) return good(`Picket may read ${filter}, and something arrived.`)
  return good(`Picket may subscribe to ${filter}; nothing arrived while it listened.`)
}

function topicsFindings(settings: LinkSource, trial: LinkTrial): Said {
  const version = trial.answers.find(({ filter }) => filter === '$SYS/broker/version')
  const isHidden = trial.broker.kind === 'unknown' && (version?.arrived ?? 0) === 0
  const isRefused = trial.answers.some(({ isWanted, isGranted }) => isWanted && !isGranted)
  if (isHidden || isRefused) {
    const sentence =
      'Nothing of $SYS arrived, though Mosquitto keeps its version there: its access list hides it from Picket.'
    return {
      findings: [problem(sentence)],
      advice: [mosquittoAccess(settings.username ?? null, ['$SYS/broker/#'])],
    }
  }
  if (trial.isProvokedSeen !== false) {
    const sentence = 'Mosquitto published the line of a connection that the test made.'
    return { findings: trial.isProvokedSeen ? [good(sentence)] : [], advice: [] }
  }
  return {
    findings: [
      problem('The test made a connection, but Mosquitto published no line of its log about it.'),
    ],
    advice: [publishedLog],
  }
}

function emqxFindings(settings: LinkSource, trial: LinkTrial): Said {
  if (trial.isRuleSeen) {
    return {
      findings: [good('Picket’s rule in EMQX told of a connection that the test made.')],
      advice: [],
    }
  }
  const told = trial.isProvokedSeen
    ? 'EMQX told of the connection that the test made, but Picket’s rule did not: it is missing or switched off.'
    : 'EMQX told nothing of a connection that the test made: Picket may not read its system topics, or they are switched off, and its rule is missing.'
  const advice = {
    title: 'The rule for EMQX, and who may read it',
    sentence:
      'With it EMQX tells of all six metrics. Without it, of connections and their ends alone.',
    text: emqxRuleText(settings.username ?? 'picket'),
  }
  return {
    findings: [trial.isProvokedSeen ? warning(told) : problem(told)],
    advice: [advice],
  }
}

function awsFindings({ url }: LinkSource, trial: LinkTrial, clientId: string): Said {
  const isRefused = trial.answers.some(({ isWanted, isGranted }) => isWanted && !isGranted)
  if (!isRefused && !trial.wasCutOff) return { findings: [], advice: [] }
  return { findings: [], advice: [awsPolicy(new URL(url).hostname, clientId)] }
}

const reportAnswers = '$aws/things/+/defender/metrics/#'

function anyFindings(settings: LinkSource, trial: LinkTrial): Said {
  const wanted = trial.answers.filter(({ isWanted }) => isWanted)
  if (wanted.length === 0) {
    const sentence =
      'Nothing is asked for: take reports, or say which topics name the device that publishes on them.'
    return { findings: [problem(sentence)], advice: [] }
  }
  const silent = wanted.filter(({ isGranted, arrived }) => !isGranted || arrived === 0)
  if (silent.length === 0) return { findings: [], advice: [] }
  const isMosquitto = trial.broker.kind === 'mosquitto'
  const sentence = isMosquitto
    ? 'Where nothing arrived, the site may be quiet; or Mosquitto’s access list hides it, for it grants every subscription.'
    : 'Where nothing arrived, the site may be quiet, or the broker’s access list hides it.'
  const takesReports = settings.kind === 'mqtt' && settings.reports
  const filters = [...new Set(wanted.map(({ filter }) => readable(filter)))]
  const lines = mosquittoAccess(
    settings.username ?? null,
    filters,
    takesReports ? [reportAnswers] : [],
  )
  return { findings: [warning(sentence)], advice: isMosquitto ? [lines] : [] }
}

/** One line for all that reports are read from. */
function readable(filter: string): string {
  return filter.startsWith('$aws/things/') ? reportAnswers : filter
}

/** True where a source with these grants would see nothing. */
export function isBlind({ answers }: LinkTrial): boolean {
  const wanted = answers.filter(({ isWanted }) => isWanted)
  return !wanted.some(({ isGranted }) => isGranted)
}

export function good(sentence: string): ProbeFinding {
  return { level: 'good', sentence }
}

export function warning(sentence: string): ProbeFinding {
  return { level: 'warning', sentence }
}

export function problem(sentence: string): ProbeFinding {
  return { level: 'problem', sentence }
}

/** The answer to a test that got nowhere. */
export const nothingReached: Pick<ProbeReport, 'isReached' | 'broker' | 'capabilities'> = {
  isReached: false,
  broker: { kind: 'unknown', version: null },
  capabilities: [],
}
