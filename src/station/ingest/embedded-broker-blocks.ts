import { isProved, type Access } from './embedded-broker-access.ts'
import type { Party } from './identity.ts'
import { parseReportTopic } from './report-topic.ts'
import type { EmbeddedBrokerSettings } from '../settings.ts'

/** Devices that the embedded broker keeps out. */
export interface Blocks {
  replace(deviceNames: readonly string[]): void
  has(deviceName: string): boolean
  isBlocked(party: Party): boolean
  /** The topic belongs to a device that is kept out: a gateway's words in its name reach nobody either. */
  isSilenced(topic: string): boolean
}

export function createBlocks(settings: EmbeddedBrokerSettings, access: Access): Blocks {
  const blocked = new Set<string>()
  return {
    replace(deviceNames) {
      blocked.clear()
      for (const name of deviceNames) blocked.add(name)
    },
    has: (deviceName) => blocked.has(deviceName),
    isBlocked: (party) =>
      blocked.size > 0 && claimsOf(settings, access, party).some((name) => blocked.has(name)),
    isSilenced(topic) {
      if (blocked.size === 0) return false
      const owner = parseReportTopic(topic)?.thingName ?? access.ownerOf(topic)
      return owner !== null && blocked.has(owner)
    },
  }
}

/**
 * Every device that a party is, or would be by one of its names alone: a device with a certificate of its own does not
 * come back by taking another user name. A client id alone counts only where nobody has to prove who he is: it is the
 * client's choice, and blocking it would let anybody block his neighbour.
 */
export function claimsOf(
  settings: EmbeddedBrokerSettings,
  { nameOf }: Access,
  party: Party,
): string[] {
  const { clientId, username, certificateName } = party
  const nameless = { ...party, clientId: null, username: null, certificateName: null }
  const alone = [
    { ...nameless, username },
    { ...nameless, certificateName },
    ...(isProved(settings) ? [] : [{ ...nameless, clientId }]),
  ]
  const names = [party, ...alone].map(nameOf).filter((name) => name !== null)
  return [...new Set(names)]
}
