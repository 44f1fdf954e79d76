import { BlockList, isIP } from 'node:net'
import type { EmbeddedBrokerSettings } from '../settings.ts'
import { parseDeviceTopic, type DeviceTopic } from './device-topic.ts'
import { createNaming, type Party } from './identity.ts'

/** Who may do what at the embedded broker. Decides; does nothing. */
export interface Access {
  /** The device's name that a party has, or null. It may be unusable. */
  nameOf(party: Party): string | null
  /** Names that a party may speak for besides its gateway's devices. */
  namesOf(party: Party): string[]
  mayUseAddress(address: string): boolean
  mayConnect(deviceName: string): boolean
  speaksFor(names: readonly string[], thing: string): boolean
  /** The device that a topic belongs to, or null. */
  ownerOf(topic: string): string | null
  mayPublish(names: readonly string[], topic: string): boolean
  maySubscribe(names: readonly string[], filter: string): boolean
}

/** Topics that every device has of its own, whatever the site's settings say. */
const awsTopics = '$aws/things/{device}/#'

export function createAccess(settings: EmbeddedBrokerSettings): Access {
  const { deviceTopics, gateways, allow, subscriptions } = settings
  const topics = deviceTopics.map(parseDeviceTopic)
  const patterns = [...deviceTopics, awsTopics].map((pattern) => pattern.split('/'))
  const nameOf = createNaming(settings)
  const addresses = addressList(allow.addresses)

  function speaksFor(names: readonly string[], thing: string): boolean {
    return names.some((name) => name === thing || isListed(gateways[name] ?? [], thing))
  }

  function speaksForAll(names: readonly string[]): boolean {
    return names.some((name) => gateways[name]?.includes('*'))
  }

  return {
    nameOf,
    namesOf: (party) => namesOf(settings, party, nameOf(party)),
    speaksFor,
    ownerOf: (topic) => ownerOf(topics, topic),
    mayUseAddress: (address) => addresses === null || isIn(addresses, address),
    mayConnect: (name) => allow.devices.length === 0 || isListed(allow.devices, name),
    mayPublish(names, topic) {
      if (isOfBroker(topic)) return false
      const owner = ownerOf(topics, topic)
      return owner === null || speaksFor(names, owner)
    },
    maySubscribe(names, filter) {
      if (filter.startsWith(deniedPrefix)) return false
      if (subscriptions === 'all') return true
      if (isOfBroker(filter)) return false
      const levels = filter.split('/')
      return patterns.every((pattern) => {
        const owner = ownerIn(levels, pattern)
        if (owner === null) return true
        return owner === 'anyone' ? speaksForAll(names) : speaksFor(names, owner.name)
      })
    },
  }
}

/** Denied messages go where nobody may listen: MQTT 3.1.1 has no word for a denial but hanging up. */
export const deniedTopic = '$picket/denied'
const deniedPrefix = '$picket'

/** True where a client has to prove who it is. */
export function isProved({ logins, tls }: EmbeddedBrokerSettings): boolean {
  return logins !== undefined || tls?.clientCa !== undefined
}

/** Where nobody has to prove who he is, a client id is as good as a user name. */
function namesOf(settings: EmbeddedBrokerSettings, party: Party, deviceName: string | null) {
  const { clientId, username, certificateName } = party
  const claimed = isProved(settings) ? [] : [clientId]
  const names = [...claimed, username, certificateName, deviceName]
  return names.filter((name) => name !== null)
}

function isOfBroker(topic: string): boolean {
  return topic.startsWith('$SYS/') || topic.startsWith(deniedPrefix)
}

function ownerOf(topics: readonly DeviceTopic[], topic: string): string | null {
  for (const { deviceOf } of topics) {
    const owner = deviceOf(topic)
    if (owner !== null) return owner
  }
  return null
}

/** Whose topics of a pattern a filter can match: nobody's, one device's, or anyone's. */
function ownerIn(
  filter: readonly string[],
  pattern: readonly string[],
): { name: string } | 'anyone' | null {
  let owner: { name: string } | null = null
  for (const [index, expected] of pattern.entries()) {
    if (expected === '#') return owner
    const level = filter[index]
    if (level === '#') return owner ?? 'anyone'
    if (level === undefined) return null
    if (expected === '{device}') {
      if (level === '+') return anyoneUnless(filter, pattern)
      owner = { name: level }
    } else if (level !== '+' && level !== expected) return null
  }
  return filter.length === pattern.length ? owner : null
}

/** A wildcard in the device's place is anyone's, if the rest of the filter fits the pattern. */
function anyoneUnless(filter: readonly string[], pattern: readonly string[]): 'anyone' | null {
  const index = pattern.indexOf('{device}')
  const named = ownerIn(filter.with(index, 'any'), pattern)
  return named === null ? null : 'anyone'
}

/** Names in full, or with `*` at the end for the rest. */
function isListed(list: readonly string[], name: string): boolean {
  return list.some((each) =>
    each.endsWith('*') ? name.startsWith(each.slice(0, -1)) : name === each,
  )
}

/** Null: all addresses may come. */
function addressList(addresses: readonly string[]): BlockList | null {
  if (addresses.length === 0) return null
  const list = new BlockList()
  for (const entry of addresses) {
    const [address = '', bits] = entry.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return list
}

function isIn(list: BlockList, address: string): boolean {
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}
