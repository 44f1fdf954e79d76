import { describe, expect, test } from 'vitest'
import { createNaming, usualIdentity, type Party } from '../../../../src/station/ingest/identity.ts'

const party: Party = {
  clientId: 'client-1',
  username: 'user-1',
  certificateName: 'cert-1',
  address: '10.0.0.1',
}

describe('a device is named after', () => {
  test('its user name, else its certificate, else its client id', () => {
    const nameOf = createNaming(usualIdentity)
    expect(nameOf(party)).toBe('user-1')
    expect(nameOf({ ...party, username: null })).toBe('cert-1')
    expect(nameOf({ ...party, username: '', certificateName: null })).toBe('client-1')
    expect(nameOf({ ...party, username: null, certificateName: null, clientId: null })).toBe(null)
  })

  test('what the site says, in the order it says', () => {
    const nameOf = createNaming({ ...usualIdentity, identity: ['clientId', 'username'] })
    expect(nameOf(party)).toBe('client-1')
    expect(nameOf({ ...party, clientId: null })).toBe('user-1')
    expect(nameOf({ ...party, clientId: null, username: null })).toBe(null)
  })
})

describe('names of a site', () => {
  const nameOf = createNaming({
    ...usualIdentity,
    deviceNames: {
      'plant-{device}': '{device}',
      '{device}@site': 'guest-{device}',
      'plant-7': 'pump-seven',
    },
  })
  const named = (username: string) => nameOf({ ...party, username })

  test('become the devices that a pattern makes of them', () => {
    expect(named('plant-pump-1')).toBe('pump-1')
    expect(named('camera@site')).toBe('guest-camera')
    expect(named('other')).toBe('other')
  })

  test('that are given whole go before patterns', () => {
    expect(named('plant-7')).toBe('pump-seven')
  })

  test('that are a pattern without a device in it stay as they are', () => {
    expect(named('plant-')).toBe('plant-')
    expect(named('@site')).toBe('@site')
  })

  test('are text, not expressions: neither dollars nor dots mean anything', () => {
    const strange = createNaming({
      ...usualIdentity,
      deviceNames: { 'a.{device}': '{device}' },
    })
    expect(strange({ ...party, username: 'a.$&$1' })).toBe('$&$1')
    expect(strange({ ...party, username: 'ab$1' })).toBe('ab$1')
  })
})
