import { StationError } from '../../contract/errors.ts'
import type {
  ProbeReport,
  SourceDraft,
  SourceEntry,
  SourceSecrets,
} from '../../contract/model/source.ts'
import type { SourceStatus, SystemStatus } from '../../contract/model/status.ts'
import type { Core } from '../core.ts'
import type { LinkCredentials } from '../ingest/link-credentials.ts'
import { probeSource } from '../probe/probe.ts'
import { isListenOnly } from '../preferences.ts'
import { draftOfSettings, filesSet, noSecrets, settingsOfDraft } from '../source-drafts.ts'
import { addedOf, type SourceRoster } from '../source-roster.ts'
import {
  checkDestination,
  forgetSecrets,
  keepSecrets,
  keptCredentials,
  whichAreSet,
  withChanges,
} from '../source-secrets.ts'

/** What is needed to answer calls on sources. */
export interface SourceCalls {
  core: Core
  roster: SourceRoster
  status: SystemStatus
}

interface Chosen {
  draft: SourceDraft
  secrets: SourceSecrets
}

export async function listSources(calls: SourceCalls) {
  const sources = await Promise.all(calls.status.sources.map((status) => entryOf(calls, status)))
  return { sources, secrecy: calls.core.ports.secrets.describe() }
}

/** Tries a source; what is kept of one with the same id is used where the caller gives nothing new. */
export async function testSource(
  { core, roster }: Omit<SourceCalls, 'status'>,
  { draft, secrets }: Chosen,
): Promise<ProbeReport> {
  if (isListenOnly(core) && 'url' in draft) throw new StationError('LISTEN_ONLY')
  const kept = await keptOf({ core, roster }, draft.id)
  checkDestination(kept, { draft, secrets })
  return probeSource({
    settings: settingsOfDraft(draft),
    credentials: withChanges(kept.credentials, secrets),
    clientId: roster.idForTest(draft),
    links: core.links,
  })
}

/** Keeps a source, its secrets with the host, and watches it. */
export async function saveSource(
  { core, roster }: Omit<SourceCalls, 'status'>,
  { draft, secrets, replaces }: Chosen & { replaces: boolean },
): Promise<void> {
  const { id } = draft
  const before = roster.added(id)
  if (roster.ofFile(id)) throw new StationError('SOURCE_FIXED')
  if (before && !replaces) throw new StationError('SOURCE_EXISTS')
  const kept = await keptOf({ core, roster }, id)
  checkDestination(kept, { draft, secrets })
  const added = addedOf(draft, before, core.clock.now())
  if (added.uncheckedSince !== null) {
    const { reason } = ('trustAnyCertificate' in draft && draft.trustAnyCertificate) || {}
    core.ports.log.warn({ source: id, reason }, 'The certificate of a broker is not checked')
  }
  await keepSecrets(core.ports.secrets, id, secrets)
  await roster.save(added, Object.keys(secrets))
}

/** Stops to watch a source that was added here, and forgets it and its secrets. */
export async function removeSource(
  { core, roster }: Omit<SourceCalls, 'status'>,
  id: string,
): Promise<{ id: string }> {
  if (roster.ofFile(id)) throw new StationError('SOURCE_FIXED')
  if (!roster.added(id)) throw new StationError('SOURCE_UNKNOWN')
  await roster.remove(id)
  await forgetSecrets(core.ports.secrets, id)
  return { id }
}

export async function getSource(calls: SourceCalls, id: string): Promise<SourceEntry> {
  const status = calls.status.sources.find((one) => one.id === id)
  if (!status) throw new StationError('SOURCE_UNKNOWN')
  return entryOf(calls, status)
}

async function entryOf({ core, roster }: SourceCalls, status: SourceStatus): Promise<SourceEntry> {
  const added = roster.added(status.id)
  if (added) {
    const { draft, uncheckedSince } = added
    const secretsSet = whichAreSet(await keptCredentials(core.ports.secrets, status.id))
    return { status, origin: 'page', draft, secretsSet, uncheckedSince }
  }
  const settings = roster.ofFile(status.id)
  return {
    status,
    origin: 'file',
    draft: settings && draftOfSettings(settings),
    secretsSet: settings ? filesSet(settings) : noSecrets,
    uncheckedSince: null,
  }
}

/** What is known under an id already. */
async function keptOf(
  { core, roster }: Omit<SourceCalls, 'status'>,
  id: string,
): Promise<{ draft: SourceDraft | null; credentials: LinkCredentials }> {
  const settings = roster.ofFile(id)
  if (settings && 'url' in settings) {
    return { draft: draftOfSettings(settings), credentials: await roster.credentials(settings) }
  }
  const added = roster.added(id)
  if (!added) return { draft: null, credentials: {} }
  return { draft: added.draft, credentials: await keptCredentials(core.ports.secrets, id) }
}
