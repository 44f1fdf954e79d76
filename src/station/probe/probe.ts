import { userInfo } from 'node:os'
import type { ProbeReport } from '../../contract/model/source.ts'
import { lifecycleFilters } from '../ingest/aws-lifecycle-events.ts'
import { lifecycleLevelOf } from '../ingest/aws-lifecycle-source.ts'
import { capabilitiesOf } from '../ingest/capabilities.ts'
import { emqxFilters, emqxLevelOf } from '../ingest/emqx-source.ts'
import type { LinkCredentials } from '../ingest/link-credentials.ts'
import { logLevelOf } from '../ingest/mosquitto-capabilities.ts'
import { topicsFilters, topicsLevelOf } from '../ingest/mosquitto-topics.ts'
import { mqttFilters, mqttLevelOf } from '../ingest/mqtt-source.ts'
import type { OwnLinks } from '../ingest/own-links.ts'
import type { MosquittoLogSettings, SourceSettings } from '../settings.ts'
import { isBlind, linkFindings, nothingReached, problem, type LinkSource } from './link-findings.ts'
import { tryLink } from './link-trial.ts'
import { logFindings, type LogPlace } from './log-findings.ts'
import { tryJournal, tryLogFile } from './log-trial.ts'
import type { LinkTrial } from './trial.ts'

interface ProbeOptions {
  settings: SourceSettings
  credentials: LinkCredentials
  /** A client id that no other connection of Picket's has at the moment. */
  clientId: string
  links: OwnLinks
}

/** Tries a source and says what it found. Never throws, keeps nothing, and publishes nothing. */
export async function probeSource(options: ProbeOptions): Promise<ProbeReport> {
  const startedAt = performance.now()
  const found = await probe(options)
  return { ...found, tookMs: Math.round(performance.now() - startedAt) }
}

function probe({ settings, ...options }: ProbeOptions): Promise<Omit<ProbeReport, 'tookMs'>> {
  if (settings.kind === 'mosquitto-log') return probeLog(settings)
  if ('url' in settings) return probeLink(settings, options)
  const findings = [problem('A broker of Picket’s own cannot be tested; it is started or not.')]
  return Promise.resolve({ ...nothingReached, findings, advice: [] })
}

async function probeLink(
  settings: LinkSource,
  { credentials, clientId, links }: Omit<ProbeOptions, 'settings'>,
): Promise<Omit<ProbeReport, 'tookMs'>> {
  const trial = await tryLink({
    settings,
    credentials,
    clientId,
    links,
    filters: filtersOf(settings),
    provokes: settings.kind === 'mosquitto-topics' || settings.kind === 'emqx',
  })
  const { broker } = trial
  const isReached = trial.failure === null
  const capabilities = isReached && !isBlind(trial) ? linkCapabilities(settings, trial) : []
  return { isReached, broker, capabilities, ...linkFindings(settings, trial, clientId) }
}

function filtersOf(settings: LinkSource): readonly string[] {
  switch (settings.kind) {
    case 'mosquitto-topics':
      return topicsFilters
    case 'emqx':
      return emqxFilters(settings)
    case 'aws-lifecycle':
      return lifecycleFilters
    default:
      return mqttFilters(settings)
  }
}

function linkCapabilities(settings: LinkSource, { isRuleSeen: hasRule }: LinkTrial) {
  switch (settings.kind) {
    case 'mosquitto-topics':
      return capabilitiesOf(topicsLevelOf)
    case 'emqx':
      return capabilitiesOf((metric) => emqxLevelOf(metric, { reports: settings.reports, hasRule }))
    case 'aws-lifecycle':
      return capabilitiesOf(lifecycleLevelOf)
    default:
      return capabilitiesOf((metric) => mqttLevelOf(metric, settings))
  }
}

async function probeLog(settings: MosquittoLogSettings): Promise<Omit<ProbeReport, 'tookMs'>> {
  const { file, journal } = settings
  const { username: user } = userInfo()
  if (file === undefined && journal === undefined) {
    const findings = [problem('Standard input is read by the station itself; it cannot be tested.')]
    return { ...nothingReached, findings, advice: [] }
  }
  const place: LogPlace =
    file === undefined
      ? { kind: 'journal', unit: journal ?? '', user }
      : { kind: 'file', path: file, user }
  const trial = await (place.kind === 'file' ? tryLogFile(place.path) : tryJournal(place.unit))
  const { evidence, version, failure } = trial
  const isKnown = evidence.connections || evidence.messages
  return {
    isReached: failure === null,
    broker: { kind: isKnown ? 'mosquitto' : 'unknown', version },
    capabilities: failure
      ? []
      : capabilitiesOf((metric) => logLevelOf(metric, { evidence, version })),
    ...logFindings(place, trial),
  }
}
