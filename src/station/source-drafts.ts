import type { SecretsSet, SourceDraft } from '../contract/model/source.ts'
import { sourceSettings, type SourceSettings } from './settings.ts'

type DraftOf<Kind extends SourceDraft['kind']> = Extract<SourceDraft, { kind: Kind }>
type LinkSettings = Extract<SourceSettings, { url: string }>

/** The settings of a source that was added from the page. It has no files: its secrets are the host's. */
export function settingsOfDraft(draft: SourceDraft): SourceSettings {
  if (draft.kind === 'mosquitto-log') {
    const { kind, id, input } = draft
    const place = input.kind === 'file' ? { file: input.path } : { journal: input.unit }
    return sourceSettings.parse({ kind, id, ...place })
  }
  const { trustAnyCertificate, ...same } = draft
  return sourceSettings.parse({ ...same, trustAnyCertificate: trustAnyCertificate !== undefined })
}

/** The same source as the page's form has it, or null where there is no form for it. */
export function draftOfSettings(settings: SourceSettings): SourceDraft | null {
  switch (settings.kind) {
    case 'embedded-broker':
      return null
    case 'mosquitto-log':
      return draftOfLog(settings)
    case 'mqtt': {
      const { kind, reports, deviceTopics, sparkplug } = settings
      return { kind, ...linkPart(settings), reports, deviceTopics, sparkplug }
    }
    case 'emqx':
      return { kind: settings.kind, ...linkPart(settings), reports: settings.reports }
    default:
      return { kind: settings.kind, ...linkPart(settings) }
  }
}

/** Secrets of a source in the configuration file: the files that it names. */
export function filesSet(settings: SourceSettings): SecretsSet {
  if (!('url' in settings)) return noSecrets
  const { passwordFile, key, cert, ca } = settings
  return {
    password: passwordFile !== undefined,
    key: key !== undefined,
    cert: cert !== undefined,
    ca: ca !== undefined,
  }
}

export const noSecrets: SecretsSet = { password: false, key: false, cert: false, ca: false }

function draftOfLog(settings: Extract<SourceSettings, { kind: 'mosquitto-log' }>) {
  const { kind, id, file, journal } = settings
  if (file !== undefined) {
    return { kind, id, input: { kind: 'file', path: file } } satisfies DraftOf<'mosquitto-log'>
  }
  if (journal === undefined) return null
  return { kind, id, input: { kind: 'journal', unit: journal } } satisfies DraftOf<'mosquitto-log'>
}

function linkPart(settings: LinkSettings) {
  const { id, url, username, clientId, trustAnyCertificate } = settings
  return {
    id,
    url,
    ...(username === undefined ? {} : { username }),
    ...(clientId === undefined ? {} : { clientId }),
    ...(trustAnyCertificate
      ? { trustAnyCertificate: { reason: 'Set in the configuration file.' } }
      : {}),
  }
}
