import { StationError } from '../contract/errors.ts'
import type {
  SecretName,
  SecretsSet,
  SourceDraft,
  SourceSecrets,
} from '../contract/model/source.ts'
import type { LinkCredentials } from './ingest/link-credentials.ts'
import type { Secrets } from './ports.ts'

const names: readonly SecretName[] = ['password', 'key', 'cert', 'ca']

/** What is kept of a source's secrets. */
export async function keptCredentials(secrets: Secrets, id: string): Promise<LinkCredentials> {
  const credentials: LinkCredentials = {}
  for (const name of names) {
    const value = await secrets.get(placeOf(id, name))
    if (value !== null) credentials[name] = value
  }
  return credentials
}

/** Keeps new secrets of a source, and forgets those that are null. */
export async function keepSecrets(
  secrets: Secrets,
  id: string,
  changes: SourceSecrets,
): Promise<void> {
  for (const name of names) {
    const value = changes[name]
    if (value === null) await secrets.remove(placeOf(id, name))
    else if (value !== undefined) await secrets.set(placeOf(id, name), value)
  }
}

export async function forgetSecrets(secrets: Secrets, id: string): Promise<void> {
  for (const name of names) await secrets.remove(placeOf(id, name))
}

export function whichAreSet(credentials: LinkCredentials): SecretsSet {
  const isSet = (name: SecretName) => credentials[name] !== undefined
  return { password: isSet('password'), key: isSet('key'), cert: isSet('cert'), ca: isSet('ca') }
}

/** What is kept, with what a person has changed of it. */
export function withChanges(kept: LinkCredentials, changes: SourceSecrets): LinkCredentials {
  const credentials: LinkCredentials = {}
  for (const name of names) {
    const value = changes[name] === undefined ? kept[name] : changes[name]
    if (value !== undefined && value !== null) credentials[name] = value
  }
  return credentials
}

/**
 * Throws SECRET_NEEDED where a kept password would go somewhere else than it was entered for: whoever may use the
 * page must not learn it by naming a broker of their own.
 */
export function checkDestination(
  kept: { draft: SourceDraft | null; credentials: LinkCredentials },
  next: { draft: SourceDraft; secrets: SourceSecrets },
): void {
  const isKeptUsed = kept.credentials.password !== undefined && next.secrets.password === undefined
  if (!isKeptUsed || !('url' in next.draft)) return
  const before = kept.draft !== null && 'url' in kept.draft ? kept.draft : null
  const isSamePlace = before?.url === next.draft.url
  const isLessChecked = !before?.trustAnyCertificate && next.draft.trustAnyCertificate !== undefined
  const isTrustChanged = next.secrets.ca !== undefined
  if (!isSamePlace || isLessChecked || isTrustChanged) throw new StationError('SECRET_NEEDED')
}

function placeOf(id: string, name: SecretName): string {
  return `source/${id}/${name}`
}
