import type {
  SecretsSet,
  SourceDraft,
  SourceEntry,
  SourceSecrets,
} from '../../contract/model/source.ts'
import { brokerUrl, deviceTopic, sourceId, systemdUnit } from '../../contract/model/source.ts'

export type SourceKind = SourceDraft['kind']

/** Everything that the form for a source holds, whatever its kind. Empty text is what was not given. */
export interface SourceForm {
  kind: SourceKind
  id: string
  logInput: 'file' | 'journal'
  path: string
  unit: string
  host: string
  port: string
  isEncrypted: boolean
  /** Whom to trust: the machine's own authorities, one of the site's, or anybody at all. */
  trust: 'usual' | 'own' | 'anybody'
  reason: string
  ca: string
  hasCertificate: boolean
  cert: string
  key: string
  hasLogin: boolean
  username: string
  password: string
  clientId: string
  reports: boolean
  deviceTopics: string
  sparkplug: boolean
}

export type Step = 'kind' | 'place' | 'login' | 'test' | 'save'

/** What is wrong with a field, in a sentence. */
export type Mistakes = Partial<Record<keyof SourceForm, string>>

const noSecrets: SecretsSet = { password: false, key: false, cert: false, ca: false }

const emptyForm: SourceForm = {
  kind: 'mosquitto-log',
  id: '',
  logInput: 'file',
  path: '/var/log/mosquitto/mosquitto.log',
  unit: 'mosquitto',
  host: '',
  port: '8883',
  isEncrypted: true,
  trust: 'usual',
  reason: '',
  ca: '',
  hasCertificate: false,
  cert: '',
  key: '',
  hasLogin: true,
  username: '',
  password: '',
  clientId: '',
  reports: true,
  deviceTopics: '',
  sparkplug: false,
}

/** The form for a source that is there, or an empty one. */
export function formOf(entry: SourceEntry | null): SourceForm {
  const draft = entry?.draft
  if (!entry || !draft) return { ...emptyForm }
  const same = { ...emptyForm, kind: draft.kind, id: draft.id }
  if (draft.kind === 'mosquitto-log') {
    return draft.input.kind === 'file'
      ? { ...same, logInput: 'file', path: draft.input.path }
      : { ...same, logInput: 'journal', unit: draft.input.unit }
  }
  const { secretsSet } = entry
  const url = new URL(draft.url)
  const isEncrypted = url.protocol === 'mqtts:'
  const isOwn = secretsSet['ca'] === true
  return {
    ...same,
    host: url.hostname,
    port: url.port || (isEncrypted ? '8883' : '1883'),
    isEncrypted,
    trust: draft.trustAnyCertificate ? 'anybody' : isOwn ? 'own' : 'usual',
    reason: draft.trustAnyCertificate?.reason ?? '',
    hasCertificate: secretsSet['cert'] === true,
    hasLogin: draft.username !== undefined,
    username: draft.username ?? '',
    clientId: draft.clientId ?? '',
    reports: 'reports' in draft ? draft.reports : true,
    deviceTopics: draft.kind === 'mqtt' ? draft.deviceTopics.join('\n') : '',
    sparkplug: draft.kind === 'mqtt' && draft.sparkplug,
  }
}

/** The steps for a kind of source, in their order: a log needs no login. */
export function stepsOf(kind: SourceKind): Step[] {
  return kind === 'mosquitto-log'
    ? ['kind', 'place', 'test', 'save']
    : ['kind', 'place', 'login', 'test', 'save']
}

/** What is wrong with the fields of a step. `isSet`: secrets that the station has already. */
export function mistakesIn(
  step: Step,
  form: SourceForm,
  { isSet = noSecrets, taken = [] }: { isSet?: SecretsSet; taken?: readonly string[] } = {},
): Mistakes {
  if (step === 'place') return { ...nameMistake(form, taken), ...placeMistakes(form, isSet) }
  if (step === 'login') return loginMistakes(form, isSet)
  return {}
}

/** What the station is sent: the draft, and of the secrets what changed. */
export function choiceOf(
  form: SourceForm,
  isSet: SecretsSet = noSecrets,
): { draft: SourceDraft; secrets: SourceSecrets } {
  const { kind, id } = form
  if (kind === 'mosquitto-log') {
    const input =
      form.logInput === 'file'
        ? { kind: 'file' as const, path: form.path }
        : { kind: 'journal' as const, unit: form.unit }
    return { draft: { kind, id, input }, secrets: {} }
  }
  return { draft: linkDraftOf(form, kind), secrets: secretsOf(form, isSet) }
}

