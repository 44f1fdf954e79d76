import type { Aedes } from 'aedes'
import type { EmbeddedBrokerSettings } from '../settings.ts'
import { filtersOf, keptSubscriptions } from './aedes-internals.ts'
import { isSubscribed } from './device-topic.ts'
import type { Access } from './embedded-broker-access.ts'
import { claimsOf, type Blocks } from './embedded-broker-blocks.ts'
import type { Roll } from './embedded-broker-connection.ts'
import type { DeviceView } from './embedded-broker-protocol.ts'
import type { PublishedTopics } from './published-topics.ts'

interface Seen {
  settings: EmbeddedBrokerSettings
  access: Access
  blocks: Blocks
  roll: Roll
  topics: PublishedTopics
}

/** What the broker knows of a device now. */
export async function viewOf(seen: Seen, aedes: Aedes, deviceName: string): Promise<DeviceView> {
  const { settings, access, blocks, roll, topics } = seen
  const published = topics.of(deviceName)
  const sessions = roll.all().flatMap(({ session }) => {
    if (!session || !claimsOf(settings, access, session.party).includes(deviceName)) return []
    const { clientId } = session.party
    return [{ clientId, deviceName: access.nameOf(session.party) }]
  })
  return {
    isBlocked: blocks.has(deviceName),
    sessions,
    gateways: gatewaysOf(settings, access, deviceName),
    audience: published ? await audienceOf(roll, aedes, published) : null,
  }
}

function gatewaysOf({ gateways }: EmbeddedBrokerSettings, access: Access, deviceName: string) {
  const names = Object.keys(gateways).filter((name) => name !== deviceName)
  return names.filter((name) => access.speaksFor([name], deviceName))
}

async function audienceOf(roll: Roll, aedes: Aedes, topics: ReadonlySet<string>) {
  const online = roll.all().flatMap(({ session, client }) => {
    if (!session) return []
    return filtersOf(client).map((filter) => ({ client: session.party.clientId, filter }))
  })
  const kept = await Promise.all([...topics].map((topic) => keptSubscriptions(aedes, topic)))
  const heard = online.filter(({ filter }) =>
    [...topics].some((topic) => isSubscribed(filter, topic)),
  )
  const all = [...heard, ...kept.flat()]
  return [...new Map(all.map((each) => [`${each.client}\n${each.filter}`, each])).values()]
}
