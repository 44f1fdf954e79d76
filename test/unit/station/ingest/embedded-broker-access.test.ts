import { describe, expect, test } from 'vitest'
import { createAccess } from '../../../../src/station/ingest/embedded-broker-access.ts'
import { embeddedBrokerSettings } from '../../../../src/station/settings.ts'

function access(settings: object = {}) {
  return createAccess(embeddedBrokerSettings.parse({ kind: 'embedded-broker', ...settings }))
}

const pump = ['pump-1']

describe('a publish', () => {
  const { mayPublish } = access({ gateways: { edge: ['sensor-*'] } })

  test.each([
    ['site/pump-1/t', true],
    ['site/pump-1', true],
    ['free/topic', true],
    ['site/pump-2/t', false],
    ['$SYS/broker/uptime', false],
    ['$picket/denied', false],
  ])('on %s by pump-1 is allowed: %s', (topic, isAllowed) => {
    expect(mayPublish(pump, topic)).toBe(isAllowed)
  })

  test('by a gateway is allowed for its own devices', () => {
    expect(mayPublish(['edge'], 'site/sensor-7/t')).toBe(true)
    expect(mayPublish(['edge'], 'site/pump-1/t')).toBe(false)
  })
})

describe('a subscription', () => {
  test('is free but for the place of denied messages, unless the settings say otherwise', () => {
    const { maySubscribe } = access()
    expect(maySubscribe(pump, '#')).toBe(true)
    expect(maySubscribe(pump, '$picket/denied')).toBe(false)
  })

  const { maySubscribe } = access({ subscriptions: 'own', gateways: { edge: ['*'] } })

  test.each([
    ['site/pump-1/commands', true],
    ['site/pump-1/#', true],
    ['site/pump-1/+', true],
    ['$aws/things/pump-1/defender/metrics/json/accepted', true],
    ['free/topic', true],
    ['free/+', true],
    ['site', true],
    ['site/pump-2/commands', false],
    ['site/+/commands', false],
    ['+/+/commands', false],
    ['+/pump-2/#', false],
    ['+/pump-1/#', true],
    ['site/#', false],
    ['+/#', false],
    ['#', false],
    ['$aws/things/pump-2/#', false],
    ['$aws/things/+/defender/metrics/json', false],
    ['$SYS/#', false],
  ])('to %s by pump-1 is allowed where only its own are: %s', (filter, isAllowed) => {
    expect(maySubscribe(pump, filter)).toBe(isAllowed)
  })

  test('to everything is allowed for a gateway of everything', () => {
    expect(maySubscribe(['edge'], 'site/#')).toBe(true)
    expect(maySubscribe(['edge'], '$SYS/#')).toBe(false)
  })

  test('compares the rest of a pattern before it denies a wildcard', () => {
    const narrow = access({ subscriptions: 'own', deviceTopics: ['site/{device}/private'] })
    expect(narrow.maySubscribe(pump, 'site/+/public')).toBe(true)
    expect(narrow.maySubscribe(pump, 'site/+/private')).toBe(false)
    expect(narrow.maySubscribe(pump, 'site/pump-2')).toBe(true)
    expect(narrow.maySubscribe(pump, 'site/pump-2/private/more')).toBe(true)
  })
})

describe('addresses', () => {
  test('may be single ones and ranges, of both families; an empty list lets all in', () => {
    expect(access().mayUseAddress('8.8.8.8')).toBe(true)
    const { mayUseAddress } = access({ allow: { addresses: ['10.0.0.0/8', 'fd00::/8', '::1'] } })
    expect(['10.200.0.1', 'fd00::77', '::1'].map(mayUseAddress)).toEqual([true, true, true])
    expect(['11.0.0.1', 'fe80::1', ''].map(mayUseAddress)).toEqual([false, false, false])
  })
})

describe('settings of a broker that others can reach', () => {
  const reach = (more: object) =>
    embeddedBrokerSettings.safeParse({ kind: 'embedded-broker', address: '0.0.0.0', ...more })
      .success
  const tls = { cert: 'broker.pem', key: 'broker.key' }

  test('need TLS, and devices that prove who they are', () => {
    expect(reach({})).toBe(false)
    expect(reach({ tls })).toBe(false)
    expect(reach({ logins: 'logins' })).toBe(false)
    expect(reach({ tls, logins: 'logins' })).toBe(true)
    expect(reach({ tls: { ...tls, clientCa: 'ca.pem' } })).toBe(true)
  })
})