/** The address as the station wants it. */
export function urlOf({ host, port, isEncrypted }: SourceForm): string {
  const name = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
  return `${isEncrypted ? 'mqtts' : 'mqtt'}://${name.trim()}:${port.trim()}`
}

function linkDraftOf(form: SourceForm, kind: Exclude<SourceKind, 'mosquitto-log'>): SourceDraft {
  const isUnchecked = form.isEncrypted && form.trust === 'anybody'
  const link = {
    id: form.id,
    url: urlOf(form),
    ...(form.hasLogin && form.username !== '' ? { username: form.username } : {}),
    ...(form.clientId === '' ? {} : { clientId: form.clientId }),
    ...(isUnchecked ? { trustAnyCertificate: { reason: form.reason.trim() } } : {}),
  }
  const { reports, sparkplug } = form
  if (kind === 'mqtt') {
    return { kind, ...link, reports, sparkplug, deviceTopics: topicsIn(form.deviceTopics) }
  }
  return kind === 'emqx' ? { kind, ...link, reports } : { kind, ...link }
}

/** Absent: stays as it is. Null: there is to be none from now on. */
function secretsOf(form: SourceForm, isSet: SecretsSet): SourceSecrets {
  const isTls = form.isEncrypted
  const secrets: SourceSecrets = {}
  const wanted = {
    password: form.hasLogin ? form.password : null,
    ca: isTls && form.trust === 'own' ? form.ca : null,
    cert: isTls && form.hasCertificate ? form.cert : null,
    key: isTls && form.hasCertificate ? form.key : null,
  }
  for (const name of ['password', 'ca', 'cert', 'key'] as const) {
    const value = wanted[name]
    if (value === null && isSet[name]) secrets[name] = null
    if (value) secrets[name] = value
  }
  return secrets
}

function nameMistake({ id }: SourceForm, taken: readonly string[]): Mistakes {
  if (!sourceId.safeParse(id).success) {
    return { id: 'A name of small letters, digits and -, such as plant-2.' }
  }
  return taken.includes(id) ? { id: 'Another source has this name.' } : {}
}

function placeMistakes(form: SourceForm, isSet: SecretsSet): Mistakes {
  if (form.kind === 'mosquitto-log') return logMistakes(form)
  const isPort = /^\d{1,5}$/.test(form.port.trim()) && Number(form.port) <= 65_535
  const isAddress = brokerUrl.safeParse(urlOf({ ...form, port: '1' })).success
  const isOwnMissing = form.trust === 'own' && !isPem(form.ca) && !(form.ca === '' && isSet['ca'])
  return {
    ...(form.host.trim() === '' || !isAddress
      ? { host: 'A name or an IP address, without mqtt:// and without a login.' }
      : {}),
    ...(isPort ? {} : { port: 'A number up to 65535; 8883 is usual with TLS, 1883 without.' }),
    ...(form.isEncrypted && isOwnMissing
      ? { ca: 'The certificate as PEM text: it begins with -----BEGIN CERTIFICATE-----.' }
      : {}),
    ...(form.isEncrypted && form.trust === 'anybody' && form.reason.trim().length < 5
      ? { reason: 'Say who decided so, and why. It is kept, and shown with the source.' }
      : {}),
  }
}

function logMistakes({ logInput, path, unit }: SourceForm): Mistakes {
  if (logInput === 'file') {
    return path.startsWith('/') ? {} : { path: 'The whole path on the station’s machine, from /.' }
  }
  return systemdUnit.safeParse(unit).success ? {} : { unit: 'A unit such as mosquitto.' }
}

function loginMistakes(form: SourceForm, isSet: SecretsSet): Mistakes {
  const isMissing = (name: 'cert' | 'key') =>
    form.isEncrypted &&
    form.hasCertificate &&
    !isPem(form[name]) &&
    !(form[name] === '' && isSet[name])
  const wrong = topicsIn(form.deviceTopics).find((topic) => !deviceTopic.safeParse(topic).success)
  return {
    ...(form.hasLogin && form.username === ''
      ? { username: 'The user name of Picket there.' }
      : {}),
    ...(isMissing('cert')
      ? { cert: 'The certificate as PEM text, -----BEGIN CERTIFICATE-----.' }
      : {}),
    ...(isMissing('key') ? { key: 'Its key as PEM text, -----BEGIN PRIVATE KEY-----.' } : {}),
    ...(form.kind === 'mqtt' && wrong !== undefined
      ? { deviceTopics: `${wrong} does not have {device} in it just once, as in site/{device}/#.` }
      : {}),
  }
}

function topicsIn(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

function isPem(text: string): boolean {
  return /-----BEGIN [A-Z0-9 ]+-----/.test(text)
}
