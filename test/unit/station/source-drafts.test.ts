import { describe, expect, test } from 'vitest'
import { sourceDraft, sourceSecrets, type SourceDraft } from '../../../src/contract/model/source.ts'
import { sourceSettings } from '../../../src/station/settings.ts'
import { draftOfSettings, settingsOfDraft } from '../../../src/station/source-drafts.ts'
import { addedOf } from '../../../src/station/source-roster.ts'
import { checkDestination, withChanges } from '../../../src/station/source-secrets.ts'

const url = 'mqtts://broker:8883'
const link = { id: 'one', url, username: 'picket', clientId: 'picket-1' }

const drafts: SourceDraft[] = [
  { kind: 'mosquitto-log', id: 'one', input: { kind: 'file', path: '/var/log/m.log' } },
  { kind: 'mosquitto-log', id: 'one', input: { kind: 'journal', unit: 'mosquitto' } },
  { kind: 'mosquitto-topics', ...link },
  { kind: 'emqx', ...link, reports: false },
  { kind: 'aws-lifecycle', ...link },
  { kind: 'mqtt', ...link, reports: true, deviceTopics: ['site/{device}/#'], sparkplug: true },
]

describe('a source from the page', () => {
  test.each(drafts)('has settings, and the settings have the same form: $kind', (draft) => {
    expect(draftOfSettings(settingsOfDraft(draft))).toEqual(draft)
  })

  test('has none for a broker of Picket’s own, nor for standard input', () => {
    const embedded = sourceSettings.parse({ kind: 'embedded-broker' })
    const piped = sourceSettings.parse({ kind: 'mosquitto-log', id: 'one', standardInput: true })
    expect(draftOfSettings(embedded)).toBeNull()
    expect(draftOfSettings(piped)).toBeNull()
  })

  test('checks the certificate unless somebody said why not', () => {
    const [, , topics] = drafts
    if (topics?.kind !== 'mosquitto-topics') throw new Error('the third is a link')
    expect(settingsOfDraft(topics)).toMatchObject({ trustAnyCertificate: false })
    const trustAnyCertificate = { reason: 'until Monday' }
    const unchecked = { ...topics, trustAnyCertificate }
    expect(settingsOfDraft(unchecked)).toMatchObject({ trustAnyCertificate: true })
    expect(sourceDraft.safeParse({ ...topics, trustAnyCertificate: true }).success).toBe(false)
    expect(sourceDraft.safeParse({ ...topics, trustAnyCertificate: { reason: ' ' } }).success).toBe(
      false,
    )
    expect(addedOf(topics, null, 5).uncheckedSince).toBeNull()
    const first = addedOf(unchecked, null, 5)
    expect(addedOf(unchecked, first, 9).uncheckedSince).toBe(5)
  })

  test.each(['mqtt://user:word@broker:1883', 'http://broker', 'mqtt://broker/path', 'mqtt://'])(
    'has no such address: %s',
    (wrong) => {
      expect(
        sourceDraft.safeParse({ kind: 'mosquitto-topics', id: 'one', url: wrong }).success,
      ).toBe(false)
    },
  )
})

describe('secrets that are kept', () => {
  const kept = { draft: drafts[2] ?? null, credentials: { password: 'word', ca: 'old' } }
  const [, , same] = drafts
  if (same?.kind !== 'mosquitto-topics') throw new Error('the third is a link')
  const check = (draft: SourceDraft, secrets = {}) => {
    checkDestination(kept, { draft, secrets })
    return 'allowed'
  }

  test('go to where they were entered for', () => {
    expect(check({ ...same, username: 'other' })).toBe('allowed')
    expect(check({ ...same, url: 'mqtts://other:8883' }, { password: 'new' })).toBe('allowed')
    expect(check({ ...same, url: 'mqtts://other:8883' }, { password: null })).toBe('allowed')
  })

  test.each([
    ['another host', { ...same, url: 'mqtts://other:8883' }, {}],
    ['no encryption', { ...same, url: 'mqtt://broker:8883' }, {}],
    ['no check', { ...same, trustAnyCertificate: { reason: 'because' } }, {}],
    ['another authority', same, { ca: 'new' }],
    ['any authority', same, { ca: null }],
  ])('go nowhere else: %s', (_what, draft, secrets) => {
    expect(() => check(draft, secrets)).toThrow(expect.objectContaining({ code: 'SECRET_NEEDED' }))
  })

  test('stay, change or go as is said', () => {
    const changes = sourceSecrets.parse({ ca: null, key: '-----BEGIN KEY-----' })
    expect(withChanges({ password: 'word', ca: 'old' }, changes)).toEqual({
      password: 'word',
      key: '-----BEGIN KEY-----',
    })
  })
})
