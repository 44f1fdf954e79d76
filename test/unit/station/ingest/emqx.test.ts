import { describe, expect, test } from 'vitest'
import { readRuleEvent, readSystemEvent } from '../../../../src/station/ingest/emqx-events.ts'
import {
  emqxRuleFilter,
  emqxRuleSql,
  emqxRuleText,
  emqxRuleTopic,
} from '../../../../src/station/ingest/emqx-rule.ts'
import { Refusal } from '../../../../src/station/refusal.ts'

const systemTopic = '$SYS/brokers/emqx@127.0.0.1/clients/emqtt-8348'
const bytesOf = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))

/** As the documentation of EMQX 5 shows them. */
const connected = {
  username: 'foo',
  ts: 1_625_572_213_873,
  sockport: 1883,
  proto_ver: 4,
  proto_name: 'MQTT',
  keepalive: 60,
  ipaddress: '127.0.0.1',
  expiry_interval: 0,
  connected_at: 1_625_572_213_873,
  connack: 0,
  clientid: 'emqtt-8348',
  clean_start: true,
}
const disconnected = {
  username: 'foo',
  ts: 1_625_572_213_900,
  sockport: 1883,
  reason: 'tcp_closed',
  proto_ver: 4,
  proto_name: 'MQTT',
  ipaddress: '127.0.0.1',
  disconnected_at: 1_625_572_213_899,
  clientid: 'emqtt-8348',
}

/** What the rule selects of any event; what an event lacks comes as Erlang's undefined, written as text. */
const selected = {
  picket: 1,
  clientid: 'c_emqx',
  username: 'u_emqx',
  peername: 'undefined',
  reason: 'undefined',
  reason_code: 'undefined',
  connected_at: 'undefined',
  disconnected_at: 'undefined',
  bytes: 0,
}
const ruleEvent = (fields: object) => readRuleEvent(bytesOf({ ...selected, ...fields }))

describe("EMQX's system topics", () => {
  test('tell of connections and their ends', () => {
    expect(readSystemEvent(`${systemTopic}/connected`, bytesOf(connected))).toEqual({
      kind: 'connected',
      party: {
        clientId: 'emqtt-8348',
        username: 'foo',
        certificateName: null,
        address: '127.0.0.1',
      },
      connectedAt: 1_625_572_213_873,
    })
    expect(readSystemEvent(`${systemTopic}/disconnected`, bytesOf(disconnected))).toEqual({
      kind: 'disconnected',
      clientId: 'emqtt-8348',
      reason: 'CONNECTION_LOST',
      connectedAt: null,
      disconnectedAt: 1_625_572_213_899,
    })
  })

  test('of a client id with slashes tell of that client', () => {
    const clientid = 'a/connected/b'
    const topic = `$SYS/brokers/n/clients/${clientid}/connected`
    const event = readSystemEvent(topic, bytesOf({ ...connected, clientid }))
    expect(event).toMatchObject({ kind: 'connected', party: { clientId: clientid } })
  })

  test('of a client without a login name nobody', () => {
    const payload = bytesOf({ ...connected, username: 'undefined' })
    const event = readSystemEvent(`${systemTopic}/connected`, payload)
    expect(event).toMatchObject({ party: { username: null } })
  })

  test('tell of subscriptions too, which say nothing here', () => {
    expect(readSystemEvent(`${systemTopic}/subscribed`, bytesOf('?'))).toEqual({ kind: 'other' })
  })

  test.each([
    ['another client', { ...connected, clientid: 'emqtt-1' }],
    ['no client', { ...connected, clientid: undefined }],
    ['a client that is a number', { ...connected, clientid: 7 }],
    ['no JSON', '{"clientid":'],
  ])('whose payload has %s are refused', (_, payload) => {
    expect(() => readSystemEvent(`${systemTopic}/connected`, bytesOf(payload))).toThrow(Refusal)
  })
})

