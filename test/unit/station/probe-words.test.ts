import { describe, expect, test } from 'vitest'
import { brokerFrom, isAwsHost } from '../../../src/station/probe/broker-kind.ts'
import { failureSentence } from '../../../src/station/probe/link-failure.ts'
import { linkFindings, type LinkSource } from '../../../src/station/probe/link-findings.ts'
import { logFindings } from '../../../src/station/probe/log-findings.ts'
import type { LogTrial } from '../../../src/station/probe/log-trial.ts'
import type { LinkTrial } from '../../../src/station/probe/trial.ts'
import { settingsOfDraft } from '../../../src/station/source-drafts.ts'

const where = 'broker:8883'
const errorOf = (code: string | number, message = 'something') =>
  Object.assign(new Error(message), { code })

describe('why a broker was not reached', () => {
  test.each([
    ['ENOTFOUND', 'is not known to the name server'],
    ['ECONNREFUSED', 'Nothing listens on broker:8883'],
    ['ETIMEDOUT', 'A firewall may drop'],
    ['EHOSTUNREACH', 'has no way to'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'an authority that Picket does not know'],
    ['CERT_HAS_EXPIRED', 'has expired'],
    ['CERT_NOT_YET_VALID', 'not valid yet'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'asks for a client certificate'],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'does not accept the client certificate'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'does not speak TLS'],
    ['ERR_OSSL_X509_KEY_VALUES_MISMATCH', 'do not belong together'],
    [2, 'does not accept the client id'],
    [4, 'the user name or the password is wrong'],
    [5, 'not authorized'],
    [135, 'not authorized'],
  ])('is said in words: %s', (code, words) => {
    expect(failureSentence(errorOf(code), where)).toContain(words)
  })

  test('names the names that a certificate is for, cut short', () => {
    const error = errorOf('ERR_TLS_CERT_ALTNAME_INVALID')
    Object.assign(error, { reason: `IP: 10.0.0.1 is not in the cert's list: ${'x'.repeat(5000)}` })
    const sentence = failureSentence(error, where)
    expect(sentence).toContain('10.0.0.1 is not in')
    expect(sentence.length).toBeLessThan(500)
  })

  test('is told for what nobody thought of too', () => {
    expect(failureSentence(errorOf('EODD', 'odd.'), where)).toBe(
      'broker:8883 could not be used: odd.',
    )
    expect(failureSentence('odd', where)).toContain('it is not known why')
  })
})

describe('what a broker is', () => {
  const unknown = { kind: 'unknown' as const, version: null }

  test('is read from $SYS', () => {
    expect(brokerFrom(unknown, '$SYS/broker/version', 'mosquitto version 2.0.11')).toEqual({
      kind: 'mosquitto',
      version: '2.0.11',
    })
    const emqx = brokerFrom(unknown, '$SYS/brokers', 'emqx@127.0.0.1')
    expect(brokerFrom(emqx, '$SYS/brokers/emqx@127.0.0.1/version', '5.8.6')).toEqual({
      kind: 'emqx',
      version: '5.8.6',
    })
    expect(brokerFrom(unknown, '$SYS/broker/version', 'x'.repeat(900)).version).toHaveLength(64)
    expect(brokerFrom(unknown, 'site/$SYS/brokers', 'emqx')).toEqual(unknown)
  })

  test('is AWS by the name of its endpoint alone', () => {
    expect(isAwsHost('a1b2-ats.iot.eu-central-1.amazonaws.com')).toBe(true)
    expect(isAwsHost('a1b2-ats.iot.eu-central-1.amazonaws.com.evil.example')).toBe(false)
  })
})

const trialOf = (more: Partial<LinkTrial>): LinkTrial => ({
  failure: null,
  answers: [],
  broker: { kind: 'unknown', version: null },
  isProvokedSeen: null,
  isRuleSeen: false,
  wasCutOff: false,
  ...more,
})

