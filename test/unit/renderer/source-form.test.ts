import { describe, expect, test } from 'vitest'
import { sourceDraft } from '../../../src/contract/model/source.ts'
import {
  choiceOf,
  formOf,
  mistakesIn,
  stepsOf,
  type SourceForm,
} from '../../../src/renderer/words/source-form.ts'
import { addedSources } from '../../support/scripted-sources.ts'

const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'
const nothing = { password: false, key: false, cert: false, ca: false }
const everything = { password: true, key: true, cert: true, ca: true }

const filled = (more: Partial<SourceForm> = {}): SourceForm => ({
  ...formOf(null),
  kind: 'mqtt',
  id: 'plant',
  host: 'broker.example',
  username: 'picket',
  ...more,
})

describe('the form of a source', () => {
  test.each(addedSources())('gives back what it was made of: $status.id', (entry) => {
    expect(choiceOf(formOf(entry), entry.secretsSet)).toEqual({ draft: entry.draft, secrets: {} })
  })

  test.each(['mosquitto-log', 'mosquitto-topics', 'emqx', 'aws-lifecycle', 'mqtt'] as const)(
    'is one that the station takes: %s',
    (kind) => {
      const { draft } = choiceOf(filled({ kind }))
      expect(sourceDraft.parse(draft)).toEqual(draft)
      expect(stepsOf(kind).includes('login')).toBe(kind !== 'mosquitto-log')
    },
  )

  test('reads an address of version 6', () => {
    const { draft } = choiceOf(filled({ host: 'fd00::4' }))
    expect(draft).toMatchObject({ url: 'mqtts://[fd00::4]:8883' })
    expect(mistakesIn('place', filled({ host: 'fd00::4' }))).toEqual({})
  })
})

describe('secrets', () => {
  test('are sent where they are new, and else not at all', () => {
    const form = filled({ password: 'word', trust: 'own', ca: pem })
    expect(choiceOf(form, nothing).secrets).toEqual({ password: 'word', ca: pem })
    const untouched = filled({ trust: 'own', hasCertificate: true })
    expect(choiceOf(untouched, everything).secrets).toEqual({})
  })

  test('are given up where they are not wanted any more', () => {
    const form = filled({ hasLogin: false, trust: 'usual', hasCertificate: false })
    const none = { password: null, ca: null, cert: null, key: null }
    expect(choiceOf(form, everything).secrets).toEqual(none)
    expect(choiceOf(form, nothing).secrets).toEqual({})
    const plain = filled({ isEncrypted: false, trust: 'own', ca: pem, hasCertificate: true })
    expect(choiceOf(plain, everything).secrets).toEqual({ ca: null, cert: null, key: null })
  })
})

describe('mistakes', () => {
  test('in the place are named by field', () => {
    const wrong = filled({ id: 'Plant 1', host: '', port: '99999', trust: 'own', ca: 'MIIB' })
    expect(Object.keys(mistakesIn('place', wrong))).toEqual(['id', 'host', 'port', 'ca'])
    expect(mistakesIn('place', filled())).toEqual({})
    expect(mistakesIn('place', filled(), { taken: ['plant'] })).toHaveProperty('id')
    expect(mistakesIn('place', filled({ host: 'me:word@broker' }))).toHaveProperty('host')
  })

  test('in whom to trust: nobody is trusted without a reason', () => {
    const unchecked = filled({ trust: 'anybody', reason: '   ' })
    expect(mistakesIn('place', unchecked)).toHaveProperty('reason')
    expect(mistakesIn('place', { ...unchecked, reason: 'until Monday' })).toEqual({})
  })

  test('are not made by leaving empty what is kept', () => {
    const form = filled({ trust: 'own', hasCertificate: true })
    expect(mistakesIn('place', form, { isSet: everything })).toEqual({})
    expect(mistakesIn('login', form, { isSet: everything })).toEqual({})
    expect(Object.keys(mistakesIn('login', form, { isSet: nothing }))).toEqual(['cert', 'key'])
  })

  test('in topics are quoted', () => {
    const form = filled({ deviceTopics: 'site/{device}/#\n\nsite/+/x\n' })
    expect(mistakesIn('login', form).deviceTopics).toContain('site/+/x')
  })

  test('in a log are those of its place', () => {
    const log = filled({ kind: 'mosquitto-log', path: 'mosquitto.log' })
    expect(Object.keys(mistakesIn('place', log))).toEqual(['path'])
    expect(mistakesIn('place', { ...log, logInput: 'journal', unit: 'a b' })).toHaveProperty('unit')
  })
})