describe("an event of Picket's rule", () => {
  test.each([
    [
      { event: 'message.publish', bytes: 12, sent_on: 'site/t' },
      { kind: 'sent', clientId: 'c_emqx', bytes: 12, topic: 'site/t' },
    ],
    [{ event: 'message.delivered' }, { kind: 'received', clientId: 'c_emqx' }],
    [{ event: 'client.check_authz_complete' }, { kind: 'denied', clientId: 'c_emqx' }],
    [
      { event: 'client.connected', peername: '::1:56128', connected_at: 5 },
      { kind: 'connected', connectedAt: 5, party: { username: 'u_emqx', address: '::1' } },
    ],
    [
      { event: 'client.connected', peername: '[fe80::1]:56128', username: null },
      { kind: 'connected', connectedAt: null, party: { username: null, address: 'fe80::1' } },
    ],
    [
      {
        event: 'client.connack',
        reason_code: 'not_authorized',
        peername: '192.0.2.1:9',
        clientid: '',
      },
      { kind: 'refused', party: { clientId: null, username: 'u_emqx', address: '192.0.2.1' } },
    ],
    [{ event: 'client.connack', reason_code: 'server_busy' }, { kind: 'other' }],
    [{ event: 'client.connack', reason_code: 'connection_accepted' }, { kind: 'other' }],
    [
      { event: 'client.disconnected', reason: 'takenover', connected_at: 5, disconnected_at: 9 },
      { kind: 'disconnected', reason: 'DUPLICATE_CLIENTID', connectedAt: 5, disconnectedAt: 9 },
    ],
    [
      { event: 'client.disconnected', reason: 'something new' },
      { kind: 'disconnected', reason: 'UNKNOWN' },
    ],
    [{ event: 'session.subscribed' }, { kind: 'other' }],
  ])('%j says %j', (fields, expected) => {
    expect(ruleEvent(fields)).toMatchObject(expected)
  })

  test.each([
    { event: 'message.publish', bytes: 1.5 },
    { event: 'message.publish', bytes: 'undefined' },
    { event: 'message.publish', clientid: 'x'.repeat(1025), bytes: 1 },
    { event: 'message.delivered', clientid: '' },
    { event: 7 },
    { picket: 2, event: 'message.delivered' },
  ])('%j is refused', (fields) => {
    expect(() => ruleEvent(fields)).toThrow(Refusal)
  })
})

describe('the rule that Picket prints', () => {
  const text = emqxRuleText('pick"et')

  test('publishes where Picket listens, and not where `#` does', () => {
    expect(emqxRuleTopic).toMatch(/^\$/)
    expect(emqxRuleFilter.replace('+', '1')).toBe(emqxRuleTopic)
    expect(text).toContain(`topic = "${emqxRuleTopic}"`)
  })

  test('selects every field that is read', () => {
    for (const field of Object.keys(selected))
      expect(emqxRuleSql).toMatch(new RegExp(`\\b${field}\\b`))
  })

  test('leaves out deliveries of its own events, or each would make another', () => {
    const [prefix = ''] = /\$picket\//.exec(emqxRuleSql) ?? []
    expect(emqxRuleTopic.startsWith(prefix)).toBe(true)
    expect(emqxRuleSql).toContain(`substr(topic, 0, ${prefix.length}) <> '${prefix}'`)
  })

  test('uses what every EMQX 5 has: no NOT, and the payload size in bytes by bitsize', () => {
    expect(emqxRuleSql).not.toMatch(/\bnot\b|bytesize|byteszie|strlen/i)
    expect(emqxRuleSql).toContain('bitsize(payload) div 8')
  })

  test('comes with lines of acl.conf that let Picket read, and nobody forge', () => {
    expect(text).toContain('{allow, {username, "pick\\"et"}, subscribe')
    expect(text).toContain('{deny, all, publish, ["$picket/#", "$SYS/#"]}.')
  })
})