const linkOf = (kind: 'emqx' | 'aws-lifecycle', url: string) => {
  const settings = settingsOfDraft(
    kind === 'emqx' ? { kind, id: 'one', url, reports: true } : { kind, id: 'one', url },
  )
  return settings as LinkSource
}

describe('what EMQX shows', () => {
  const emqx = linkOf('emqx', 'mqtts://emqx:8883')
  const broker = { kind: 'emqx' as const, version: '5.8.6' }

  test('is all there is to say once the rule has told of the test', () => {
    const trial = trialOf({ broker, isProvokedSeen: true, isRuleSeen: true })
    const { findings, advice } = linkFindings(emqx, trial, 'picket-1')
    expect(findings.map(({ level }) => level)).not.toContain('problem')
    expect(advice).toEqual([])
  })

  test.each([
    [true, 'warning', 'Picket’s rule did not'],
    [false, 'problem', 'may not read its system topics'],
  ])(
    'comes with the rule where it has not, system topics read: %s',
    (isProvokedSeen, level, words) => {
      const { findings, advice } = linkFindings(
        emqx,
        trialOf({ broker, isProvokedSeen }),
        'picket-1',
      )
      expect(findings.at(-1)).toEqual({ level, sentence: expect.stringContaining(words) })
      expect(advice[0]?.text).toContain('rule_engine.rules.picket')
    },
  )
})

describe('what AWS IoT refuses', () => {
  const host = 'a1b2-ats.iot.eu-central-1.amazonaws.com'
  const aws = linkOf('aws-lifecycle', `mqtts://${host}:8883`)

  test('comes with a policy for just what is read', () => {
    const [advice] = linkFindings(aws, trialOf({ failure: 'refused' }), 'picket-1').advice
    const { Statement } = JSON.parse(advice?.text ?? '') as {
      Statement: { Action: string; Resource: string[] }[]
    }
    expect(Statement.map(({ Action }) => Action)).toEqual([
      'iot:Connect',
      'iot:Subscribe',
      'iot:Receive',
    ])
    expect(Statement[0]?.Resource).toEqual(['arn:aws:iot:eu-central-1:ACCOUNT:client/picket-1*'])
    expect(Statement[1]?.Resource).toContain(
      'arn:aws:iot:eu-central-1:ACCOUNT:topicfilter/$aws/events/presence/connected/+',
    )
  })

  test('by ending the connection is said to be that', () => {
    const trial = trialOf({ wasCutOff: true, broker: { kind: 'aws', version: null } })
    const { findings, advice } = linkFindings(aws, trial, 'picket-1')
    expect(findings).toContainEqual({
      level: 'problem',
      sentence: expect.stringContaining('ended the connection'),
    })
    expect(advice).toHaveLength(1)
  })
})

describe('a log that cannot be read', () => {
  const evidence = { connections: false, messages: false, grants: false }
  const failed = (failure: LogTrial['failure']): LogTrial => ({
    lines: 0,
    evidence,
    version: null,
    failure,
  })
  const path = "/var/log/it's here/mosquitto.log"

  test('comes with the commands that open it, whatever its path', () => {
    const place = { kind: 'file', path, user: 'sentry' } as const
    const said = logFindings(place, failed({ kind: 'not-readable', owner: 107, mode: '0600' }))
    expect(said.findings[0]?.sentence).toContain('it belongs to user number 107, with mode 0600')
    expect(said.advice[0]?.text.split('\n')[0]).toBe(
      `setfacl -m u:sentry:r '/var/log/it'\\''s here/mosquitto.log'`,
    )
  })

  test('in the journal comes with the group', () => {
    const place = { kind: 'journal', unit: 'mosquitto', user: 'sentry' } as const
    const said = logFindings(place, failed({ kind: 'other', detail: 'no permission' }))
    expect(said.findings[0]?.sentence).toContain('no permission')
    expect(said.advice[0]?.text).toBe('usermod -a -G systemd-journal sentry')
  })
})
